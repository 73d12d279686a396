"""Who may see and touch which facility. Nothing else decides it; the database says it again."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, bindparam, false, func, select, true
from sqlalchemy.dialects import registry
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.accounts.roles import ADMINISTRATOR, HOST_ROLES, WARD_OFFICER
from asm.db.direct import direct
from asm.errors import NotAllowed, not_found
from asm.facilities.facility import Facility, select_facilities
from asm.facilities.model import facility

MOST_FACILITIES = 2000
_ENTERED = str(
    select_facilities()
    .where(facility.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid))))
    .compile(dialect=registry.load("postgresql.asyncpg")())
)


async def facility_in_scope(scope: Scope, facility_id: UUID) -> Facility:
    """A facility the actor works for, oversees as the ward's officer, or administers.

    Raises `facility_not_found`, the same for absent and for out of scope.
    """
    rows = await scope.session.execute(
        select_facilities().where(facility.c.id == facility_id, _in_scope(scope.actor))
    )
    row = rows.mappings().one_or_none()
    if row is None:
        raise not_found("facility")
    return Facility(**row)


async def facilities_of(scope: Scope) -> list[Facility]:
    """All facilities in the actor's scope by name, at most MOST_FACILITIES."""
    rows = await scope.session.execute(
        select_facilities()
        .where(_in_scope(scope.actor))
        .order_by(facility.c.folded_name, facility.c.id)
        .limit(MOST_FACILITIES)
    )
    return [Facility(**row) for row in rows.mappings()]


async def facilities_entered(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Facility]:
    """Those of `ids` that this transaction's row-level scope holds. For who has just entered it as
    their members (`asm.accounts.standing`); any other is missing.
    """
    rows = await (await direct(session)).fetch(_ENTERED, list(ids))
    return {row["id"]: Facility(**row) for row in rows}


async def lock_facility(session: AsyncSession, facility_id: UUID) -> None:
    """Take turns with who counts something of the facility and then adds to it; declaring does not
    wait.
    """
    await session.execute(
        select(facility.c.id).where(facility.c.id == facility_id).with_for_update(key_share=True)
    )


def may_declare_for(actor: Actor, facility_id: UUID) -> bool:
    """Whether the actor works for the facility, by what was read of the actor."""
    return actor.role in HOST_ROLES and facility_id in actor.facility_ids


def require_member(actor: Actor, facility_row: Facility) -> None:
    """Let those who work for the facility on; refuse who may only look at it with 403."""
    if not may_declare_for(actor, facility_row.id):
        raise NotAllowed("members_only")


def require_ward(actor: Actor, ward_code: str) -> None:
    """Let the ward's own officer on. Raises `ward_not_found` for everyone else."""
    if actor.role != WARD_OFFICER or actor.ward_code != ward_code:
        raise not_found("ward")


def _in_scope(actor: Actor) -> ColumnElement[bool]:
    if actor.role in HOST_ROLES:
        return facility.c.id.in_(actor.facility_ids)
    if actor.role == WARD_OFFICER:
        return facility.c.ward_code == actor.ward_code
    return true() if actor.role == ADMINISTRATOR else false()
