"""Fill the second index slot of everyone who can be found again, beside running declarations."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.actor_kinds import KEY_KEEPER
from asm.db.roles import DatabaseRole, act_as
from asm.db.session import one_transaction
from asm.identity.vault.keys import Keys, LookUp
from asm.identity.vault.model import guest_record, person
from asm.identity.vault.sealing import (
    Sealed,
    VaultError,
    former_index,
    name_index,
    open_sealed,
    person_index,
    sealed_of,
)

BATCH = 500


class Document(msgspec.Struct):
    """The part of a sealed guest that an index is made of."""

    full_name: str = ""
    birth_date: date | None = None
    birth_date_precision: str = "day"
    sex: str | None = None
    document_type: int | None = None
    document_number: str | None = None
    nationality: str = "VNM"


async def reindex(engine: AsyncEngine, keys: Keys, row: Any, say: Callable[[str], None]) -> int:
    """Write the hash by key `row` for every person that has one by the current key; how many.

    Each batch is written to the audit trail before it is opened. Stopped anywhere, it is run
    again: who is done is passed over.
    """
    done, last = 0, (UUID(int=0), UUID(int=0))
    while batch := await _batch(engine, (keys.index.slot, row.slot), last):
        look_up = await keys.write_look_up(
            {known.record.id for known in batch},
            actor_id=None,
            actor_role=KEY_KEEPER,
            action="vault.reindexed",
        )
        values = [
            {"f": known.record.facility_id, "r": known.ref, "i": known.record.id}
            | _hashes(keys, look_up, known, row)
            for known in batch
        ]
        # In the order in which declarations lock people, so that neither waits for the other.
        values.sort(key=lambda value: (value["f"], value["r"]))
        await _store(engine, row.slot, values)
        last = (batch[-1].record.facility_id, batch[-1].record.id)
        done += len({(value["f"], value["r"]) for value in values})
        say(f"{done} people indexed anew")
    return done


def _hashes(keys: Keys, look_up: LookUp, known: "_Known", row: Any) -> dict[str, bytes | None]:
    document = open_sealed(keys, look_up, known.record, Document)
    index = person_index(keys, known.record.facility_id, document)
    number, kind = document.document_number, document.document_type
    if index is not None and index.value != known.current and number and kind:
        index = former_index(keys, kind, number, document.nationality)
    if index is None or index.value != known.current:
        raise VaultError(f"guest record {known.record.id} is not of its person's document")
    name = name_index(keys, document.full_name)
    return {"v": index.a, "n": name.a} if row.slot == "a" else {"v": index.b, "n": name.b}


class _Known(msgspec.Struct, frozen=True):
    """A person with the hash that finds them, and one sealed record of theirs."""

    ref: UUID
    current: bytes
    record: Sealed


async def _store(engine: AsyncEngine, slot: str, values: list[dict[str, Any]]) -> None:
    async with one_transaction(engine) as session:
        await act_as(session, DatabaseRole.KEEPER)
        # Through the connection: the ORM's bulk update would want the primary key in the values.
        connection = await session.connection()
        await connection.execute(
            update(person)
            .where(person.c.facility_id == bindparam("f"), person.c.ref == bindparam("r"))
            .values({person.c[f"index_{slot}"]: bindparam("v")}),
            values,
        )
        await connection.execute(
            update(guest_record)
            .where(
                guest_record.c.facility_id == bindparam("f"), guest_record.c.id == bindparam("i")
            )
            .values({guest_record.c[f"name_{slot}"]: bindparam("n")}),
            values,
        )


async def _batch(
    engine: AsyncEngine, slots: tuple[str, str], last: tuple[UUID, UUID]
) -> list[_Known]:
    known, missing = (person.c[f"index_{slot}"] for slot in slots)
    unnamed = guest_record.c[f"name_{slots[1]}"].is_(None)
    key = tuple_(guest_record.c.facility_id, guest_record.c.id)
    async with one_transaction(engine) as session:
        await act_as(session, DatabaseRole.KEEPER)
        rows = await session.execute(
            select(guest_record, known.label("current"))
            .join(
                person,
                (person.c.facility_id == guest_record.c.facility_id)
                & (person.c.ref == guest_record.c.person_ref),
            )
            .where(known.is_not(None), missing.is_(None) | unnamed, key > tuple_(*last))
            .order_by(guest_record.c.facility_id, guest_record.c.id)
            .limit(BATCH)
        )
        return [_Known(r.person_ref, bytes(r.current), sealed_of(r)) for r in rows]
