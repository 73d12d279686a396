"""`python -m asm.worker`: a set-up fault is said in one line, without a stack trace."""

import sys

from asm.errors import ConfigurationError
from asm.settings import read_settings
from asm.worker.main import run_worker

try:
    run_worker(read_settings())
except ConfigurationError as error:
    sys.exit(str(error))
