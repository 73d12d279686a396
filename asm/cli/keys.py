"""`asm keys`: the key files, and changing a key while declarations run."""

import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Final

import typer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.audit.lookups import LookUps
from asm.cli.connect import ADMIN, engine_at
from asm.cli.console import SetUpError, run, say, say_progress
from asm.db.roles import DatabaseRole, acting_as
from asm.db.session import one_transaction
from asm.identity.vault.keys import (
    KEY_BYTES,
    NOTIFY_FILE,
    RECEIPT_FILE,
    VAULT_FILE,
    keys_in,
    read_keys,
)
from asm.identity.vault.rotate import (
    Rotated,
    Rotation,
    resume_index,
    rotate_data,
    rotate_encryption,
    rotate_index,
    rotate_receipt,
)
from asm.install.belonging.init_keys import NewKeys, init_first_keys, init_keys, replace_key
from asm.install.belonging.installation import read_installation
from asm.install.belonging.key_marks import check_keys, note_keys, put_mark, settle_mark
from asm.install.belonging.require_own import refuse_keys
from asm.notify.contacts.rotate_contact_key import rotate_notify
from asm.settings import read_settings

_VAULT = text("SELECT FROM vault.wrapped_key LIMIT 1")
_STEPS: Final[dict[str, Callable[[Rotation], Awaitable[Rotated]]]] = {
    "encryption": rotate_encryption,
    "data": rotate_data,
    "index": rotate_index,
    "notify": rotate_notify,
}
#: The others stand in the database.
_FILES: Final = {"encryption": VAULT_FILE, "receipt": RECEIPT_FILE, "notify": NOTIFY_FILE}
keys_app = typer.Typer(name="keys", no_args_is_help=True, help="Key files.")


@keys_app.command("init")
def keys_init(
    replace: Annotated[
        str,
        typer.Option(
            metavar="FILE", help="A new key in this file, whose key is lost for good (the guide)."
        ),
    ] = "",
) -> None:
    """Make the key files that the database knows no key of; those that are there stay."""
    settings = read_settings()
    folder = settings.secrets_dir
    if settings.admin_database_url or replace:
        keys = run(_init(folder, replace))
    else:
        first = init_first_keys(folder)
        if first is None:
            raise SetUpError("keys_need_database", variable=ADMIN)
        keys = first
    answer = {"ok": True, "folder": str(folder.resolve()), "made": keys.written}
    say(answer | ({"set_aside": keys.set_aside} if keys.set_aside else {}))


async def _init(folder: Path, replace: str) -> NewKeys:
    async with engine_at(ADMIN, pool_size=1, name="asm-keys") as engine:
        if replace:
            return await replace_key(engine, folder, replace)
        keys = await init_keys(engine, folder)
        # What is made before the first migration is noted by that.
        if await read_installation(engine) is not None:
            await note_keys(engine, folder)
        return keys


@keys_app.command("rotate")
def keys_rotate(
    which: Annotated[str, typer.Argument(help="encryption, data, index, receipt or notify")],
    *,
    resume: Annotated[bool, typer.Option(help="Go on with an unfinished index rotation.")] = False,
) -> None:
    """Change one key while declarations run. Takes about a minute and the re-sealing."""
    folder = read_settings().secrets_dir
    read_keys(folder)
    if which not in {*_STEPS, "receipt"}:
        raise typer.BadParameter(f"one of {', '.join([*_STEPS, 'receipt'])}")

    async def work() -> Rotated:
        async with engine_at(ADMIN, name="asm-keys") as engine:
            # Files change first: only where the database, too, can follow.
            async with engine.connect() as connection:
                await connection.execute(acting_as(DatabaseRole.KEEPER))
                await connection.execute(_VAULT)
            refuse_keys(await check_keys(engine, folder))
            if which not in _FILES:
                return await (resume_index if resume else _STEPS[which])(_rotation(engine, folder))
            # One that was broken off has changed the file, and not the mark.
            await _settle(engine, folder, _FILES[which])
            rotated = await _rotate_file(engine, folder, which)
            await _settle(engine, folder, _FILES[which])
            return rotated

    say(run(work()))


async def _rotate_file(engine: AsyncEngine, folder: Path, which: str) -> Rotated:
    rotation = _rotation(engine, folder)
    if which != "receipt":
        return await _STEPS[which](rotation)
    new = secrets.token_bytes(KEY_BYTES)
    await rotation.note(RECEIPT_FILE, new)
    return rotate_receipt(folder, new)


def _rotation(engine: AsyncEngine, folder: Path) -> Rotation:
    async def note(file: str, key: bytes) -> None:
        async with one_transaction(engine) as session:
            await put_mark(session, file, key, state="next")

    return Rotation(
        folder=folder,
        engine=engine,
        write_look_up=LookUps(engine),
        say=say_progress,
        note=note,
    )


async def _settle(engine: AsyncEngine, folder: Path, file: str) -> None:
    async with one_transaction(engine) as session:
        await settle_mark(session, file, keys_in(folder, file)[0])
