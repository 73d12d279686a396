"""The folder of the key files: there, whole, and closed to others."""

import os
import stat
from pathlib import Path
from typing import Final

from asm.errors import ConfigurationError, KeyFileMissing
from asm.identity.vault.keys import FILES, VAULT_VARIABLE, read_keys
from asm.install.belonging.key_marks import check_keys
from asm.install.doctor.context import DoctorContext
from asm.install.doctor.finding import Finding, first_of, warning, wrong

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


async def look_at_folder(context: DoctorContext) -> list[Finding]:
    """Nobody but its owner gets at the keys."""
    check = "keys.folder"
    folder = context.settings.secrets_dir
    try:
        mode = folder.stat().st_mode
    except FileNotFoundError:
        return [wrong(check, "missing")]
    except OSError:
        return [wrong(check, "closed_to_us")]
    if not stat.S_ISDIR(mode):
        return [wrong(check, "missing")]
    if not os.access(folder, os.R_OK | os.X_OK):
        return [wrong(check, "closed_to_us")]
    open_files = sorted(path.name for path in folder.iterdir() if _is_open(path))
    owners = {path.stat().st_uid for path in (folder, *_key_files(folder))}
    return first_of(
        check,
        wrong(check, "open", mode=f"{stat.S_IMODE(mode):04o}") if mode & _OTHERS else None,
        wrong(check, "open_files", files=", ".join(open_files)) if open_files else None,
        wrong(check, "several_owners") if len(owners) > 1 else None,
    )


async def look_at_files(context: DoctorContext) -> list[Finding]:
    """Each key file is there and holds keys."""
    check = "keys.files"
    try:
        read_keys(context.settings.secrets_dir)
    except KeyFileMissing as error:
        return [wrong(check, "missing", file=error.file)]
    except (ConfigurationError, ValueError) as error:
        named = [name for name in FILES if name in str(error)]
        return [wrong(check, "broken", file=named[0] if named else "receipt-former.json")]
    return first_of(check)


async def look_at_belonging(context: DoctorContext) -> list[Finding]:
    """The key files are those of this database."""
    check = "keys.belonging"
    states = await check_keys(await context.any_engine(), context.settings.secrets_dir)
    names = {
        state: ", ".join(sorted(file for file, its in states.items() if its == state))
        for state in ("missing", "other", "unmarked")
    }
    return first_of(
        check,
        wrong(check, "lost", files=names["missing"]) if names["missing"] else None,
        wrong(check, "from_elsewhere", files=names["other"]) if names["other"] else None,
        warning(check, "unmarked", files=names["unmarked"]) if names["unmarked"] else None,
    )


def _key_files(folder: Path) -> list[Path]:
    """Those that there must be: of the vault's key a variable may take the place."""
    wanted = FILES[1:] if os.environ.get(VAULT_VARIABLE) else FILES
    return [folder / name for name in wanted if (folder / name).exists()]


def _is_open(path: Path) -> bool:
    try:
        return path.is_file() and bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False
