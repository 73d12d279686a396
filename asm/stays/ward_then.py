"""Which stays are a ward's on a night: a change of areas moves no night before it (ADR 0020)."""

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.facilities.model import facility_ward_past
from asm.stays.model import stay

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
