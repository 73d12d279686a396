"""Bring look-ups, and what was opened for citizens, along when keys change: the number lies sealed
in each, so that who looked at somebody is found by the next index key too, and no former data key
is needed.

Each batch is written to the audit trail before it is opened. Stopped anywhere, it is run again.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.actor_kinds import KEY_KEEPER
from asm.db.base import NO_FACILITY
from asm.db.roles import DatabaseRole, act_as
from asm.db.session import one_transaction
from asm.identity.vault.keys import Keys
from asm.identity.vault.sealing import Sealed, blind_index, open_sealed, seal

_BATCH: Final = 500


class _Kept(msgspec.Struct, frozen=True):
    """The statements of one table. An index key lies in one of two slots, so two of each."""

    unhashed: dict[str, Any]
    rehash: dict[str, Any]
    empty: dict[str, Any]
    sealed_by: Any
    reseal: Any


_LOOK_UPS: Final = _Kept(
    unhashed={
        "a": text("SELECT id, key_id, sealed FROM look_up WHERE index_a IS NULL LIMIT :most"),
        "b": text("SELECT id, key_id, sealed FROM look_up WHERE index_b IS NULL LIMIT :most"),
    },
    rehash={
        "a": text("UPDATE look_up SET index_a = :hash WHERE id = :id"),
        "b": text("UPDATE look_up SET index_b = :hash WHERE id = :id"),
    },
    empty={
        "a": text("UPDATE look_up SET index_a = NULL WHERE index_a IS NOT NULL"),
        "b": text("UPDATE look_up SET index_b = NULL WHERE index_b IS NOT NULL"),
    },
    sealed_by=text(
        "SELECT look_up.id, key_id, sealed FROM look_up JOIN vault.wrapped_key AS key "
        "ON key.id = key_id WHERE key.state = 'former' AND key.month = "
        "(SELECT month FROM vault.wrapped_key WHERE id = :newest) LIMIT :most"
    ),
    reseal=text("UPDATE look_up SET key_id = :key_id, sealed = :sealed WHERE id = :id"),
)
#: What was opened for a citizen lies in the same way.
_OPENINGS: Final = _Kept(
    unhashed={
        "a": text(
            "SELECT id, key_id, sealed FROM citizen_opening WHERE index_a IS NULL LIMIT :most"
        ),
        "b": text(
            "SELECT id, key_id, sealed FROM citizen_opening WHERE index_b IS NULL LIMIT :most"
        ),
    },
    rehash={
        "a": text("UPDATE citizen_opening SET index_a = :hash WHERE id = :id"),
        "b": text("UPDATE citizen_opening SET index_b = :hash WHERE id = :id"),
    },
    empty={
        "a": text("UPDATE citizen_opening SET index_a = NULL WHERE index_a IS NOT NULL"),
        "b": text("UPDATE citizen_opening SET index_b = NULL WHERE index_b IS NOT NULL"),
    },
    sealed_by=text(
        "SELECT opening.id, key_id, sealed FROM citizen_opening AS opening "
        "JOIN vault.wrapped_key AS key ON key.id = key_id WHERE key.state = 'former' "
        "AND key.month = (SELECT month FROM vault.wrapped_key WHERE id = :newest) LIMIT :most"
    ),
    reseal=text("UPDATE citizen_opening SET key_id = :key_id, sealed = :sealed WHERE id = :id"),
)
_ALL: Final = (_LOOK_UPS, _OPENINGS)


class _Typed(msgspec.Struct):
    document_type: int
    number: str
    nationality: str


async def rehash_look_ups(
    engine: AsyncEngine, keys: Keys, slot: str, say: Callable[[str], None]
) -> int:
    """Write the hash by the key of `slot` for all that lack it; how many."""

    def hashed(typed: _Typed, record: Sealed) -> dict[str, Any]:
        index = blind_index(keys, typed.document_type, typed.number, typed.nationality)
        return {"id": record.id, "hash": index.a if slot == "a" else index.b}

    done = 0
    for kept in _ALL:
        nothing: dict[str, Any] = {}
        statements = (kept.unhashed[slot], nothing, kept.rehash[slot])
        done += await _each(engine, keys, statements, hashed, say)
    return done


async def reseal_look_ups(
    engine: AsyncEngine, keys: Keys, new_id: str, say: Callable[[str], None]
) -> int:
    """Seal by key `new_id` what the same month's former keys sealed; how many."""

    def resealed(typed: _Typed, record: Sealed) -> dict[str, Any]:
        fresh = seal(keys, NO_FACILITY, record.id, typed)
        return {"id": record.id, "key_id": fresh.key_id, "sealed": fresh.sealed}

    done = 0
    for kept in _ALL:
        statements = (kept.sealed_by, {"newest": new_id}, kept.reseal)
        done += await _each(engine, keys, statements, resealed, say)
    return done


async def empty_look_up_slot(engine: AsyncEngine, slot: str) -> None:
    """Forget the hashes that a retired key made."""
    async with one_transaction(engine) as session:
        await act_as(session, DatabaseRole.KEEPER)
        for kept in _ALL:
            await session.execute(kept.empty[slot])


async def _each(
    engine: AsyncEngine,
    keys: Keys,
    statements: tuple[Any, dict[str, Any], Any],
    anew: Callable[[_Typed, Sealed], dict[str, Any]],
    say: Callable[[str], None],
) -> int:
    left, given, store = statements
    done = 0
    while batch := await _batch(engine, left, given):
        look_up = await keys.write_look_up(
            {record.id for record in batch},
            actor_id=None,
            actor_role=KEY_KEEPER,
            action="vault.look_ups_kept",
        )
        values = [anew(open_sealed(keys, look_up, record, _Typed), record) for record in batch]
        async with one_transaction(engine) as session:
            await act_as(session, DatabaseRole.KEEPER)
            await session.execute(store, values)
        done += len(batch)
        say(f"{done} look-ups brought along")
    return done


async def _batch(engine: AsyncEngine, statement: Any, given: dict[str, Any]) -> list[Sealed]:
    async with one_transaction(engine) as session:
        await act_as(session, DatabaseRole.KEEPER)
        rows = await session.execute(statement, {**given, "most": _BATCH})
        return [
            Sealed(facility_id=NO_FACILITY, id=row.id, key_id=row.key_id, sealed=bytes(row.sealed))
            for row in rows
        ]
