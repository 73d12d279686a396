"""Make key files, and new ones for those that are lost, without ever losing one to it."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.roles import DatabaseRole, act_as
from asm.db.session import one_transaction
from asm.errors import Misconfigured
from asm.identity.vault.keys import (
    FILES,
    FORM_FILE,
    FORMER_RECEIPT_KEYS,
    KEY_BYTES,
    NOTIFY_FILE,
    RECEIPT_FILE,
    VAPID_FILE,
    VAULT_FILE,
    VAULT_VARIABLE,
    create_keys,
    public_key_bytes,
    public_key_id,
    write_secret,
)
from asm.install.belonging.key_marks import (
    KeyState,
    former_receipt_keys,
    key_states,
    put_former_marks,
    put_mark,
    settle_mark,
)
from asm.install.belonging.require_own import refuse_keys

#: What a new key costs is said in the operator's guide. Without the vault's nobody can be opened.
REPLACEABLE: Final = (RECEIPT_FILE, FORM_FILE, NOTIFY_FILE, VAPID_FILE)
_IN_USE: Final = text("SELECT to_regclass('vault.wrapped_key') IS NOT NULL")
_WRAPPED: Final = text("SELECT EXISTS (SELECT FROM vault.wrapped_key)")
_HAS_CONTACTS: Final = text("SELECT to_regclass('public.contact') IS NOT NULL")
_SEALED_FOR: Final = text("""
SELECT EXISTS (SELECT FROM contact) AS notify,
       EXISTS (SELECT FROM contact WHERE channel = 'web_push') AS vapid
""")


class NewKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The files that were written; `set_aside`: what a file that was there is called now."""

    written: list[str]
    set_aside: list[str] = []


async def init_keys(engine: AsyncEngine, folder: Path) -> NewKeys:
    """Make the files that the database knows no key of, and give back the file of former receipt
    keys, which are public. Files that are there stay. `engine`: the owner's.

    Raises Misconfigured, having done nothing, when the database knows the key of a file that is not
    there, or another one than a file holds.
    """
    async with one_transaction(engine) as session:
        states = await _with_evidence(session, await key_states(session, folder))
        former = await former_receipt_keys(session)
    made_up = {FORMER_RECEIPT_KEYS} if states[FORMER_RECEIPT_KEYS] == "missing" else set()
    refuse_keys({file: state for file, state in states.items() if file not in made_up})
    written = create_keys(folder, _to_make())
    if made_up:
        _write_former(folder, former)
        written.append(FORMER_RECEIPT_KEYS)
    return NewKeys(written=written)


def init_first_keys(folder: Path) -> NewKeys | None:
    """Make the files in a folder that has none of them, for who has no database to ask; None where
    it has some: only the database knows whether the others are new, or lost.
    """
    if any((folder / file).exists() for file in FILES):
        complete = all((folder / file).exists() for file in _to_make())
        return NewKeys(written=[]) if complete else None
    return NewKeys(written=create_keys(folder, _to_make()))


async def replace_key(engine: AsyncEngine, folder: Path, file: str) -> NewKeys:
    """A new key in a file whose key is lost for good. What is there is set aside, not removed.
    `engine`: the owner's. Raises Misconfigured for a file that cannot be replaced, or when another
    one is wrong, too.
    """
    if file not in REPLACEABLE:
        raise Misconfigured("key_not_replaceable", file=file, files=", ".join(REPLACEABLE))
    async with one_transaction(engine) as session:
        states = await key_states(session, folder)
    # What is known of former receipt keys is written anew with it.
    ours = {file, FORMER_RECEIPT_KEYS} if file == RECEIPT_FILE else {file}
    refuse_keys({other: state for other, state in states.items() if other not in ours})
    new = secrets.token_bytes(KEY_BYTES)
    async with one_transaction(engine) as session:
        if file == RECEIPT_FILE and states[FORMER_RECEIPT_KEYS] == "unmarked":
            await put_former_marks(session, folder)
        await put_mark(session, file, new, state="next")
    aside = _set_aside(folder / file)
    if file == RECEIPT_FILE and states[FORMER_RECEIPT_KEYS] in {"broken", "other"}:
        aside += _set_aside(folder / FORMER_RECEIPT_KEYS)
    write_secret(folder / file, new.hex() + "\n")
    async with one_transaction(engine) as session:
        await settle_mark(session, file, new)
        if file == RECEIPT_FILE:
            _write_former(folder, await former_receipt_keys(session))
    return NewKeys(written=[file], set_aside=aside)


def _to_make() -> tuple[str, ...]:
    """The vault's key is not made where a variable holds it."""
    return tuple(file for file in FILES if file != VAULT_FILE or not os.environ.get(VAULT_VARIABLE))


async def _with_evidence(
    session: AsyncSession, states: Mapping[str, KeyState]
) -> dict[str, KeyState]:
    """Where no mark says so: what is in use shows that there were keys. Of before the marks, or a
    migration that broke off.
    """
    lost: set[str] = set()
    if (await session.execute(_IN_USE)).scalar_one():
        await act_as(session, DatabaseRole.OWNER)
        if (await session.execute(_WRAPPED)).scalar_one():
            lost |= {VAULT_FILE, RECEIPT_FILE, FORM_FILE}
        if (await session.execute(_HAS_CONTACTS)).scalar_one():
            sealed = (await session.execute(_SEALED_FOR)).one()
            lost |= {NOTIFY_FILE} if sealed.notify else set()
            lost |= {VAPID_FILE} if sealed.vapid else set()
    return {
        file: "missing" if state == "absent" and file in lost else state
        for file, state in states.items()
    }


def _write_former(folder: Path, known: list[str]) -> None:
    keys = [Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)) for key in known]
    former = {public_key_id(key): public_key_bytes(key).hex() for key in keys}
    write_secret(folder / FORMER_RECEIPT_KEYS, json.dumps(former) + "\n")


def _set_aside(path: Path) -> list[str]:
    if not path.exists():
        return []
    number = 1
    while (aside := path.with_name(f"{path.name}.set-aside-{number}")).exists():
        number += 1
    path.rename(aside)
    return [aside.name]
