"""Read a secret that an operator put into a file."""

from pathlib import Path

from asm.errors import ConfigurationError


def read_secret(file: Path) -> str:
    """The first line. Raises ConfigurationError when there is none."""
    try:
        secret = file.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file.name} cannot be read: it must hold a secret") from error
    if not secret:
        raise ConfigurationError(f"{file.name} is empty")
    return secret
