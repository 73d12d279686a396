"""`asm keys`: the key files, and changing a key while declarations run."""

from typing import Annotated

import typer
from sqlalchemy import text

from asm.audit.lookups import LookUps
from asm.cli.connect import ADMIN, engine_at
from asm.cli.console import run, say, say_progress
from asm.db.roles import DatabaseRole, acting_as
from asm.identity.vault.keys import create_keys, read_keys
from asm.identity.vault.rotate import (
    Rotated,
    Rotation,
    resume_index,
    rotate_data,
    rotate_encryption,
    rotate_index,
    rotate_receipt,
)
from asm.notify.contacts.rotate_contact_key import rotate_notify
from asm.settings import read_settings

_VAULT = text("SELECT FROM vault.wrapped_key LIMIT 1")
keys_app = typer.Typer(name="keys", no_args_is_help=True, help="Key files.")


@keys_app.command("init")
def keys_init() -> None:
    """Make the key files that are missing in the folder that it names; existing ones stay."""
    folder = read_settings().secrets_dir
    created = create_keys(folder)
    say({"ok": True, "folder": str(folder.resolve()), "made": created})


@keys_app.command("rotate")
def keys_rotate(
    which: Annotated[str, typer.Argument(help="encryption, data, index, receipt or notify")],
    *,
    resume: Annotated[bool, typer.Option(help="Go on with an unfinished index rotation.")] = False,
) -> None:
    """Change one key while declarations run. Takes about a minute and the re-sealing."""
    settings = read_settings()
    read_keys(settings.secrets_dir)
    if which == "receipt":
        say(rotate_receipt(settings.secrets_dir))
        return
    steps = {
        "encryption": rotate_encryption,
        "data": rotate_data,
        "index": resume_index if resume else rotate_index,
        "notify": rotate_notify,
    }
    if which not in steps:
        raise typer.BadParameter(f"one of {', '.join([*steps, 'receipt'])}")

    async def work() -> Rotated:
        async with engine_at(ADMIN, name="asm-keys") as engine:
            # Files change first: only where the database, too, can follow.
            async with engine.connect() as connection:
                await connection.execute(acting_as(DatabaseRole.KEEPER))
                await connection.execute(_VAULT)
            return await steps[which](
                Rotation(
                    folder=settings.secrets_dir,
                    engine=engine,
                    write_look_up=LookUps(engine),
                    say=say_progress,
                )
            )

    say(run(work()))
