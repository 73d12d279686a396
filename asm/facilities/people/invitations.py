"""Into a facility by invitation: by a code that somebody types, or by the login, for who has one.
An invitation by login looks the same whether or not anybody has it, and makes nobody a member
who did not accept.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.codes.code_keys import CodeKeys
from asm.accounts.codes.issue import IssuedCode, NewCode, issue_code, issue_without_code
from asm.accounts.codes.model import account_code
from asm.accounts.codes.use_code import HeldCode
from asm.accounts.codes.withdraw import (
    withdraw_code,
    withdraw_invitations,
    withdraw_own_invitations,
)
from asm.accounts.model import membership
from asm.accounts.own.unchanged import hold_open
from asm.accounts.roles import HOSPITAL_CLERK, HOSTS, HOTEL_SYSTEM, LANDLORD, RECEPTIONIST, Role
from asm.accounts.sessions import enter_again
from asm.accounts.typed.new_person import LONGEST_NAME
from asm.accounts.typed.typed_line import read_line, tidy, typed_errors
from asm.accounts.typed_login import as_login
from asm.audit.trail import record
from asm.db.actor_kinds import PUBLIC
from asm.db.base import NO_FACILITY
from asm.db.rls import enter_public, enter_scope
from asm.errors import Conflict, Invalid, NotAllowed, invalid_field, not_found
from asm.facilities.facility import Facility, select_facilities
from asm.facilities.facility_trail import record_deed
from asm.facilities.model import facility
from asm.facilities.people.members import host_of_login, owned_facility, put_member
from asm.facilities.people.people_changed import post_joined
from asm.facilities.scope import lock_facility

#: What people can be invited as; software gets credentials of its own.
STAFF: Final[tuple[Role, ...]] = (RECEPTIONIST, LANDLORD, HOSPITAL_CLERK)
#: Invitations of one facility that may wait at once.
MOST_WAITING: Final = 50
LONGEST_LOGIN: Final = 64
_MINE = text("SELECT * FROM my_invitations()")


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """One that waits. `by_login`: whom it is for finds it when signed in; `login`: as it was typed,
    whether or not anybody has it.
    """

    id: UUID
    role: str | None
    owner: bool
    display_name: str | None
    by_login: bool
    login: str | None
    issued_at: datetime
    expires_at: datetime


class OwnInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """One that was made for the account that looks."""

    id: UUID
    facility_id: UUID
    facility_name: str
    ward_name: str
    owner: bool
    expires_at: datetime


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """Whom an owner wants: as what, and as an owner too. `display_name`: what a new account is
    called until its holder says otherwise.
    """

    role: Role
    owner: bool = False
    display_name: str | None = None


async def invite(scope: Scope, keys: CodeKeys, facility_id: UUID, invited: Invited) -> IssuedCode:
    """A code for one more person. Raises not_found, NotAllowed `owners_only`, Invalid
    `role_unknown`, `account_invalid`, Conflict `too_many_invitations`.
    """
    house = await owned_facility(scope, facility_id)
    if invited.role not in STAFF:
        raise invalid_field("/role", "role_unknown")
    name = tidy(invited.display_name or "")
    errors = typed_errors("/display_name", name, "display_name_form", least=0, most=LONGEST_NAME)
    if errors:
        raise Invalid("account_invalid", errors=errors)
    await _refuse_too_many(scope, house.id)
    issued = await issue_code(
        scope,
        keys,
        NewCode(
            purpose="join_facility",
            facility_id=house.id,
            role=invited.role,
            owner=invited.owner,
            display_name=name or None,
        ),
    )
    await record_deed(scope, "member.invited", house, subject_id=issued.id)
    return issued


async def invite_by_login(scope: Scope, facility_id: UUID, login: str) -> UUID:
    """An invitation that the account finds when it is signed in; nothing tells whether there is
    one. It takes the place of one that waits for the same login. Raises as `invite`, and Invalid
    `login_unreadable`, Conflict `facility_not_active_yet`: strangers hear of a facility once its
    ward knows it.
    """
    house = await owned_facility(scope, facility_id)
    if house.status != "active":
        raise Conflict("facility_not_active_yet")
    typed = read_line(login, LONGEST_LOGIN)
    if typed is None:
        raise invalid_field("/login", "login_unreadable", most=LONGEST_LOGIN)
    # Who renews and who counts take turns with who does the same.
    await lock_facility(scope.session, house.id)
    await withdraw_invitations(scope, house.id, as_login(typed))
    await _refuse_too_many(scope, house.id)
    new = NewCode(
        purpose="join_facility",
        facility_id=house.id,
        account_id=await host_of_login(scope.session, typed),
        invited_login=as_login(typed),
    )
    invitation_id = await issue_without_code(scope, new)
    await record_deed(scope, "member.invited", house, subject_id=invitation_id)
    return invitation_id


async def invitations_of(scope: Scope, facility_id: UUID) -> list[Invitation]:
    """Those that wait, the newest first, for the facility's owners."""
    house = await owned_facility(scope, facility_id)
    rows = await scope.session.execute(
        select(
            account_code.c.id,
            account_code.c.role,
            account_code.c.owner,
            account_code.c.display_name,
            account_code.c.code_hash.is_(None).label("by_login"),
            account_code.c.invited_login.label("login"),
            account_code.c.issued_at,
            account_code.c.expires_at,
        )
        .where(*_waiting(house.id))
        .order_by(account_code.c.issued_at.desc())
    )
    return [msgspec.convert(row, Invitation) for row in rows.mappings()]


