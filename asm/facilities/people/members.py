"""Who works for a facility: its owners decide; an owner there always is, once there was one."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.codes.withdraw import withdraw_codes_of_member, withdraw_codes_of_owner
from asm.accounts.model import account, membership, web_session
from asm.accounts.own.ended import note_ended
from asm.accounts.passwords import NO_PASSWORD
from asm.accounts.roles import HOST_ROLES, HOTEL_SYSTEM, WARD_OFFICER
from asm.accounts.typed_login import as_login
from asm.errors import Conflict, NotAllowed, invalid_field, not_found
from asm.facilities.facility import Facility
from asm.facilities.facility_trail import record_deed
from asm.facilities.left_alone import Staff, lock_staff, refuse_last_owner, refuse_last_person
from asm.facilities.people.people_changed import Deed, owners_of, post_people_changed
from asm.facilities.scope import facility_in_scope, may_declare_for, require_member
from asm.facilities.software.people_only import refuse_software


class FacilityMember(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who works for a facility. `last_seen_at`: of a page session that still runs."""

    account_id: UUID
    login: str
    display_name: str
    role: str
    owner: bool
    since: datetime
    last_seen_at: datetime | None
    disabled: bool


async def members_of(scope: Scope, facility_id: UUID) -> list[FacilityMember]:
    """Owners first, then by name; for its people and its ward's officer. Raises not_found,
    NotAllowed for software.
    """
    facility = await facility_in_scope(scope, facility_id)
    await refuse_software(scope)
    if not may_declare_for(scope.actor, facility.id) and scope.actor.role != WARD_OFFICER:
        raise not_found("facility")
    seen = (
        select(func.max(web_session.c.last_seen_at))
        .where(web_session.c.account_id == account.c.id)
        .scalar_subquery()
    )
    rows = await scope.session.execute(
        select(
            account.c.id.label("account_id"),
            account.c.login,
            account.c.display_name,
            account.c.role,
            membership.c.owner,
            membership.c.created_at.label("since"),
            seen.label("last_seen_at"),
            account.c.disabled_at.is_not(None).label("disabled"),
        )
        .join_from(membership, account, account.c.id == membership.c.account_id)
        # Software is listed with its credentials.
        .where(membership.c.facility_id == facility.id, account.c.password_hash != NO_PASSWORD)
        .order_by(membership.c.owner.desc(), account.c.display_name, account.c.id)
    )
    return [msgspec.convert(row, FacilityMember) for row in rows.mappings()]


async def owns(session: AsyncSession, account_id: UUID, facility_id: UUID) -> bool:
    """Whether the account is one of the facility's owners."""
    rows = await session.execute(
        select(membership.c.owner).where(
            membership.c.account_id == account_id, membership.c.facility_id == facility_id
        )
    )
    return bool(rows.scalar_one_or_none())


async def has_owner(session: AsyncSession, facility_id: UUID) -> bool:
    """Whether anybody who can sign in owns the facility."""
    rows = await session.execute(
        select(membership.c.account_id)
        .join(account, account.c.id == membership.c.account_id)
        .where(
            membership.c.facility_id == facility_id,
            membership.c.owner,
            account.c.disabled_at.is_(None),
        )
        .limit(1)
    )
    return rows.first() is not None


async def owned_facility(scope: Scope, facility_id: UUID) -> Facility:
    """A facility that the actor owns. Raises not_found, or NotAllowed `owners_only` for its other
    people.
    """
    facility = await facility_in_scope(scope, facility_id)
    require_member(scope.actor, facility)
    if not await owns(scope.session, scope.actor.id, facility.id):
        raise NotAllowed("owners_only")
    return facility


async def put_member(
    session: AsyncSession, facility_id: UUID, account_id: UUID, *, owner: bool = False
) -> None:
    """Let an account declare for the facility from now on. One who owns it goes on owning it."""
    adding = insert(membership).values(facility_id=facility_id, account_id=account_id, owner=owner)
    await session.execute(
        adding.on_conflict_do_update(
            index_elements=["facility_id", "account_id"],
            set_={"owner": or_(membership.c.owner, adding.excluded.owner)},
        )
        if owner
        else adding.on_conflict_do_nothing()
    )


async def add_member(scope: Scope, facility_id: UUID, login: str) -> UUID:
    """Let another host account declare for the facility, for those who run the system and know the
    logins (the demo, software put up together with its facility); people are invited. Adding twice
    is no error. Returns the account's id.

    Raises not_found, NotAllowed or Invalid `login_unknown` (no such host account, or disabled).
    """
    facility = await owned_facility(scope, facility_id)
    account_id = await host_of_login(scope.session, login)
    if account_id is None:
        raise invalid_field("/login", "login_unknown")
    await put_member(scope.session, facility.id, account_id)
    await record_deed(scope, "member.added", facility, subject_id=account_id)
    return account_id


async def host_of_login(session: AsyncSession, login: str) -> UUID | None:
    """The host account of a login, if there is one and it is not disabled."""
    rows = await session.execute(
        select(account.c.id).where(
            account.c.login == as_login(login),
            account.c.role.in_(HOST_ROLES),
            account.c.disabled_at.is_(None),
            # Software works for the one facility that made it.
            account.c.password_hash != NO_PASSWORD,
        )
    )
    account_id: UUID | None = rows.scalar_one_or_none()
    return account_id


