"""The one module that writes stays: a handful of set-based statements for any number of rows, of
any number of facilities.

Rows travel as one JSON document per table (`json_populate_recordset`), so a statement is planned
once whatever the batch, and through the driver itself (`asm.db.direct`). On Citus this is where a
function delegated by facility_id would go: one call for each facility of the batch, each on the
node that holds its rows.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from asm.audit.trail import Entry, entry_rows, insert_entries
from asm.db.base import new_id
from asm.db.direct import Direct, as_json, direct, hexed, insert_of
from asm.facilities.facility import Facility
from asm.identity.vault.model import (
    AlsoFoundRow,
    GuestRecordRow,
    PersonRow,
    also_found,
    guest_record,
    person,
)
from asm.identity.vault.sealing import BlindIndex
from asm.outbox.post import event_rows, insert_events
from asm.outbox.topics import Topic
from asm.stays.intake.build_rows import EntryRows
from asm.stays.intake.idempotency import Kept, KeyRaced, answer_rows, insert_answers
from asm.stays.model import StayRow, StayVersionRow, stay, stay_version

_INSERT_PERSON = (
    f"{insert_of(person, PersonRow, '$1')} "
    "ON CONFLICT DO NOTHING RETURNING facility_id, ref, index_a, index_b"
)
#: By the slot of the current index key, which is complete at any moment. Who is found is locked
#: until the transaction ends, in the order of `asm.db.locks`: no two write stays of one person at
#: once. (An exclusion constraint does not span partitions.)
_FIND_PERSON = {
    "a": (
        "SELECT p.facility_id, p.ref, p.index_a AS value "
        "FROM unnest($1::uuid[], $2::bytea[]) AS document(facility_id, value) "
        "JOIN vault.person p ON p.facility_id = document.facility_id AND p.index_a = document.value"
        " ORDER BY p.facility_id, p.ref FOR NO KEY UPDATE OF p"
    ),
    "b": (
        "SELECT p.facility_id, p.ref, p.index_b AS value "
        "FROM unnest($1::uuid[], $2::bytea[]) AS document(facility_id, value) "
        "JOIN vault.person p ON p.facility_id = document.facility_id AND p.index_b = document.value"
        " ORDER BY p.facility_id, p.ref FOR NO KEY UPDATE OF p"
    ),
}
_SEE_PERSON = {
    "a": "SELECT p.ref FROM vault.person p WHERE p.facility_id = $1 AND p.index_a = $2",
    "b": "SELECT p.ref FROM vault.person p WHERE p.facility_id = $1 AND p.index_b = $2",
}
_LOCK_PERSONS = (
    "SELECT p.ref FROM vault.person p WHERE p.facility_id = $1 AND p.ref = ANY($2::uuid[])"
    " ORDER BY p.facility_id, p.ref FOR NO KEY UPDATE"
)
_INSERT_FOUND = f"{insert_of(also_found, AlsoFoundRow, '$1')} ON CONFLICT DO NOTHING"
_INSERT_STAY = insert_of(stay, StayRow, "$1")
_INSERT_RECORD = insert_of(guest_record, GuestRecordRow, "$1")
_INSERT_VERSION = insert_of(stay_version, StayVersionRow, "$1")
#: All that goes with new stays, in one journey.
_INSERT_REST = (
    f"WITH record AS ({_INSERT_RECORD}), "
    f"version AS ({insert_of(stay_version, StayVersionRow, '$2')}), "
    f"event AS ({insert_events('$3')}), entry AS ({insert_entries('$4')}) "
    f"{insert_answers('$5')}"
)
#: A facility's person as found by a document: (facility, blind index).
_Known = dict[tuple[UUID, bytes], UUID]


async def write_persons(driver: Direct, rows: Sequence[EntryRows]) -> set[UUID]:
    """Write who is new; return the people whom their facility knew before, now locked. Only they
    can have stays. `person_ref` of each row is set to the person whom its facility knows, if any.
    """
    if not rows:
        return set()
    return await _store_persons(driver, rows)


async def write_namesake(driver: Direct, row: EntryRows) -> None:
    """Write somebody of the same name as one who is known, by whom alone they are found again."""
    await write_found(driver, row.stay.facility_id, row.person_ref, row.stay.id)
    row.blind_index = None
    _refer(row, new_id())
    newcomer = _person_row(row.stay.facility_id, row.stay.ward_code, row.person_ref, None)
    await driver.fetch(_INSERT_PERSON, as_json([newcomer]))


async def write_found(driver: Direct, facility_id: UUID, person_ref: UUID, stay_id: UUID) -> None:
    """Write that a person finds a stay which is not, or no longer, theirs."""
    also = AlsoFoundRow(facility_id=facility_id, person_ref=person_ref, stay_id=stay_id)
    await driver.fetch(_INSERT_FOUND, as_json([also]))


async def lock_persons(
    session: AsyncSession, facility_id: UUID, person_refs: Collection[UUID]
) -> None:
    """Keep other writers from these people's stays until the transaction ends: all whom a change
    may come to be about, at once, as locks are taken in one order (`asm.db.locks`).
    """
    await (await direct(session)).fetch(_LOCK_PERSONS, facility_id, list(person_refs))


async def write_stays(driver: Direct, rows: Sequence[EntryRows]) -> None:
    """Write stays of people who are locked or new, and overlap none. `write_rest` must follow."""
    if rows:
        await driver.fetch(_INSERT_STAY, as_json([row.stay for row in rows]))


async def write_rest(
    driver: Direct, new: Sequence[EntryRows], deeds: Sequence[Entry], answers: Sequence[Kept]
) -> None:
    """Write what goes with the stays that were stored: sealed guests, first versions, work for the
    outbox; and the audit entries and the answers of the declarations that they came in.

    Raises KeyRaced when another transaction was first with one of the keys.
    """
    if not new and not deeds and not answers:
        return
    kept = await driver.fetch(
        _INSERT_REST,
        as_json([row.guest_record for row in new]),
        as_json([row.version for row in new]),
        as_json(event_rows(Topic.STAY_CHANGED, [_event(row) for row in new])),
        as_json(entry_rows(deeds)),
        as_json(answer_rows(answers)),
    )
    if len(kept) != len(answers):
        raise KeyRaced


def _event(row: EntryRows) -> tuple[UUID, dict[str, Any]]:
    return row.stay.facility_id, {"stay_id": str(row.stay.id), "version": 1}


async def write_guest_records(session: AsyncSession, records: Sequence[GuestRecordRow]) -> None:
    """Add sealed guests to the vault."""
    await (await direct(session)).fetch(_INSERT_RECORD, as_json(records))


async def write_versions(session: AsyncSession, versions: Sequence[StayVersionRow]) -> None:
    """Add versions of stays; (stay, version) is unique, so two writers cannot both be next."""
    await (await direct(session)).fetch(_INSERT_VERSION, as_json(versions))


async def find_person(session: AsyncSession, facility: Facility, index: BlindIndex | None) -> UUID:
    """The facility's reference for a document, made if it is new; without one, someone new. Who
    was known is not locked: `lock_persons` follows.
    """
    driver = await direct(session)
    newcomer = _person_row(facility.id, facility.ward_code, new_id(), index)
    inserted = await driver.fetch(_INSERT_PERSON, as_json([newcomer]))
    if inserted or index is None:
        return newcomer.ref
    rows = await driver.fetch(_SEE_PERSON[index.found_by], facility.id, index.value)
    ref: UUID = rows[0]["ref"]
    return ref


async def _store_persons(driver: Direct, rows: Sequence[EntryRows]) -> set[UUID]:
    persons = [
        _person_row(row.stay.facility_id, row.stay.ward_code, row.person_ref, row.blind_index)
        for row in rows
    ]
    persons.sort(key=lambda p: (p.facility_id, p.index_a or "", p.index_b or "", p.ref))
    new_persons = await driver.fetch(_INSERT_PERSON, as_json(persons))
    refs: _Known = {
        (row["facility_id"], value): row["ref"]
        for row in new_persons
        for value in (row["index_a"], row["index_b"])
        if value is not None
    }
    documents = {(row.stay.facility_id, row.blind_index) for row in rows if row.blind_index}
    # Only those who were known before have to be looked up.
    known = await _refs(
        driver, [(f, index) for f, index in documents if (f, index.value) not in refs]
    )
    refs |= known
    for row in rows:
        if row.blind_index:
            _refer(row, refs[row.stay.facility_id, row.blind_index.value])
    return set(known.values())


def _refer(row: EntryRows, person_ref: UUID) -> None:
    row.person_ref = row.stay.person_ref = row.guest_record.person_ref = person_ref


async def _refs(driver: Direct, documents: Collection[tuple[UUID, BlindIndex]]) -> _Known:
    known: _Known = {}
    for slot, find in _FIND_PERSON.items():
        wanted = [(f, index.value) for f, index in documents if index.found_by == slot]
        if not wanted:
            continue
        facilities, indexes = zip(*wanted, strict=True)
        rows = await driver.fetch(find, list(facilities), list(indexes))
        known |= {(row["facility_id"], row["value"]): row["ref"] for row in rows}
    return known


def _person_row(
    facility_id: UUID, ward_code: str, ref: UUID, index: BlindIndex | None
) -> PersonRow:
    index = index or BlindIndex()
    return PersonRow(
        facility_id=facility_id,
        ref=ref,
        ward_code=ward_code,
        index_a=hexed(index.a) if index.a else None,
        index_b=hexed(index.b) if index.b else None,
    )