async def withdraw_invitation(scope: Scope, facility_id: UUID, invitation_id: UUID) -> None:
    """It opens nothing any more. Raises not_found (`invitation`), NotAllowed `owners_only`."""
    house = await owned_facility(scope, facility_id)
    if not await withdraw_code(scope, invitation_id, house.id):
        raise not_found("invitation")
    await record_deed(scope, "member.invitation_withdrawn", house, subject_id=invitation_id)


async def own_invitations(scope: Scope) -> list[OwnInvitation]:
    """Those that were made for the actor by login."""
    waiting = list(await scope.session.execute(_MINE))
    houses = await _named(scope.session, {row.facility_id for row in waiting})
    await enter_again(scope)
    return [
        OwnInvitation(
            id=row.id,
            facility_id=row.facility_id,
            facility_name=houses[row.facility_id].name,
            ward_name=houses[row.facility_id].ward_name,
            owner=row.owner,
            expires_at=row.expires_at,
        )
        for row in waiting
        if row.facility_id in houses
    ]


async def hold_to_join(session: AsyncSession, account_id: UUID, facility_id: UUID) -> None:
    """Before the code is touched by which the account joins: nobody closes the account, or changes
    what it already is in the facility, until the transaction ends. Raises Unauthenticated when it
    was closed or disabled meanwhile.
    """
    await hold_open(session, account_id)
    await session.execute(
        select(membership.c.account_id)
        .where(membership.c.facility_id == facility_id, membership.c.account_id == account_id)
        .with_for_update()
    )


async def accept_invitation(scope: Scope, invitation_id: UUID) -> UUID:
    """Join by an invitation that was made for the actor; others to the same facility end. Returns
    the facility. Raises not_found (`invitation`) for whatever else.
    """
    waiting = {row.id: row for row in await scope.session.execute(_MINE)}
    invitation = waiting.get(invitation_id)
    if invitation is None:
        raise not_found("invitation")
    await hold_to_join(scope.session, scope.actor.id, invitation.facility_id)
    done = await scope.session.execute(
        update(account_code)
        .where(
            account_code.c.id == invitation_id,
            account_code.c.account_id == scope.actor.id,
            account_code.c.spent_at.is_(None),
            account_code.c.withdrawn_at.is_(None),
        )
        .values(spent_at=func.clock_timestamp(), spent_by=scope.actor.id)
        .returning(account_code.c.facility_id)
    )
    facility_id: UUID | None = done.scalar_one_or_none()
    if facility_id is None:
        raise not_found("invitation")
    await withdraw_own_invitations(scope, facility_id)
    await _join(scope.session, scope.actor.id, scope.actor.role, facility_id, owner=False)
    return facility_id


async def join_by_code(scope: Scope, held: HeldCode) -> None:
    """Make the actor a member because of a code, in the transaction that spends it. Raises
    NotAllowed `role_not_allowed` for who hosts nobody, Conflict `already_member`, or
    `software_as_owner` for a program that types the code of an owner.
    """
    if scope.actor.role not in HOSTS:
        raise NotAllowed("role_not_allowed")
    if held.facility_id in scope.actor.facility_ids and not held.owner:
        raise Conflict("already_member")
    await _join(scope.session, scope.actor.id, scope.actor.role, held.facility_id, owner=held.owner)


async def join_as_new(session: AsyncSession, account_id: UUID, held: HeldCode) -> None:
    """Make the account that this code has just opened a member, where the code says of what."""
    if held.facility_id != NO_FACILITY and held.role is not None:
        await _join(session, account_id, held.role, held.facility_id, owner=held.owner)


async def facility_of_code(session: AsyncSession, held: HeldCode) -> Facility | None:
    """What the holder of a code may know of its facility before joining. No scope stays open."""
    if held.facility_id == NO_FACILITY:
        return None
    return (await _named(session, {held.facility_id})).get(held.facility_id)


async def _join(
    session: AsyncSession, account_id: UUID, role: Role, facility_id: UUID, *, owner: bool
) -> None:
    if owner and role == HOTEL_SYSTEM:
        raise Conflict("software_as_owner")
    await put_member(session, facility_id, account_id, owner=owner)
    await record(
        session,
        actor_id=account_id,
        actor_role=role,
        action="member.joined",
        facility_id=facility_id,
        subject_id=account_id,
        details={"owner": owner},
    )
    await post_joined(session, facility_id, account_id, owner=owner)


async def _named(session: AsyncSession, ids: set[UUID]) -> dict[UUID, Facility]:
    """Facilities by id, for who was invited there: nobody's scope, with these in it."""
    if not ids:
        return {}
    await enter_scope(session, actor=NO_FACILITY, role=PUBLIC, ward=None, facilities=ids)
    rows = await session.execute(select_facilities().where(facility.c.id.in_(ids)))
    houses = {row["id"]: Facility(**row) for row in rows.mappings()}
    await enter_public(session)
    return houses


async def _refuse_too_many(scope: Scope, facility_id: UUID) -> None:
    counted = await scope.session.execute(
        select(func.count()).select_from(account_code).where(*_waiting(facility_id))
    )
    if counted.scalar_one() >= MOST_WAITING:
        raise Conflict("too_many_invitations", most=MOST_WAITING)


def _waiting(facility_id: UUID) -> list[ColumnElement[bool]]:
    return [
        account_code.c.facility_id == facility_id,
        account_code.c.purpose == "join_facility",
        account_code.c.spent_at.is_(None),
        account_code.c.withdrawn_at.is_(None),
        account_code.c.expires_at > func.clock_timestamp(),
    ]
