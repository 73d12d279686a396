"""What the landlord's app weighs, as a phone downloads it: `python -m benchmarks.app_weights`.

Compressed as the server does it. The first start is the page with its scripts and styles; the
worker comes behind it, and with it the part that speaks to the server; the card reader when it is
first used. Ends with 1 where something is above its limit.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Final

from asm.web.assets import STATIC_DIR
from asm.web.phone.shell_files import ShellFiles, read_shell_files

KB: Final = 1000
FIRST_START_KB: Final = 25
WORKER_KB: Final = 7
_LEVEL: Final = 6
_TEMPLATE: Final = Path("asm/web/templates/phone/shell.html")


def compressed(content: bytes) -> int:
    """Bytes on the way to the phone."""
    return len(gzip.compress(content, _LEVEL))


def weight_of(address: str) -> int:
    return compressed((STATIC_DIR / address.removeprefix("/static/")).read_bytes())


def camera_files() -> list[Path]:
    """Scripts and the machine code of the card reader, which the shell leaves out."""
    assets = (STATIC_DIR / "assets").iterdir()
    return sorted(path for path in assets if path.suffix == ".wasm" or "camera" in path.name)


def figures(shell: ShellFiles) -> dict[str, int]:
    """Compressed bytes by what they are for."""
    at_once = {shell.script, *shell.imports, *shell.styles}
    listed = json.loads(shell.worker.split(b";\n", 1)[0].removeprefix(b"var SHELL="))["files"]
    page = compressed(_TEMPLATE.read_bytes())
    return {
        "first start": page + sum(map(weight_of, at_once)),
        "worker": compressed(shell.worker),
        "kept behind it": sum(weight_of(each) for each in listed if each not in at_once),
        "card reader": sum(compressed(path.read_bytes()) for path in camera_files()),
    }


def main() -> int:
    """Print the figures beside their limits."""
    shell = read_shell_files()
    if shell is None:
        print("The pages are not built: npm run build", file=sys.stderr)
        return 2
    limits = {"first start": FIRST_START_KB, "worker": WORKER_KB}
    heavy = False
    for name, size in figures(shell).items():
        limit = limits.get(name)
        heavy |= limit is not None and size > limit * KB
        print(f"{name:15} {size / KB:7.1f} KB" + (f"  of {limit} KB" if limit else ""))
    return int(heavy)


if __name__ == "__main__":
    sys.exit(main())
