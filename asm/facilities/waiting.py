"""What of a host's is not in force yet: every page says so until it is."""

from typing import Final

from sqlalchemy import select

from asm.accounts.access import Scope
from asm.accounts.actor import WaitingFacility
from asm.accounts.roles import HOST_ROLES
from asm.facilities.model import facility

#: More of them than this are found on the page of all facilities.
MOST_SHOWN: Final = 3


async def waiting_facilities(scope: Scope) -> tuple[WaitingFacility, ...]:
    """The actor's facilities that wait for their ward, or were sent back; the latest first."""
    if scope.actor.role not in HOST_ROLES or not scope.actor.facility_ids:
        return ()
    rows = await scope.session.execute(
        select(facility.c.id, facility.c.name, facility.c.status)
        .where(
            facility.c.id.in_(scope.actor.facility_ids),
            facility.c.status.in_(("pending", "returned")),
        )
        .order_by(facility.c.registered_at.desc(), facility.c.id)
        .limit(MOST_SHOWN)
    )
    return tuple(WaitingFacility(**row) for row in rows.mappings())
