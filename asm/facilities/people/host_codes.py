"""Codes that the ward hands to landlords, and new passwords for who works in a facility."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import func, select

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.codes.code_keys import CodeKeys
from asm.accounts.codes.issue import IssuedCode, NewCode, issue_code
from asm.accounts.codes.model import account_code
from asm.accounts.codes.withdraw import withdraw_code
from asm.accounts.model import account, membership
from asm.accounts.passwords import NO_PASSWORD
from asm.accounts.roles import HOST_ROLES, LANDLORD, WARD_OFFICER
from asm.accounts.typed.new_person import LONGEST_NAME
from asm.accounts.typed.typed_line import tidy, typed_errors
from asm.audit.trail import record
from asm.db.base import NO_FACILITY
from asm.errors import Conflict, Invalid, NotAllowed, not_found
from asm.facilities.facility import Facility
from asm.facilities.facility_trail import record_deed
from asm.facilities.model import facility
from asm.facilities.people.members import has_owner, owned_facility
from asm.facilities.scope import facility_in_scope


class WaitingCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code for a landlord that was handed out and not used."""

    id: UUID
    display_name: str | None
    facility_id: UUID
    issued_at: datetime
    expires_at: datetime


async def landlord_code(
    scope: Scope, keys: CodeKeys, display_name: str, facility_id: UUID | None
) -> IssuedCode:
    """A code by which a landlord opens an account: for a facility of the ward that has no owner
    any more, or to register one. For the ward's officer.

    Raises NotAllowed, Invalid `account_invalid`, not_found, Conflict `facility_has_owner`.
    """
    require_role(scope.actor, WARD_OFFICER)
    name = tidy(display_name)
    errors = typed_errors("/display_name", name, "display_name_form", least=1, most=LONGEST_NAME)
    if errors:
        raise Invalid("account_invalid", errors=errors)
    house = None if facility_id is None else await facility_in_scope(scope, facility_id)
    if house is not None and await has_owner(scope.session, house.id):
        raise Conflict("facility_has_owner")
    new = NewCode(
        purpose="open_account" if house is None else "join_facility",
        facility_id=NO_FACILITY if house is None else house.id,
        ward_code=scope.actor.ward_code,
        role=LANDLORD,
        owner=house is not None,
        display_name=name,
    )
    issued = await issue_code(scope, keys, new)
    await _record(scope, "account.code_for_landlord", house, issued.id)
    return issued


async def landlord_codes(scope: Scope) -> list[WaitingCode]:
    """Those that the officer handed out and that wait, the newest first."""
    require_role(scope.actor, WARD_OFFICER)
    rows = await scope.session.execute(
        select(
            account_code.c.id,
            account_code.c.display_name,
            account_code.c.facility_id,
            account_code.c.issued_at,
            account_code.c.expires_at,
        )
        .where(
            account_code.c.issued_by == scope.actor.id,
            account_code.c.account_id.is_(None),
            account_code.c.spent_at.is_(None),
            account_code.c.withdrawn_at.is_(None),
            account_code.c.expires_at > func.clock_timestamp(),
        )
        .order_by(account_code.c.issued_at.desc())
    )
    return [msgspec.convert(row, WaitingCode) for row in rows.mappings()]


async def withdraw_landlord_code(scope: Scope, code_id: UUID) -> None:
    """It opens nothing any more. Raises not_found (`code`)."""
    waiting = {code.id: code for code in await landlord_codes(scope)}
    code = waiting.get(code_id)
    if code is None or not await withdraw_code(scope, code_id, code.facility_id):
        raise not_found("code")
    await _record(scope, "account.code_withdrawn", None, code_id)


async def password_code(
    scope: Scope, keys: CodeKeys, facility_id: UUID, account_id: UUID
) -> IssuedCode:
    """A code by which somebody who works in the facility sets a new password. A password opens all
    that an account can: the ward's officer gives it to those who work in this ward alone, an owner
    to those who own nothing and work nowhere else.

    Raises not_found (`facility`, `member`), NotAllowed `owners_only`, `password_code_by_ward`,
    `password_code_other_ward`.
    """
    if scope.actor.role == WARD_OFFICER:
        house = await facility_in_scope(scope, facility_id)
    else:
        house = await owned_facility(scope, facility_id)
        await _refuse_others_people(scope, house.id, account_id)
    matching = await scope.session.execute(
        select(account.c.id)
        .join(membership, membership.c.account_id == account.c.id)
        .where(
            membership.c.facility_id == house.id,
            account.c.id == account_id,
            account.c.role.in_(HOST_ROLES),
            account.c.password_hash != NO_PASSWORD,
            account.c.disabled_at.is_(None),
        )
    )
    if matching.one_or_none() is None:
        raise not_found("member")
    if scope.actor.role == WARD_OFFICER:
        await _refuse_people_of_other_wards(scope, account_id)
    new = NewCode(
        purpose="reset_password",
        account_id=account_id,
        facility_id=house.id,
        ward_code=scope.actor.ward_code,
    )
    issued = await issue_code(scope, keys, new)
    await record_deed(scope, "account.password_code", house, subject_id=account_id)
    return issued


async def _refuse_others_people(scope: Scope, facility_id: UUID, account_id: UUID) -> None:
    rows = await scope.session.execute(
        select(membership.c.facility_id, membership.c.owner).where(
            membership.c.account_id == account_id
        )
    )
    memberships = rows.all()
    if facility_id not in {row.facility_id for row in memberships}:
        raise not_found("member")
    if any(row.owner or row.facility_id != facility_id for row in memberships):
        raise NotAllowed("password_code_by_ward")


async def _refuse_people_of_other_wards(scope: Scope, account_id: UUID) -> None:
    # What the officer may not see is in another ward.
    here = select(facility.c.id).where(facility.c.ward_code == scope.actor.ward_code)
    rows = await scope.session.execute(
        select(membership.c.facility_id)
        .where(membership.c.account_id == account_id, membership.c.facility_id.not_in(here))
        .limit(1)
    )
    if rows.first() is not None:
        raise NotAllowed("password_code_other_ward")


async def _record(scope: Scope, action: str, house: Facility | None, code_id: UUID) -> None:
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action=action,
        facility_id=NO_FACILITY if house is None else house.id,
        ward_code=scope.actor.ward_code,
        subject_id=code_id,
    )
