"""`python -m asm.local.prepare postgres browser assets`: what `make` needs before the tests."""

import sys

from asm.errors import ConfigurationError
from asm.local.assets import build_assets, check_assets
from asm.local.layout import read_layout
from asm.local.progress import Progress
from asm.local.provide import provide_browser, provide_postgres


def main(wanted: list[str]) -> int:
    """Provide each of the things named; the exit status."""
    layout, progress = read_layout(), Progress()
    providers = {
        "postgres": provide_postgres,
        "browser": provide_browser,
        "assets": build_assets,
        "npm-check": check_assets,
    }
    unknown = [name for name in wanted if name not in providers]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; known: {', '.join(providers)}", file=sys.stderr)
        return 2
    layout.prepare()
    try:
        for name in wanted:
            providers[name](layout, progress)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
