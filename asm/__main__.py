"""`asm` and `python -m asm`: what needs no database starts without loading one, in a tenth of the
time. Everything else, and the list of all commands, is asm.cli.
"""

import sys

from asm.code_cli import COMMANDS as CODE_COMMANDS
from asm.code_cli import code_app
from asm.read_cli import COMMANDS, read_app


def main() -> None:
    """Entry point of the installed command."""
    if sys.argv[1:2] and sys.argv[1] in CODE_COMMANDS:
        code_app()
        return
    if sys.argv[1:2] and sys.argv[1] in COMMANDS:
        read_app()
        return
    from asm.cli import main as main_of_all  # noqa: PLC0415 -- two seconds that reading saves

    main_of_all()


if __name__ == "__main__":
    main()
