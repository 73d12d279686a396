"""Keep the contract as it is now under its version: from then on it is what clients were built on.

    python -m mobile_contract.frozen.release

Refuses where it breaks what an earlier release promised.
"""

import json
import sys
from pathlib import Path
from typing import Final

from mobile_contract.frozen.compare import breaks
from mobile_contract.frozen.shapes import Document

V1: Final = Path(__file__).parents[1] / "v1"
CONTRACT: Final = V1 / "openapi.json"
RELEASED: Final = V1 / "released"


def released() -> dict[str, Document]:
    """Every released contract by its version."""
    files = sorted(RELEASED.glob("*/openapi.json"))
    return {file.parent.name: json.loads(file.read_text("utf-8")) for file in files}


def promises(version: str) -> dict[str, Document]:
    """The releases that a contract of this version must keep: all but candidates of before, and of
    candidates its own.
    """
    return {
        name: document
        for name, document in released().items()
        if "-" not in name or name == version
    }


def main() -> int:
    """Write it, or say what it breaks."""
    text = CONTRACT.read_text("utf-8")
    document = json.loads(text)
    version = document["info"]["version"]
    for name, promised in promises(version).items():
        if said := breaks(promised, document):
            print(f"{version} breaks {name}:", *said, sep="\n  ")  # noqa: T201 -- its answer
            return 1
    target = RELEASED / version / "openapi.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8")
    print(f"released: {version}")  # noqa: T201 -- its answer
    return 0


if __name__ == "__main__":
    sys.exit(main())
