"""What a declaration of somebody who is there already comes to.

The earlier record is opened for it, and the look-up written down first: only here, where a stay of
the same person overlaps.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from asm.accounts.access import Access
from asm.db.base import vietnam_time
from asm.facilities.facility import Facility
from asm.identity.vault.sealing import person_index
from asm.stays.arrivals.standing import StandingStay
from asm.stays.change import OpenedStay, write_change
from asm.stays.changes import Amend, Change, ChangeRequest, Extend, GuestChange, MoveRoom
from asm.stays.declaration import Status, Via
from asm.stays.entry import Guest, Problem, StayEntry, TimePrecision
from asm.stays.model import stay_version
from asm.stays.open_guests import open_guests
from asm.stays.receipts.receipt import Receipt
from asm.stays.receipts.stored import stored_receipt
from asm.stays.rules.periods import overlap, period_of
from asm.stays.rules.published import problem
from asm.stays.rules.same_arrival import (
    Differences,
    differences,
    is_another_visit,
    is_weak,
    may_be_somebody_else,
    merged_entry,
    name_field,
)
from asm.stays.saved.saved_time import SavedTime


class DeclaredArrival(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that no rule refuses, and who declares it. `precision`: how much of its times was
    told. `problems`: what the rules said of the entry.
    """

    access: Access
    facility: Facility
    entry: StayEntry
    via: Via
    precision: TimePrecision
    problems: Sequence[Problem]
    saved: SavedTime | None = None


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """merged, changed or refused, and the stay that stands, with its receipt as it is now."""

    status: Status
    stay_id: UUID
    receipt: Receipt
    problems: list[Problem]


async def resolve(
    arrival: DeclaredArrival, there: Sequence[StandingStay], stays: Sequence[StandingStay]
) -> Resolution | None:
    """What becomes of `arrival`, whose person finds the stays `there` in that time, the likeliest
    first, of all `stays`. None: none of them is this arrival, which has a stay of its own. Of who
    came by the hour, and by the hour again, it is asked whether they are still here; of who is
    known by name and year alone, and came now, whether they are somebody else.
    """
    entry, precision = arrival.entry, arrival.precision
    for standing in there:
        versions = await _versions(arrival.access, standing)
        if not standing.others and is_another_visit(entry, versions[0], precision):
            became: Resolution | None = _question(standing, versions[0], "stay.hourly_again")
        elif _found_weakly(arrival, standing, versions):
            became = _question(standing, versions[0], "stay.namesake_again")
        elif standing.others:
            became = _of_others(arrival, standing, versions)
        else:
            became = await _of_their_own(arrival, standing, versions, stays)
        if became is not None:
            return became
    return None


def _found_weakly(
    arrival: DeclaredArrival, standing: StandingStay, versions: Sequence[StayEntry]
) -> bool:
    if standing.others and not any(_is_of(arrival, version.guest) for version in versions):
        return False
    return may_be_somebody_else(arrival.entry, versions[0], arrival.precision)


def _of_others(
    arrival: DeclaredArrival, standing: StandingStay, versions: Sequence[StayEntry]
) -> Resolution | None:
    """Of a stay that was told of this person once, or whose guest has the same name: merged or
    refused, never changed, as its own person is not locked.

    1. nothing new, or a resend of what was told of this person: merged
    2. somebody of another name, birth date or sex, or known by name and year in another room or at
       another hour: not this arrival
    3. otherwise refused, naming each field, who it is among them
    """
    entry, precision = arrival.entry, arrival.precision
    mine = [version for version in versions if _is_of(arrival, version.guest)]
    if not mine:
        return None
    fields = {*differences(entry, versions[0], precision).fields}
    if versions[0] is not mine[0]:
        fields.add(_who(entry.guest, versions[0].guest))
    if not fields:
        return _kept(standing, [problem("stay.already_declared", name_field(entry.guest))])
    if any(not differences(entry, version, precision) for version in mine):
        return _kept(standing, [problem("stay.changed_since", field) for field in sorted(fields)])
    apart = _WHO | ({"arrived_at", "room"} if is_weak(entry.guest) else set())
    if apart & {*differences(entry, mine[0], precision).fields}:
        return None
    return _refused(standing, sorted(fields))


def _is_of(arrival: DeclaredArrival, guest: Guest) -> bool:
    keys, facility_id = arrival.access.keys, arrival.facility.id
    index = person_index(keys, facility_id, guest)
    return index is not None and index == person_index(keys, facility_id, arrival.entry.guest)


def _who(guest: Guest, other: Guest) -> str:
    """The field by which two guests are two people."""
    numbered = guest.document_number or other.document_number
    return "guest.document_number" if numbered else "guest.full_name"


