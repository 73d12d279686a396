"""Facilities in force that nobody could declare for any more if an account went."""

from sqlalchemy import exists, select

from asm.accounts.access import Scope
from asm.accounts.model import account, membership
from asm.accounts.roles import HOST_ROLES, HOTEL_SYSTEM
from asm.errors import Conflict
from asm.facilities.model import facility


async def refuse_to_leave_alone(scope: Scope) -> None:
    """Raises Conflict `sole_member` naming an active facility of which the actor is the only
    person; its software does not count.
    """
    others = membership.alias("others")
    people = HOST_ROLES - {HOTEL_SYSTEM}
    somebody_else = exists().where(
        others.c.facility_id == facility.c.id,
        others.c.account_id != scope.actor.id,
        account.c.id == others.c.account_id,
        account.c.disabled_at.is_(None),
        account.c.role.in_(people),
    )
    result = await scope.session.execute(
        select(facility.c.name)
        .join(membership, membership.c.facility_id == facility.c.id)
        .where(
            membership.c.account_id == scope.actor.id,
            facility.c.status == "active",
            ~somebody_else,
        )
        .order_by(facility.c.folded_name)
        .limit(1)
    )
    name = result.scalar_one_or_none()
    if name is not None:
        raise Conflict("sole_member", facility=name)
