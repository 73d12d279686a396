"""Seal records anew by a newer data key, in batches, beside running declarations."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.actor_kinds import KEY_KEEPER
from asm.db.roles import DatabaseRole, act_as
from asm.db.session import one_transaction
from asm.identity.vault.keys import Keys
from asm.identity.vault.model import guest_record, wrapped_key
from asm.identity.vault.sealing import Sealed, open_sealed, seal, sealed_of

BATCH = 500


async def reseal(engine: AsyncEngine, keys: Keys, new_id: str, say: Callable[[str], None]) -> int:
    """Move every record of the same month's former keys to key `new_id`; how many there were.

    Each batch is written to the audit trail before it is opened. Stopped anywhere, it is run
    again: what is done stays done.
    """
    done = 0
    former = await _former(engine, new_id)
    while batch := await _batch(engine, former):
        look_up = await keys.write_look_up(
            {record.id for record in batch},
            actor_id=None,
            actor_role=KEY_KEEPER,
            action="vault.resealed",
        )
        anew = [_again(keys, look_up, record) for record in batch]
        async with one_transaction(engine) as session:
            await act_as(session, DatabaseRole.KEEPER)
            await _store(session, batch, anew)
        done += len(batch)
        say(f"{done} records sealed anew")
    return done


def _again(keys: Keys, look_up: Any, record: Sealed) -> Sealed:
    plain = open_sealed(keys, look_up, record, dict[str, Any])
    return seal(keys, record.facility_id, record.id, plain)


async def _former(engine: AsyncEngine, new_id: str) -> list[str]:
    async with one_transaction(engine) as session:
        await act_as(session, DatabaseRole.KEEPER)
        month = select(wrapped_key.c.month).where(wrapped_key.c.id == new_id).scalar_subquery()
        rows = await session.execute(
            select(wrapped_key.c.id).where(
                wrapped_key.c.month == month, wrapped_key.c.state == "former"
            )
        )
        return list(rows.scalars())


async def _batch(engine: AsyncEngine, key_ids: list[str]) -> list[Sealed]:
    async with one_transaction(engine) as session:
        await act_as(session, DatabaseRole.KEEPER)
        rows = await session.execute(
            select(guest_record).where(guest_record.c.key_id.in_(key_ids)).limit(BATCH)
        )
        return [sealed_of(row) for row in rows]


async def _store(session: AsyncSession, before: list[Sealed], after: list[Sealed]) -> None:
    # Through the connection: the ORM's bulk update would want the primary key in the values.
    connection = await session.connection()
    await connection.execute(
        update(guest_record)
        .where(
            guest_record.c.facility_id == bindparam("f"),
            guest_record.c.id == bindparam("i"),
            guest_record.c.key_id == bindparam("k"),
        )
        .values(key_id=bindparam("new_key"), sealed=bindparam("new_sealed")),
        [
            {
                "f": old.facility_id, "i": old.id, "k": old.key_id,
                "new_key": new.key_id, "new_sealed": new.sealed,
            }
            for old, new in zip(before, after, strict=True)
        ],
    )  # fmt: skip