async def _of_their_own(
    arrival: DeclaredArrival,
    standing: StandingStay,
    versions: Sequence[StayEntry],
    stays: Sequence[StandingStay],
) -> Resolution | None:
    """Of a stay of this person.

    1. nothing new, or a resend of what was told before: merged, with the receipt of today's version
    2. known by name and year alone: the same only at the same hour and in the same room
    3. departed, or something other than room and planned departure: refused, naming each field
    4. otherwise the change that it means is made
    """
    result = differences(arrival.entry, versions[0], arrival.precision)
    if not result:
        field = name_field(arrival.entry.guest)
        return _kept(standing, [problem("stay.already_declared", field)])
    if arrival.precision.arrival != "nothing" and any(
        not differences(arrival.entry, former, arrival.precision) for former in versions[1:]
    ):
        return _kept(standing, [problem("stay.changed_since", field) for field in result.fields])
    if is_weak(arrival.entry.guest) and {"arrived_at", "room"} & {*result.fields}:
        return None
    if result.conflicts or standing.departed:
        return _refused(standing, result.fields)
    after = merged_entry(versions[0], result)
    besides = [known for known in stays if known.id != standing.id and not known.others]
    if any(_newly(standing, after, known) for known in besides):
        return _refused(standing, ["planned_departure_at"])
    return await _change(arrival, standing, (versions[0], after), result)


def _newly(standing: StandingStay, after: StayEntry, known: StandingStay) -> bool:
    return overlap(period_of(after), known.period) and not overlap(standing.period, known.period)


def _kept(standing: StandingStay, problems: list[Problem]) -> Resolution:
    if standing.departed:
        left = problem("stay.departed_since", left=_shown(standing.row.departed_at))
        problems = [left, *problems]
    return Resolution(
        status="merged",
        stay_id=standing.id,
        receipt=stored_receipt(standing.row),
        problems=problems,
    )


def _refused(standing: StandingStay, fields: Sequence[str]) -> Resolution:
    return Resolution(
        status="refused",
        stay_id=standing.id,
        receipt=stored_receipt(standing.row),
        problems=[problem("stay.same_arrival_differs", field) for field in fields],
    )


def _question(standing: StandingStay, entry: StayEntry, rule: str) -> Resolution:
    which = problem(rule, came=_shown(entry.arrived_at), room=_shown(entry.room))
    return Resolution(
        status="refused",
        stay_id=standing.id,
        receipt=stored_receipt(standing.row),
        problems=[which],
    )


async def _change(
    arrival: DeclaredArrival,
    standing: StandingStay,
    entries: tuple[StayEntry, StayEntry],
    result: Differences,
) -> Resolution:
    before, after = entries
    request = ChangeRequest(
        facility_id=arrival.facility.id,
        stay_id=standing.id,
        change=_meant(result, after),
        via=arrival.via,
        saved=arrival.saved,
    )
    opened = OpenedStay(
        row=standing.row,
        person_after=standing.row.person_ref,
        before=before,
        after=after,
        departed_at=None,
        problems=list(arrival.problems),
    )
    receipt = await write_change(arrival.access, arrival.facility, opened, request)
    problems = [
        problem(
            "stay.same_arrival_changed",
            field,
            before=_shown(getattr(before, field)),
            after=_shown(value),
        )
        for field, value in result.changes.items()
    ]
    problems += [problem("stay.same_arrival_added", field) for field in result.additions]
    return Resolution(status="changed", stay_id=standing.id, receipt=receipt, problems=problems)


def _meant(result: Differences, after: StayEntry) -> Change:
    """One version says it all, by the name of the change that it is."""
    if not result.additions and [*result.changes] == ["room"]:
        return MoveRoom(room=result.changes["room"])
    if not result.additions and [*result.changes] == ["planned_departure_at"]:
        return Extend(planned_departure_at=result.changes["planned_departure_at"])
    return Amend(guest=GuestChange.to(after.guest), **result.changes)


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{vietnam_time(value):%H:%M %d/%m/%Y}"
    return value or "–"


async def _versions(access: Access, standing: StandingStay) -> list[StayEntry]:
    """What was told of the stay, newest version first."""
    rows = (
        await access.session.execute(
            select(stay_version.c.guest_record_id, stay_version.c.content)
            .where(
                stay_version.c.facility_id == standing.row.facility_id,
                stay_version.c.stay_id == standing.id,
            )
            .order_by(stay_version.c.version.desc())
        )
    ).all()
    records = sorted({row.guest_record_id for row in rows})
    guests = await open_guests(
        access,
        [(standing.row.facility_id, record) for record in records],
        "stay.opened_to_compare",
    )
    return [_entry(row.content, guests[row.guest_record_id]) for row in rows]


def _entry(content: Mapping[str, Any], guest: Guest) -> StayEntry:
    arrival = {name: content[name] for name in StayEntry.__struct_fields__ if name != "guest"}
    return msgspec.structs.replace(
        msgspec.convert(arrival | {"guest": _UNNAMED}, StayEntry), guest=guest
    )


#: What tells somebody else from who was corrected.
_WHO = frozenset({"guest.full_name", "guest.birth_date", "guest.sex"})
_UNNAMED = {"full_name": ""}
