"""Which stays are a ward's on a night: a change of areas moves no night before it (ADR 0020)."""

from datetime import date, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.facilities.model import facility_ward_past
from asm.stays.model import stay
from asm.stays.rules.periods import OPEN_AT_MOST

Night = date | ColumnElement[date]


class WardThen(msgspec.Struct, frozen=True, kw_only=True):
    """A ward over time. `moved`: facilities that were in it and are in another ward now; without
    any, which is nearly always, no query is made wider for their sake.
    """

    code: str
    moved: tuple[UUID, ...] = ()


async def ward_then(session: AsyncSession, ward_code: str) -> WardThen:
    """The ward with what it lost by changes of areas; row-level security shows its own only."""
    past = facility_ward_past
    rows = await session.execute(
        select(past.c.facility_id).where(past.c.ward_code == ward_code).distinct()
    )
    return WardThen(code=ward_code, moved=tuple(rows.scalars()))


def stay_in(ward: WardThen, night: Night) -> ColumnElement[bool]:
    """Was the facility in the ward that night? A change of areas moves no night before it."""
    since = stay.c.ward_since
    now = and_(stay.c.ward_code == ward.code, or_(since.is_(None), since <= night))
    return or_(now, and_(formerly_in(ward), since > night)) if ward.moved else now


def formerly_in(ward: WardThen) -> ColumnElement[bool]:
    """Running stays that a change of areas took from the ward."""
    return and_(stay.c.facility_id.in_(ward.moved), stay.c.former_ward_code == ward.code)


def listed_on(night: date) -> ColumnElement[bool]:
    """Is the stay on the night's list? Those who sleep there, each person once in a facility: who
    left in the small hours and was back before the morning stands there with the later stay. And
    who was there that day alone, by the hour or not: nobody is on no list.
    """
    sleeps = or_(
        and_(stay.c.end_night.is_(None), stay.c.first_night > night - OPEN_AT_MOST),
        stay.c.end_night > night,
    )
    by_day = and_(stay.c.first_night == night, not_(stays_overnight()))
    return and_(
        stay.c.first_night <= night, or_(by_day, and_(sleeps, not_(_back_before_morning(night))))
    )


def stays_overnight() -> ColumnElement[bool]:
    """Does the stay make a night at all? By the hour it does not, nor when it ends on the day on
    which it began.
    """
    return or_(stay.c.end_night.is_(None), stay.c.end_night > stay.c.first_night)


def _back_before_morning(night: date) -> ColumnElement[bool]:
    later = stay.alias("later")
    return (
        select(later.c.id)
        .where(
            later.c.facility_id == stay.c.facility_id,
            later.c.person_ref == stay.c.person_ref,
            # Stays of one person overlap nowhere, so a second one of the night begins after it.
            later.c.arrival_date == night + timedelta(days=1),
            later.c.first_night == night,
            or_(later.c.end_night.is_(None), later.c.end_night > night),
            later.c.arrived_at > stay.c.arrived_at,
            later.c.voided_at.is_(None),
        )
        .exists()
    )
