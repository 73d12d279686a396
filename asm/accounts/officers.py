"""Accounts of officers, made and ended by the level above them.

An administrator makes provincial and ward officers, the ministry's and those of tourism offices.
A provincial officer of a province makes the ward officers of its wards; one without a province
makes nobody. Administrators are made on the server itself (`asm account create`).
"""

from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.codes.code_keys import CodeKeys
from asm.accounts.codes.issue import IssuedCode, NewCode, issue_code
from asm.accounts.codes.withdraw import withdraw_codes_of_disabled
from asm.accounts.create import create_account
from asm.accounts.model import account, officer_ward
from asm.accounts.own.opened import end_sessions_of, end_tokens_of
from asm.accounts.roles import (
    ADMINISTRATOR,
    MINISTRY_OFFICER,
    OF_PROVINCES,
    PROVINCIAL_OFFICER,
    TOURISM_OFFICER,
    WARD_OFFICER,
    OfficeRole,
    Role,
)
from asm.accounts.typed.new_person import check_names
from asm.accounts.typed.typed_line import tidy
from asm.audit.trail import record
from asm.errors import Conflict, Invalid, NotAllowed, field_error, invalid_field, not_found
from asm.geo.areas.wards import require_areas
from asm.geo.model import province, ward

#: Whom each level makes.
MAKES: dict[Role, tuple[OfficeRole, ...]] = {
    ADMINISTRATOR: (WARD_OFFICER, PROVINCIAL_OFFICER, TOURISM_OFFICER, MINISTRY_OFFICER),
    PROVINCIAL_OFFICER: (WARD_OFFICER,),
}
#: Who may have no area.
COUNTRY_WIDE: Final[tuple[OfficeRole, ...]] = (MINISTRY_OFFICER, TOURISM_OFFICER)


class Officer(msgspec.Struct, frozen=True, kw_only=True):
    """An officer's account and where it works. `area`: the ward's or province's name;
    `more_wards`: how many they have beside it; `by_higher_level`: disabled by a level above the
    one that looks, which alone enables it.
    """

    id: UUID
    login: str
    display_name: str
    role: str
    area: str | None
    disabled: bool
    by_higher_level: bool
    more_wards: int = 0


class NewOfficer(msgspec.Struct, frozen=True, kw_only=True):
    """As it was typed: `area_code` is a ward's for a ward officer, a province's for a provincial
    one; a tourism office's may be empty, which is the whole country, the ministry's is.
    """

    login: str
    display_name: str
    role: str
    area_code: str


async def officers_of(scope: Scope) -> list[Officer]:
    """Those whom the actor makes and ends, by area and name."""
    rows = await scope.session.execute(
        select(
            account.c.id,
            account.c.login,
            account.c.display_name,
            account.c.role,
            func.coalesce(ward.c.name + ", " + province.c.name, province.c.name).label("area"),
            account.c.disabled_at.is_not(None).label("disabled"),
            _by_higher_level(scope).label("by_higher_level"),
            select(func.count())
            .where(officer_ward.c.account_id == account.c.id)
            .scalar_subquery()
            .label("more_wards"),
        )
        .select_from(account)
        .outerjoin(ward, ward.c.code == account.c.ward_code)
        .outerjoin(
            province,
            province.c.code == func.coalesce(ward.c.province_code, account.c.province_code),
        )
        .where(await _theirs(scope))
        .order_by(province.c.folded, ward.c.folded, account.c.display_name, account.c.id)
    )
    return [msgspec.convert(row, Officer) for row in rows.mappings()]


async def make_officer(scope: Scope, keys: CodeKeys, new: NewOfficer) -> tuple[UUID, IssuedCode]:
    """An account that nobody can sign in to yet, and the code that sets its first password.

    Raises NotAllowed, Invalid that names the fields, `login_taken` among them.
    """
    require_role(scope.actor, *MAKES)
    role = next((known for known in MAKES[scope.actor.role] if known == new.role), None)
    errors = check_names(new.login, new.display_name)
    if role is None:
        errors.append(field_error("/role", "role_unknown"))
    else:
        errors += await _area_errors(scope, role, new.area_code)
    if errors or role is None:
        raise Invalid("account_invalid", errors=errors)
    try:
        account_id = await create_account(
            scope.session,
            login=new.login,
            password=None,
            display_name=tidy(new.display_name),
            role=role,
            ward_code=new.area_code if role == WARD_OFFICER else None,
            province_code=(new.area_code or None) if role in OF_PROVINCES else None,
        )
    except Conflict as refusal:
        raise invalid_field("/login", "login_taken") from refusal
    await _record(scope, "officer.made", account_id, {"role": role})
    code = await issue_code(scope, keys, NewCode(purpose="first_password", account_id=account_id))
    return account_id, code


async def officer_code(scope: Scope, keys: CodeKeys, account_id: UUID) -> IssuedCode:
    """A code by which an officer sets a new password. Raises NotAllowed, not_found (`account`),
    Conflict `account_disabled`.
    """
    officer = await officer_below(scope, account_id)
    if officer.disabled:
        raise Conflict("account_disabled")
    issued = await issue_code(scope, keys, NewCode(purpose="reset_password", account_id=account_id))
    await _record(scope, "account.password_code", account_id, {})
    return issued


