"""Who may see and touch which facility. Nothing else decides it; the database says it again."""

from uuid import UUID

from sqlalchemy import ColumnElement, false, true
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import HOST_ROLES, Actor
from asm.errors import NotAllowed, not_found
from asm.facilities.facility import Facility, select_facilities
from asm.facilities.model import facility

MOST_FACILITIES = 2000


async def facility_in_scope(session: AsyncSession, actor: Actor, facility_id: UUID) -> Facility:
    """A facility the actor works for, oversees as the ward's officer, or administers.

    Raises `facility_not_found`, the same for absent and for out of scope.
    """
    found = await session.execute(
        select_facilities().where(facility.c.id == facility_id, _in_scope(actor))
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise not_found("facility")
    return Facility(**row)


async def facilities_of(session: AsyncSession, actor: Actor) -> list[Facility]:
    """All facilities in the actor's scope by name, at most MOST_FACILITIES."""
    rows = await session.execute(
        select_facilities()
        .where(_in_scope(actor))
        .order_by(facility.c.folded_name, facility.c.id)
        .limit(MOST_FACILITIES)
    )
    return [Facility(**row) for row in rows.mappings()]


def require_member(actor: Actor, place: Facility) -> None:
    """Let those who work for the facility on; refuse who may only look at it with 403."""
    if actor.role not in HOST_ROLES or place.id not in actor.facility_ids:
        raise NotAllowed(
            "members_only",
            "Chỉ người của cơ sở lưu trú được làm việc này.",
            "Only people of the facility may do this.",
        )


def require_ward(actor: Actor, ward_code: str) -> None:
    """Let the ward's own officer on. Raises `ward_not_found` for everyone else."""
    if actor.role != "ward_officer" or actor.ward_code != ward_code:
        raise not_found("ward")


def _in_scope(actor: Actor) -> ColumnElement[bool]:
    if actor.role in HOST_ROLES:
        return facility.c.id.in_(actor.facility_ids)
    if actor.role == "ward_officer":
        return facility.c.ward_code == actor.ward_code
    return true() if actor.role == "administrator" else false()
