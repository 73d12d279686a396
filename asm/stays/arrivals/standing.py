"""The stays that a person already has in a facility, and which of them two would share an hour."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, or_
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import vietnam_time
from asm.identity.vault.model import also_found
from asm.stays.entry import StayEntry, TimePrecision
from asm.stays.model import stay
from asm.stays.receipts.stored import with_receipt
from asm.stays.rules.periods import (
    OPEN_AT_MOST,
    Period,
    overlap,
    period_of,
    possible_period,
    same_day,
)

#: By person: a person belongs to one facility.
Standing = Mapping[UUID, Sequence["StandingStay"]]


class StandingStay(msgspec.Struct, frozen=True):
    """A stay in force, with what the receipt of its newest version needs. `others`: it is found by
    a person whose it is not, as the guest was corrected since or only shares the name.
    """

    row: Any
    others: bool = False

    @property
    def id(self) -> UUID:
        stay_id: UUID = self.row.id
        return stay_id

    @property
    def arrived_at(self) -> datetime:
        moment: datetime = self.row.arrived_at
        return moment

    @property
    def departed(self) -> bool:
        return self.row.departed_at is not None

    @property
    def period(self) -> Period:
        return period_of(self.row, self.row.departed_at)


async def standing_stays(
    session: AsyncSession, people: Collection[tuple[UUID, UUID]], since: datetime
) -> Standing:
    """The stays in force of each (facility id, person) that nobody ended, or not before `since`,
    the earliest arrival that they are compared with. For people who are locked: another writer's
    stays are then either committed or not begun.
    """
    if not people:
        return {}
    rows = await session.execute(
        with_receipt().where(
            stay.c.facility_id.in_({facility_id for facility_id, _ in people}),
            stay.c.person_ref.in_({person for _, person in people}),
            *_in_force(since),
        )
    )
    standing: dict[UUID, list[StandingStay]] = {}
    for row in rows:
        standing.setdefault(row.person_ref, []).append(StandingStay(row))
    return standing


async def found_stays(
    session: AsyncSession, people: Collection[tuple[UUID, UUID]], since: datetime
) -> Standing:
    """`standing_stays`, and the stays of others that these people find (vault.also_found)."""
    if not people:
        return {}
    standing = {
        person: list(stays)
        for person, stays in (await standing_stays(session, people, since)).items()
    }
    rows = await session.execute(
        with_receipt()
        .add_columns(also_found.c.person_ref.label("found_by"))
        .join(
            also_found,
            (also_found.c.facility_id == stay.c.facility_id) & (also_found.c.stay_id == stay.c.id),
        )
        .where(
            also_found.c.facility_id.in_({facility_id for facility_id, _ in people}),
            also_found.c.person_ref.in_({person for _, person in people}),
            *_in_force(since),
        )
    )
    for row in rows:
        if row.found_by != row.person_ref:
            standing.setdefault(row.found_by, []).append(StandingStay(row, others=True))
    return standing


def _in_force(since: datetime) -> tuple[ColumnElement[bool], ...]:
    day = vietnam_time(since).date()
    return (
        or_(stay.c.arrival_date >= day - OPEN_AT_MOST, stay.c.end_night >= day),
        or_(stay.c.departed_at.is_(None), stay.c.departed_at >= since),
        stay.c.voided_at.is_(None),
    )


def overlapping(
    entry: StayEntry, precision: TimePrecision, stays: Iterable[StandingStay]
) -> list[StandingStay]:
    """Those that share an hour with `entry`, or began on the day that is all it tells of its
    arrival: the likeliest to be the same arrival first.
    """
    period = possible_period(entry, precision)

    def same_start(known: StandingStay) -> bool:
        if precision.arrival == "day":
            return same_day(known.arrived_at, entry.arrived_at)
        return known.arrived_at == entry.arrived_at

    there = [known for known in stays if same_start(known) or overlap(period, known.period)]
    return sorted(
        there,
        key=lambda known: (
            known.others,
            not same_start(known),
            known.departed,
            entry.arrived_at - known.arrived_at,
        ),
    )
