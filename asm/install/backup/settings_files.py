"""The settings of an installed machine: a file for each process, beside the one of the commands."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from dotenv import dotenv_values

#: Where an installation has them, unless ASM_ENV_FILE says otherwise.
OPERATOR_FILE: Final = "/etc/asm/operator.env"
_ADDRESSES: Final = ("ASM_DATABASE_URL", "ASM_WORKER_DATABASE_URL", "ASM_ADMIN_DATABASE_URL")


def settings_files(environ: Mapping[str, str]) -> list[Path]:
    """The files of all processes, that of the Redis-compatible server too; none where nothing was
    installed.
    """
    operator = Path(environ.get("ASM_ENV_FILE") or OPERATOR_FILE)
    if not operator.is_file():
        return []
    return sorted(path for path in operator.parent.iterdir() if path.suffix in {".env", ".conf"})


def passwords_in(environ: Mapping[str, str], files: Iterable[Path]) -> dict[str, str]:
    """Login → password, from the addresses that the settings hold."""
    read = (dotenv_values(file, interpolate=False) for file in files if file.suffix == ".env")
    sources = [environ, *read]
    passwords = {}
    for source in sources:
        for variable in _ADDRESSES:
            parts = urlsplit(source.get(variable) or "")
            if parts.username and parts.password:
                passwords[unquote(parts.username)] = unquote(parts.password)
    return passwords