async def remove_member(
    scope: Scope, facility_id: UUID, account_id: UUID, *, proven: bool = False
) -> None:
    """End somebody's work for the facility at once: each request asks who still works there, and
    so does the transaction that stores a guest. Anybody may leave; others are removed by an owner.
    Codes that they handed out for it end as well, and those that were made for them. `proven`: the
    actor's password was right, as it must be to remove another owner.

    Raises not_found (`member`), NotAllowed `owners_only`, Conflict `owner_first`, `last_owner`, or
    `sole_member` where nobody else could declare any more.
    """
    facility = await _facility_to_change(scope, facility_id, account_id)
    staff = await _staff_to_change(scope, facility, account_id)
    owners = await owners_of(scope.session, facility.id)
    if account_id in owners and account_id != scope.actor.id and not proven:
        raise Conflict("owner_first")
    refuse_last_owner(staff, account_id)
    await refuse_last_person(scope.session, facility.id, staff, account_id)
    # First, as who accepts an invitation does: neither waits for the other for ever.
    await withdraw_codes_of_member(scope, facility.id, account_id)
    await scope.session.execute(
        delete(membership).where(
            membership.c.facility_id == facility.id, membership.c.account_id == account_id
        )
    )
    note_ended(scope.session, account_id)
    await record_deed(scope, "member.removed", facility, subject_id=account_id)
    deed = Deed(facility.id, "removed", scope.actor.id, account_id)
    await post_people_changed(scope.session, deed, owners)


async def set_owner(scope: Scope, facility_id: UUID, account_id: UUID, *, owner: bool) -> None:
    """Make a member an owner, or an owner a plain member (as one hands a house over): the codes
    that they handed out as an owner end for good.

    Raises not_found (`member`), NotAllowed `owners_only`, Conflict `last_owner` or
    `software_as_owner`.
    """
    facility = await owned_facility(scope, facility_id)
    staff = await _staff_to_change(scope, facility, account_id)
    if owner:
        await _require_person(scope, facility, account_id)
    else:
        refuse_last_owner(staff, account_id)
        await withdraw_codes_of_owner(scope, facility.id, account_id)
    await _put_owner(scope, facility, account_id, "made_owner" if owner else "owner_ended")


async def end_owner_by_ward(scope: Scope, facility_id: UUID, account_id: UUID) -> None:
    """The ward's officer makes an owner a plain member, the last one as well: then a code of the
    ward gives the house to whose it is (`asm.facilities.people.host_codes.landlord_code`).

    Raises NotAllowed `role_not_allowed`, not_found (`facility`, or `member` for who owns nothing).
    """
    require_role(scope.actor, WARD_OFFICER)
    facility = await facility_in_scope(scope, facility_id)
    await lock_staff(scope.session, [facility.id])
    if not await owns(scope.session, account_id, facility.id):
        raise not_found("member")
    await withdraw_codes_of_owner(scope, facility.id, account_id)
    await _put_owner(scope, facility, account_id, "ward_ended")


async def _put_owner(
    scope: Scope,
    facility: Facility,
    account_id: UUID,
    what: Literal["made_owner", "owner_ended", "ward_ended"],
) -> None:
    """Write whether a member owns the house, and tell its owners of before. Raises not_found."""
    owners = await owners_of(scope.session, facility.id)
    done = await scope.session.execute(
        update(membership)
        .where(
            membership.c.facility_id == facility.id,
            membership.c.account_id == account_id,
            membership.c.account_id.in_(
                select(account.c.id).where(account.c.password_hash != NO_PASSWORD)
            ),
        )
        .values(owner=what == "made_owner")
        .returning(membership.c.account_id)
    )
    if done.one_or_none() is None:
        raise not_found("member")
    await record_deed(scope, f"member.{what}", facility, subject_id=account_id)
    await post_people_changed(
        scope.session, Deed(facility.id, what, scope.actor.id, account_id), owners
    )


async def _require_person(scope: Scope, facility: Facility, account_id: UUID) -> None:
    member = await scope.session.execute(
        select(account.c.role)
        .join(membership, membership.c.account_id == account.c.id)
        .where(membership.c.facility_id == facility.id, account.c.id == account_id)
    )
    if member.scalar_one_or_none() == HOTEL_SYSTEM:
        raise Conflict("software_as_owner")


async def _facility_to_change(scope: Scope, facility_id: UUID, account_id: UUID) -> Facility:
    if account_id != scope.actor.id:
        return await owned_facility(scope, facility_id)
    facility = await facility_in_scope(scope, facility_id)
    require_member(scope.actor, facility)
    await refuse_software(scope)
    return facility


async def _staff_to_change(scope: Scope, facility: Facility, account_id: UUID) -> Staff:
    """The locked staff in which something changes. Two owners who change it take turns: one who was
    removed meanwhile owns nothing any more, removes nobody and makes nobody an owner.
    """
    staff = (await lock_staff(scope.session, [facility.id]))[facility.id]
    if account_id not in staff.all:
        raise not_found("member")
    if account_id != scope.actor.id and scope.actor.id not in staff.owners:
        raise NotAllowed("owners_only")
    return staff
