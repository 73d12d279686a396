"""The settings of an installed machine, for whoever runs `asm` there: the operator's file, unless
the environment says where the database is, or names another file in ASM_ENV_FILE.
"""

import os
from pathlib import Path
from typing import Final

from asm.variables.variable import FILE_ENDING

NAMED_BY: Final = "ASM_ENV_FILE"
USUAL: Final = Path("/etc/asm/operator.env")
_ADDRESSES: Final = ("ASM_DATABASE_URL", "ASM_WORKER_DATABASE_URL", "ASM_ADMIN_DATABASE_URL")


def load_env_file(usual: Path = USUAL) -> None:
    """Take into the environment what the file says and the environment does not. Raises OSError for
    a file that was named and cannot be read; the usual one may be for root alone.
    """
    named = os.environ.get(NAMED_BY)
    if named:
        _load(Path(named))
    elif not _has_addresses() and os.access(usual, os.R_OK):
        _load(usual)


def closed_env_file(usual: Path = USUAL) -> Path | None:
    """The usual file, where it is there and this user may not read it."""
    if os.environ.get(NAMED_BY) or _has_addresses():
        return None
    try:
        there = usual.exists()
    except PermissionError:  # so is its folder
        there = True
    return usual if there and not os.access(usual, os.R_OK) else None


def _has_addresses() -> bool:
    return any(os.environ.get(name + end) for name in _ADDRESSES for end in ("", FILE_ENDING))


def _load(file: Path) -> None:
    from dotenv import dotenv_values  # noqa: PLC0415 -- on no other machine than an installed one

    with file.open(encoding="utf-8") as text:
        values = dotenv_values(stream=text, interpolate=False)
    for name, value in values.items():
        os.environ.setdefault(name, value or "")
