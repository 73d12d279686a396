"""`python -m asm.worker`: a set-up fault is said in one line, without a stack trace."""

import sys

from structlog import get_logger

from asm.errors import ConfigurationError
from asm.settings import read_settings
from asm.worker.main import run_worker

try:
    run_worker(read_settings())
except ConfigurationError as error:
    get_logger("asm.worker").critical("start_refused", reason=str(error))
    sys.exit(str(error))
