"""Change each key while declarations run.

Every process looks at its keys again within FRESH_S. Each step below is right for processes that
still have the picture of the step before, and waits until none has an older one.
"""

import asyncio
import json
import os
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.base import vietnam_time
from asm.db.locks import Lock, hold
from asm.db.roles import DatabaseRole, act_as
from asm.db.session import one_transaction
from asm.errors import ConfigurationError, Conflict
from asm.identity.vault.keyring import FRESH_S, KeyRing, fresh_key, unwrap, wrap
from asm.identity.vault.keys import (
    FORMER_RECEIPT_KEYS,
    KEY_BYTES,
    RECEIPT_FILE,
    VAULT_FILE,
    VAULT_VARIABLE,
    Keys,
    WriteLookUp,
    keys_in,
    public_key_bytes,
    public_key_id,
    read_keys,
    write_secret,
)
from asm.identity.vault.model import guest_record, person, wrapped_key
from asm.identity.vault.reindex import reindex
from asm.identity.vault.relook import empty_look_up_slot, rehash_look_ups, reseal_look_ups
from asm.identity.vault.reseal import reseal
from asm.identity.vault.rewatch import carry_watch_entries, empty_watch_slot

#: A picture lives for FRESH_S; a statement begun with it ends within the statement timeout (15 s).
GRACE_S: Final = FRESH_S + 16.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What a rotation works with. `engine` may act as asm_keeper; `say` gets progress."""

    folder: Path
    engine: AsyncEngine
    write_look_up: WriteLookUp
    say: Callable[[str], None]
    #: Told of a new key of a file before the file holds it.
    note: Callable[[str, bytes], Awaitable[None]]
    grace_s: float = GRACE_S

    async def wait(self) -> None:
        """Until no process has the picture of before the last step."""
        self.say(f"waiting {self.grace_s:.0f} s until every process has seen the change")
        await asyncio.sleep(self.grace_s)


class Rotated(msgspec.Struct, frozen=True, kw_only=True):
    """Which key came, and how many rows were changed for it."""

    key: str
    new_id: str
    rows: int


async def rotate_encryption(rotation: Rotation) -> Rotated:
    """A new key-encryption key: every wrapped key is wrapped anew, then the old one is dropped."""
    if os.environ.get(VAULT_VARIABLE):
        raise ConfigurationError(
            f"the key comes from {VAULT_VARIABLE}: put the new key before the old one there, "
            "restart every process, run this without the variable and with the same two keys in "
            f"{VAULT_FILE}, then take the old one away"
        )
    path = rotation.folder / VAULT_FILE
    newest, *former = keys_in(rotation.folder, VAULT_FILE)
    if not former:  # else one that was broken off, or prepared by hand, goes on
        newest, former = secrets.token_bytes(KEY_BYTES), [newest]
        await rotation.note(VAULT_FILE, newest)
        write_secret(path, "".join(f"{key.hex()}\n" for key in (newest, *former)))
    files = read_keys(rotation.folder)
    # A process that has not seen the new file yet may still wrap a new month's key by the old one.
    await rotation.wait()
    rows = 0
    async with one_transaction(rotation.engine) as session:
        await act_as(session, DatabaseRole.KEEPER)
        await hold(session, Lock.ROTATE_KEYS)
        for row in (await session.execute(select(wrapped_key).with_for_update())).all():
            if row.kek_id != files.encryption_id:
                values = wrap(files, row.id, unwrap(files, row))
                await session.execute(
                    update(wrapped_key).where(wrapped_key.c.id == row.id).values(values)
                )
                rows += 1
    await rotation.wait()
    write_secret(path, f"{newest.hex()}\n")
    return Rotated(key="encryption", new_id=files.encryption_id, rows=rows)


async def rotate_data(rotation: Rotation) -> Rotated:
    """A new data key for this month; what the former one sealed is sealed anew."""
    files = read_keys(rotation.folder)
    async with one_transaction(rotation.engine) as session:
        await act_as(session, DatabaseRole.KEEPER)
        await hold(session, Lock.ROTATE_KEYS)
        now = (await session.execute(select(func.clock_timestamp()))).scalar_one()
        month = vietnam_time(now).date().replace(day=1)
        of_month = (wrapped_key.c.purpose == "data") & (wrapped_key.c.month == month)
        count = (
            await session.execute(select(func.count()).select_from(wrapped_key).where(of_month))
        ).scalar_one()
        new_id = f"data-{month:%Y-%m}-{count + 1}"
        await session.execute(update(wrapped_key).where(of_month).values(state="former"))
        row = fresh_key(files, new_id, purpose="data", month=month)
        await session.execute(wrapped_key.insert().values(row))
    await rotation.wait()
    keys = await _keys(rotation)
    rows = await reseal(rotation.engine, keys, new_id, rotation.say)
    rows += await reseal_look_ups(rotation.engine, keys, new_id, rotation.say)
    return Rotated(key="data", new_id=new_id, rows=rows)


async def rotate_index(rotation: Rotation) -> Rotated:
    """A new index key: filled beside the current one, then made the one that finds people."""
    files = read_keys(rotation.folder)
    async with one_transaction(rotation.engine) as session:
        await act_as(session, DatabaseRole.KEEPER)
        await hold(session, Lock.ROTATE_KEYS)
        rows = (
            await session.execute(select(wrapped_key).where(wrapped_key.c.purpose == "index"))
        ).all()
        if any(row.state in {"next", "former"} for row in rows):
            raise Conflict("rotation_unfinished")
        current = next(row for row in rows if row.state == "current")
        slot = "b" if current.slot == "a" else "a"
        new_id = f"index-{len(rows) + 1}"
        row = fresh_key(files, new_id, purpose="index", slot=slot, state="next")
        await session.execute(wrapped_key.insert().values(row))
    return await resume_index(rotation)


async def resume_index(rotation: Rotation) -> Rotated:
    """Go on with a rotation of the index key wherever it was stopped."""
    state = await _index_states(rotation.engine)
    rows = 0
    if "next" in state:
        await rotation.wait()
        keys, fresh = await _keys(rotation), state["next"]
        rows = await reindex(rotation.engine, keys, fresh, rotation.say)
        await rehash_look_ups(rotation.engine, keys, fresh.slot, rotation.say)
        await _switch_index(rotation.engine)
        state = await _index_states(rotation.engine)
    if "former" in state:
        await rotation.wait()
        # By the former key alone these lists are still found: it stays until none needs it.
        await carry_watch_entries(
            rotation.engine, former=state["former"].slot, current=state["current"].slot
        )
        await _set_states(rotation.engine, {"former": "retired"})
        await rotation.wait()
        await _empty_slot(rotation.engine, state["former"].slot)
        await empty_watch_slot(rotation.engine, state["former"].slot)
        await empty_look_up_slot(rotation.engine, state["former"].slot)
    return Rotated(key="index", new_id=state["current"].id, rows=rows)


def rotate_receipt(folder: Path, new: bytes) -> Rotated:
    """The key `new` (32 random bytes) signs from now on; receipts of the former one stay genuine:
    its public key is kept and published.
    """
    files = read_keys(folder)
    former = {name: public_key_bytes(key).hex() for name, key in files.public_keys.items()}
    write_secret(folder / FORMER_RECEIPT_KEYS, json.dumps(former) + "\n")
    write_secret(folder / RECEIPT_FILE, new.hex() + "\n")
    public = Ed25519PrivateKey.from_private_bytes(new).public_key()
    return Rotated(key="receipt", new_id=public_key_id(public), rows=0)


async def _keys(rotation: Rotation) -> Keys:
    return await KeyRing(rotation.folder, rotation.engine, rotation.write_look_up).current()


async def _index_states(engine: AsyncEngine) -> dict[str, Any]:
    async with one_transaction(engine) as session:
        await act_as(session, DatabaseRole.KEEPER)
        rows = await session.execute(select(wrapped_key).where(wrapped_key.c.purpose == "index"))
        return {row.state: row for row in rows}


async def _switch_index(engine: AsyncEngine) -> None:
    await _set_states(engine, {"current": "former", "next": "current"})


async def _set_states(engine: AsyncEngine, changes: dict[str, str]) -> None:
    async with one_transaction(engine) as session:
        await act_as(session, DatabaseRole.KEEPER)
        await hold(session, Lock.ROTATE_KEYS)
        for before, after in changes.items():
            await session.execute(
                update(wrapped_key)
                .where(wrapped_key.c.purpose == "index", wrapped_key.c.state == before)
                .values(state=after)
            )


async def _empty_slot(engine: AsyncEngine, slot: str) -> None:
    columns = (
        (person.c.ref, person.c[f"index_{slot}"]),
        (guest_record.c.id, guest_record.c[f"name_{slot}"]),
    )
    for key, column in columns:
        done = 1
        while done:
            async with one_transaction(engine) as session:
                await act_as(session, DatabaseRole.KEEPER)
                done = await _empty_some(session, key, column)


async def _empty_some(session: AsyncSession, key: Any, column: Any) -> int:
    table = column.table
    chosen = (
        select(table.c.facility_id, key.label("key"))
        .where(column.is_not(None))
        .limit(1000)
        .subquery()
    )
    done = await session.execute(
        update(table)
        .where(table.c.facility_id == chosen.c.facility_id, key == chosen.c.key)
        .values({column: None})
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
