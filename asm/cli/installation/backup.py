"""`asm backup` and `asm restore`: an installation in a folder, and back on another server."""

import os
import shutil
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from asm.cli.console import say, say_progress
from asm.errors import Conflict
from asm.install.backup.key_folder import copy_keys, keys_in_the_way, require_apart
from asm.install.backup.leave_note import leave_note
from asm.install.backup.make_backup import make_backup
from asm.install.backup.restore_backup import Source, require_usable, restore_backup
from asm.install.backup.server import Server, find_server
from asm.install.backup.settings_files import passwords_in, settings_files
from asm.locales.texts import both
from asm.settings import Settings, read_settings

backup_app = typer.Typer()
restore_app = typer.Typer()


def _server(settings: Settings) -> Server:
    return find_server(settings.backup_database_url, settings.admin_database_url, os.environ)


@backup_app.command("backup")
def backup(
    folder: Annotated[Path, typer.Argument(help="Where to; it must not be there yet.")],
    *,
    keys: Annotated[
        Path | None,
        typer.Option(help="Copy keys and settings, too, into this folder. Keep it elsewhere."),
    ] = None,
) -> None:
    """Write the whole database into a folder, with what it needs to come back; the keys apart."""
    settings = read_settings()
    secrets_dir = settings.secrets_dir
    copied = []
    if keys is not None:
        require_apart(folder, keys)
        copied = copy_keys(secrets_dir, settings_files(os.environ), keys)
    try:
        whole = make_backup(_server(settings), folder, secrets_dir)
        if keys is not None:
            _require_unchanged(folder, keys, secrets_dir)
    except BaseException:
        if keys is not None:  # both or none: it was made just now
            shutil.rmtree(keys, ignore_errors=True)
        raise
    answer = {"ok": True, **msgspec.to_builtins(whole), "keys": copied}
    if leave_note(whole, settings):
        say(answer | {"noted": True})
        return
    message, message_en = both("refusals", "backup_not_noted")
    say(answer | {"noted": False, "message": message, "message_en": message_en})


def _require_unchanged(folder: Path, keys: Path, secrets_dir: Path) -> None:
    """Raises Conflict, and takes the backup away, where a key was changed between: neither the keys
    of before nor those of now would surely open it.
    """
    changed = keys_in_the_way(keys, secrets_dir)
    if changed:
        shutil.rmtree(folder)
        raise Conflict("backup_keys_changed", files=", ".join(changed))


@restore_app.command("restore")
def restore(
    folder: Annotated[Path, typer.Argument(help="What `asm backup` wrote.")],
    *,
    keys: Annotated[
        Path | None, typer.Option(help="The folder that `asm backup --keys` wrote.")
    ] = None,
    unsealed: Annotated[
        bool,
        typer.Option(help="A backup without a seal, too: you know where it was all the time."),
    ] = False,
) -> None:
    """Bring a backup into a database that is empty or not there; roles first, all or nothing."""
    settings = read_settings()
    manifest = require_usable(folder)
    restored = restore_backup(
        _server(settings),
        Source(folder=folder, manifest=manifest, key_folder=keys, unsealed=unsealed),
        secrets_dir=settings.secrets_dir,
        passwords=passwords_in(os.environ, settings_files(os.environ)),
        say=say_progress,
    )
    texts = [both("refusals", "restore_done")]
    if restored.closed_logins:
        logins = {"logins": ", ".join(restored.closed_logins)}
        texts.insert(0, both("refusals", "restore_done_closed", logins))
    if restored.kind == "demo":
        texts.insert(0, both("refusals", "restore_done_demo"))
    message, message_en = (" ".join(parts) for parts in zip(*texts, strict=True))
    answer = {"ok": True, **msgspec.to_builtins(restored)}
    say(answer | {"message": message, "message_en": message_en})
