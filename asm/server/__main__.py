"""`python -m asm.server`: a set-up fault is said in one line, without a stack trace."""

import sys

from asm.errors import ConfigurationError
from asm.server.run import run_server
from asm.settings import read_settings

# Each of several web processes imports this file too, under another name.
if __name__ == "__main__":
    try:
        run_server(read_settings())
    except ConfigurationError as error:
        sys.exit(str(error))
