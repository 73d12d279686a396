"""What of a host's is not in force yet: every page says so until it is, and so much may wait."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from asm.accounts.access import Scope
from asm.accounts.actor import WaitingFacility
from asm.accounts.model import membership
from asm.accounts.own.unchanged import hold_open
from asm.accounts.roles import HOST_ROLES
from asm.db.rls import enter_scope
from asm.errors import Conflict
from asm.facilities.model import facility

#: More of them than this are found on the page of all facilities.
MOST_SHOWN: Final = 3
#: Registrations of one account that may wait for their ward at once: of one that has nothing in
#: force yet, and of one that has.
MOST_OF_NEW: Final = 5
MOST_OF_KNOWN: Final = 30
MOST_AN_HOUR: Final = 20


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


async def working_in(scope: Scope) -> frozenset[UUID]:
    """The facilities that a host works for by now: what came in since the request began is theirs
    as well, which the database must know to show it.
    """
    theirs = await scope.session.execute(
        select(membership.c.facility_id).where(membership.c.account_id == scope.actor.id)
    )
    facility_ids = frozenset(theirs.scalars())
    await enter_scope(
        scope.session,
        actor=scope.actor.id,
        role=scope.actor.role,
        ward=None,
        facilities=facility_ids,
    )
    return facility_ids


async def refuse_too_many_waiting(scope: Scope) -> None:
    """Bound what one account puts on its wards' lists. Raises Conflict `too_many_waiting` or
    `too_many_registered`.
    """
    # Who counts and then registers waits for who does the same, and for who closes the account.
    await hold_open(scope.session, scope.actor.id)
    await working_in(scope)
    an_hour = func.clock_timestamp() - timedelta(hours=1)
    rows = await scope.session.execute(
        select(
            func.count().filter(facility.c.status.in_(("pending", "returned"))).label("waiting"),
            func.count().filter(facility.c.status == "active").label("active"),
            func.count().filter(facility.c.registered_at > an_hour).label("lately"),
        ).where(facility.c.registered_by == scope.actor.id)
    )
    counted = rows.one()
    most = MOST_OF_KNOWN if counted.active else MOST_OF_NEW
    if counted.waiting >= most:
        raise Conflict("too_many_waiting", most=most)
    if counted.lately >= MOST_AN_HOUR:
        raise Conflict("too_many_registered", most=MOST_AN_HOUR)
