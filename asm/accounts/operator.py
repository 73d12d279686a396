"""Accounts as whoever runs ASM sees and ends them, on the server itself."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor
from asm.accounts.codes.withdraw import withdraw_codes_of_disabled, withdraw_codes_of_issuer
from asm.accounts.devices.end import end_devices_of
from asm.accounts.model import account
from asm.accounts.own.opened import end_sessions_of, end_tokens_of
from asm.accounts.own.sign_in_name import same_name
from asm.accounts.roles import ADMINISTRATOR, OF_PROVINCES, Role
from asm.accounts.typed_login import as_login
from asm.audit.trail import record
from asm.db.actor_kinds import OPERATOR
from asm.errors import Conflict, invalid_field
from asm.geo.areas.wards import require_areas
from asm.geo.model import province

MOST_LISTED: Final = 1000


class ListedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account as its operator sees it. `closed_at`: its owner has closed it."""

    id: UUID
    login: str
    sign_in_name: str | None
    display_name: str
    role: str
    ward_code: str | None
    created_at: datetime
    disabled_at: datetime | None
    closed_at: datetime | None


class ChangedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an account: sessions and tokens that ended with it."""

    id: UUID
    login: str
    disabled: bool
    sessions_ended: int = 0
    tokens_ended: int = 0
    province_code: str | None = None


async def list_accounts(
    session: AsyncSession, role: Role | None, find: str | None
) -> list[ListedAccount]:
    """Accounts by login, MOST_LISTED at most. `find`: a part of what they are known by."""
    listed = select(*(account.c[name] for name in ListedAccount.__struct_fields__))
    if role is not None:
        listed = listed.where(account.c.role == role)
    if find is not None:
        listed = listed.where(
            or_(
                account.c.login.icontains(as_login(find), autoescape=True),
                account.c.sign_in_name.icontains(same_name(find), autoescape=True),
                account.c.display_name.icontains(find.strip(), autoescape=True),
            )
        )
    rows = await session.execute(listed.order_by(account.c.login).limit(MOST_LISTED))
    return [ListedAccount(**row) for row in rows.mappings()]


async def disable_account(session: AsyncSession, actor: Actor | None, login: str) -> ChangedAccount:
    """End an account at once, with its sessions and tokens. Raises Invalid `account_unknown`,
    Conflict `last_administrator`.
    """
    # Who ends an administrator takes turns with who ends another: all are locked, in one order.
    await session.execute(
        select(account.c.id)
        .where(account.c.role == ADMINISTRATOR)
        .order_by(account.c.id)
        .with_for_update(key_share=True)
    )
    row = await _locked(session, login)
    if row.role == ADMINISTRATOR:
        others = await session.execute(
            select(account.c.id)
            .where(
                account.c.role == ADMINISTRATOR,
                account.c.disabled_at.is_(None),
                account.c.id != row.id,
            )
            .limit(1)
        )
        if others.one_or_none() is None:
            raise Conflict("last_administrator")
    await session.execute(
        update(account)
        .where(account.c.id == row.id, account.c.disabled_at.is_(None))
        .values(disabled_at=func.clock_timestamp())
    )
    await session.execute(
        update(account).where(account.c.id == row.id).values(disabled_by=OPERATOR)
    )
    await withdraw_codes_of_disabled(session, row.id)
    sessions = await end_sessions_of(session, row.id)
    tokens = await end_tokens_of(session, row.id)
    devices = await end_devices_of(session, row.id, "disabled")
    details = {"sessions": sessions, "tokens": tokens, "devices": devices}
    await record_of_operator(session, actor, "account.disabled", row.id, details)
    return ChangedAccount(
        id=row.id, login=row.login, disabled=True, sessions_ended=sessions, tokens_ended=tokens
    )


async def enable_account(session: AsyncSession, actor: Actor | None, login: str) -> ChangedAccount:
    """Let it in again. Raises Invalid `account_unknown`, Conflict `account_closed`."""
    row = await _locked(session, login)
    if row.closed_at is not None:
        raise Conflict("account_closed")
    await session.execute(
        update(account).where(account.c.id == row.id).values(disabled_at=None, disabled_by=None)
    )
    await record_of_operator(session, actor, "account.enabled", row.id, {})
    return ChangedAccount(id=row.id, login=row.login, disabled=False)


async def set_province(
    session: AsyncSession, actor: Actor | None, login: str, code: str
) -> ChangedAccount:
    """Say whose wards a provincial officer makes officers for, or whose figures a tourism office
    reads; codes handed out for those of another province end. Raises Invalid `account_unknown`,
    `account_province`, `province_unknown`.
    """
    row = await _locked(session, login)
    await check_province(session, row.role, code)
    await session.execute(update(account).where(account.c.id == row.id).values(province_code=code))
    if row.province_code != code:
        await withdraw_codes_of_issuer(session, row.id)
    details = {"province": code}
    await record_of_operator(session, actor, "account.province_set", row.id, details)
    disabled = row.disabled_at is not None
    return ChangedAccount(id=row.id, login=row.login, disabled=disabled, province_code=code)


async def check_province(session: AsyncSession, role: Role, code: str) -> None:
    """Raises Invalid `account_province` for whom no province has, `province_unknown`."""
    if role not in OF_PROVINCES:
        raise invalid_field("/province", "account_province")
    rows = await session.execute(
        select(province.c.code).where(province.c.code == code, province.c.valid_to.is_(None))
    )
    if rows.one_or_none() is None:
        await require_areas(session, pointer="/province")
        raise invalid_field("/province", "province_unknown", text="account.province_unknown")


async def _locked(session: AsyncSession, login: str) -> Any:
    result = await session.execute(
        select(
            account.c.id,
            account.c.login,
            account.c.role,
            account.c.province_code,
            account.c.closed_at,
            account.c.disabled_at,
        )
        .where(account.c.login == as_login(login))
        .with_for_update()
    )
    row = result.one_or_none()
    if row is None:
        raise invalid_field("/login", "account_unknown")
    return row


async def record_of_operator(
    session: AsyncSession,
    actor: Actor | None,
    action: str,
    account_id: UUID,
    details: dict[str, Any],
) -> None:
    """Into the audit trail; without an actor, as the operator's."""
    await record(
        session,
        actor_id=actor.id if actor else None,
        actor_role=actor.role if actor else OPERATOR,
        action=action,
        subject_id=account_id,
        details=details,
    )
