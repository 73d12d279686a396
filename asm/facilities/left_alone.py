"""No facility loses its last owner or its last person because somebody goes.

Leaving, being removed, being an owner no longer, closing the account and letting a facility declare
all ask here, and take turns: the memberships are locked until the transaction ends, and who was
waited for is seen. All take what they hold in one order: the account, its memberships, codes.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.model import account, membership
from asm.accounts.passwords import NO_PASSWORD
from asm.accounts.roles import HOST_ROLES, HOTEL_SYSTEM
from asm.errors import Conflict
from asm.facilities.model import facility
from asm.facilities.waiting import working_in

_PEOPLE: Final = HOST_ROLES - {HOTEL_SYSTEM}


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    """Who works for a facility. `owners` and `people` are those who are neither disabled nor
    closed; software is no person, but for what signs in by itself and was made an owner.
    """

    owners: frozenset[UUID]
    people: frozenset[UUID]
    all: frozenset[UUID]


async def lock_staff(session: AsyncSession, facility_ids: Collection[UUID]) -> dict[UUID, Staff]:
    """The staff of each facility, held until the transaction ends."""
    await _lock(session, facility_ids)
    # A statement of its own: it sees what those did who were waited for.
    return await _staff_of(session, facility_ids)


async def _staff_of(session: AsyncSession, facility_ids: Collection[UUID]) -> dict[UUID, Staff]:
    rows = await session.execute(
        select(
            membership.c.facility_id,
            membership.c.account_id,
            membership.c.owner,
            account.c.disabled_at.is_(None).label("living"),
            (account.c.password_hash != NO_PASSWORD).label("signs_in"),
            account.c.role,
        )
        .join(account, account.c.id == membership.c.account_id)
        .where(membership.c.facility_id.in_(facility_ids))
    )
    by_facility: dict[UUID, list[tuple[UUID, bool, bool]]] = {each: [] for each in facility_ids}
    for row in rows:
        owns = row.owner and row.living and row.signs_in
        person = owns or (row.living and row.role in _PEOPLE)
        by_facility[row.facility_id].append((row.account_id, owns, person))
    return {
        facility_id: Staff(
            owners=frozenset(each for each, owns, _ in staff if owns),
            people=frozenset(each for each, _, person in staff if person),
            all=frozenset(each for each, _, _ in staff),
        )
        for facility_id, staff in by_facility.items()
    }


def refuse_last_owner(staff: Staff, account_id: UUID) -> None:
    """Raises Conflict `last_owner` when the facility would have no owner without this one."""
    if staff.owners == {account_id}:
        raise Conflict("last_owner")


async def refuse_last_person(
    session: AsyncSession, facility_id: UUID, staff: Staff, account_id: UUID
) -> None:
    """Raises Conflict `sole_member` when an active facility would have nobody without this one."""
    if staff.people != {account_id}:
        return
    rows = await session.execute(
        select(facility.c.name).where(facility.c.id == facility_id, facility.c.status == "active")
    )
    name = rows.scalar_one_or_none()
    if name is not None:
        raise Conflict("sole_member", text="sole_member.leaving", facility=name)


async def refuse_to_leave_alone(scope: Scope) -> None:
    """Raises Conflict for who closes the account: `sole_member` naming an active facility of which
    the actor is the only person, `last_owner` naming one with others of which the actor is the only
    owner. What waits for its ward and has nobody else may be left. The account is held by whoever
    asks, so that it comes to work nowhere else meanwhile.
    """
    working = await working_in(scope)
    staff = await lock_staff(scope.session, working)
    rows = await scope.session.execute(
        select(facility.c.id, facility.c.name, facility.c.status)
        .where(facility.c.id.in_(working))
        .order_by(facility.c.folded_name, facility.c.id)
    )
    for row in rows:
        others = staff[row.id].people - {scope.actor.id}
        if row.status == "active" and not others and scope.actor.id in staff[row.id].people:
            raise Conflict("sole_member", facility=row.name)
        if others and staff[row.id].owners == {scope.actor.id}:
            raise Conflict("last_owner", text="last_owner.closing", facility=row.name)


async def refuse_without_people(session: AsyncSession, facility_id: UUID) -> None:
    """Raises Conflict `facility_without_people` when no person who can sign in declares for it."""
    if not (await lock_staff(session, [facility_id]))[facility_id].people:
        raise Conflict("facility_without_people")


async def without_people(session: AsyncSession, facility_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those for which no person who can sign in declares, as it is now."""
    staff = await _staff_of(session, facility_ids)
    return frozenset(each for each in facility_ids if not staff[each].people)


async def _lock(session: AsyncSession, facility_ids: Collection[UUID]) -> None:
    await session.execute(
        select(membership.c.account_id)
        .where(membership.c.facility_id.in_(facility_ids))
        .order_by(membership.c.facility_id, membership.c.account_id)
        .with_for_update()
    )