async def disable_officer(scope: Scope, account_id: UUID) -> None:
    """End an officer's account at once: sessions, tokens, codes they handed out. Doing it twice is
    no error. Raises NotAllowed, not_found (`account`).
    """
    officer = await officer_below(scope, account_id)
    await scope.session.execute(
        update(account)
        .where(
            account.c.id == officer.id,
            or_(account.c.disabled_at.is_(None), ~_by_higher_level(scope)),
        )
        .values(
            disabled_at=func.coalesce(account.c.disabled_at, func.clock_timestamp()),
            disabled_by=scope.actor.role,
        )
    )
    await withdraw_codes_of_disabled(scope.session, officer.id)
    sessions = await end_sessions_of(scope.session, officer.id)
    tokens = await end_tokens_of(scope.session, officer.id)
    details = {"sessions": sessions, "tokens": tokens}
    await _record(scope, "account.disabled", officer.id, details)


async def enable_officer(scope: Scope, account_id: UUID) -> None:
    """Let the account in again, with the password that it had: by the level that disabled it or
    one above. Raises NotAllowed, `disabled_by_higher_level` among them, not_found (`account`).
    """
    officer = await officer_below(scope, account_id)
    # Asked as it is changed: a higher level may disable it at the same moment.
    done = await scope.session.execute(
        update(account)
        .where(account.c.id == officer.id, ~_by_higher_level(scope))
        .values(disabled_at=None, disabled_by=None)
        .returning(account.c.id)
    )
    if done.one_or_none() is None:
        raise NotAllowed("disabled_by_higher_level")
    await _record(scope, "account.enabled", officer.id, {})


async def wards_to_choose(scope: Scope, province_code: str) -> list[tuple[str, str]]:
    """Code and name of the province's wards, where the actor may make officers for them."""
    own = await _own_province(scope.session, scope.actor.id)
    if scope.actor.role != ADMINISTRATOR and own != province_code:
        return []
    rows = await scope.session.execute(
        select(ward.c.code, ward.c.name)
        .where(ward.c.province_code == province_code, ward.c.valid_to.is_(None))
        .order_by(ward.c.folded, ward.c.code)
    )
    return [(row.code, row.name) for row in rows]


async def provinces_to_choose(scope: Scope) -> list[tuple[str, str]]:
    """Code and name of the provinces that the actor may make officers for."""
    conditions: list[ColumnElement[bool]] = [province.c.valid_to.is_(None)]
    if scope.actor.role != ADMINISTRATOR:
        own = await _own_province(scope.session, scope.actor.id)
        conditions.append(province.c.code == own)
    rows = await scope.session.execute(
        select(province.c.code, province.c.name).where(*conditions).order_by(province.c.folded)
    )
    return [(row.code, row.name) for row in rows]


def _by_higher_level(scope: Scope) -> ColumnElement[bool]:
    """Of whom nobody wrote down who disabled it, the server's operator did."""
    up_to = [PROVINCIAL_OFFICER]
    if scope.actor.role == ADMINISTRATOR:
        up_to.append(ADMINISTRATOR)
    return account.c.disabled_at.is_not(None) & ~func.coalesce(
        account.c.disabled_by.in_(up_to), false()
    )


async def officer_below(scope: Scope, account_id: UUID) -> Officer:
    """One of `officers_of`. Raises NotAllowed, not_found (`account`)."""
    officers = {officer.id: officer for officer in await officers_of(scope)}
    if account_id not in officers:
        raise not_found("account")
    return officers[account_id]


async def _theirs(scope: Scope) -> ColumnElement[bool]:
    require_role(scope.actor, *MAKES)
    if scope.actor.role == ADMINISTRATOR:
        return account.c.role.in_(MAKES[ADMINISTRATOR])
    own = await _own_province(scope.session, scope.actor.id)
    if own is None:
        return false()
    return (account.c.role == WARD_OFFICER) & (ward.c.province_code == own)


async def _own_province(session: AsyncSession, account_id: UUID) -> str | None:
    rows = await session.execute(select(account.c.province_code).where(account.c.id == account_id))
    code: str | None = rows.scalar_one()
    return code


async def _area_errors(scope: Scope, role: OfficeRole, code: str) -> list[dict[str, Any]]:
    if role in COUNTRY_WIDE and not code:
        return []
    if role == MINISTRY_OFFICER:
        return [field_error("/area_code", "officer_without_area")]
    wards = role == WARD_OFFICER
    area = ward if wards else province
    conditions: list[ColumnElement[bool]] = [area.c.code == code, area.c.valid_to.is_(None)]
    if scope.actor.role != ADMINISTRATOR:
        own = await _own_province(scope.session, scope.actor.id)
        if own is None:
            raise NotAllowed("officer_without_province")
        conditions.append(ward.c.province_code == own)
    rows = await scope.session.execute(select(area.c.code).where(*conditions))
    if rows.one_or_none() is not None:
        return []
    await require_areas(scope.session, pointer="/area_code")
    return [field_error("/area_code", "officer_ward" if wards else "officer_province")]


async def _record(scope: Scope, action: str, account_id: UUID, details: dict[str, Any]) -> None:
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action=action,
        subject_id=account_id,
        details=details,
    )
