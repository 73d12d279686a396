"""Codes that end before anybody used them."""

from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.codes.model import account_code
from asm.accounts.model import account
from asm.db.base import NO_FACILITY

_OF_DISABLED = text("SELECT withdraw_codes_of_disabled(:issuer)")


async def withdraw_code(scope: Scope, code_id: UUID, facility_id: UUID = NO_FACILITY) -> bool:
    """End a code that was not used; whether there was one, of this facility, in the actor's
    scope.
    """
    return bool(
        await _withdraw(
            scope.session, account_code.c.id == code_id, account_code.c.facility_id == facility_id
        )
    )


async def withdraw_codes_of_member(scope: Scope, facility_id: UUID, account_id: UUID) -> None:
    """End what somebody has of a facility's codes: those that they handed out for it, those that
    set their password from there, and those by which they could come back.
    """
    await _withdraw(
        scope.session,
        account_code.c.facility_id == facility_id,
        or_(account_code.c.issued_by == account_id, account_code.c.account_id == account_id),
    )


async def withdraw_codes_of_owner(scope: Scope, facility_id: UUID, account_id: UUID) -> None:
    """End what somebody handed out who owns the facility no longer."""
    await _withdraw(
        scope.session,
        account_code.c.facility_id == facility_id,
        account_code.c.issued_by == account_id,
    )


async def withdraw_invitations(scope: Scope, facility_id: UUID, login: str) -> None:
    """End the invitations of a login to a facility, so that one takes the place of all."""
    await _withdraw(
        scope.session,
        account_code.c.facility_id == facility_id,
        account_code.c.invited_login == login,
    )


async def withdraw_own_invitations(scope: Scope, facility_id: UUID) -> None:
    """End the invitations of the actor to a facility: one was accepted."""
    await _withdraw(
        scope.session,
        account_code.c.facility_id == facility_id,
        account_code.c.account_id == scope.actor.id,
        account_code.c.code_hash.is_(None),
    )


async def withdraw_password_codes(session: AsyncSession, account_id: UUID) -> None:
    """End all codes for a password of the account that asks: those handed out and those mailed."""
    # The account first, as whoever spends such a code does.
    await session.execute(
        select(account.c.id).where(account.c.id == account_id).with_for_update(key_share=True)
    )
    await _withdraw(
        session,
        account_code.c.account_id == account_id,
        account_code.c.purpose.in_(("first_password", "reset_password")),
    )


async def withdraw_codes_of_ward(scope: Scope, facility_id: UUID) -> None:
    """End the codes that officers handed out for a facility, which goes to another ward."""
    await _withdraw(
        scope.session,
        account_code.c.facility_id == facility_id,
        account_code.c.ward_code.is_not(None),
    )


async def withdraw_codes_of_issuer(session: AsyncSession, issuer: UUID) -> None:
    """End for good what an officer handed out. For the operator, who may touch all codes."""
    await session.execute(
        update(account_code)
        .where(
            account_code.c.issued_by == issuer,
            account_code.c.spent_at.is_(None),
            account_code.c.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=func.clock_timestamp())
    )


async def withdraw_codes_of_disabled(session: AsyncSession, issuer: UUID) -> None:
    """End for good what a disabled account handed out; of any other nothing."""
    await session.execute(_OF_DISABLED, {"issuer": issuer})


async def _withdraw(session: AsyncSession, *which: ColumnElement[bool]) -> list[UUID]:
    """Locks in the order of the ids, so that no two who end several wait for each other."""
    waiting = (
        *which,
        account_code.c.spent_at.is_(None),
        account_code.c.withdrawn_at.is_(None),
    )
    locked = await session.execute(
        select(account_code.c.id).where(*waiting).order_by(account_code.c.id).with_for_update()
    )
    ids = list(locked.scalars())
    if ids:
        await session.execute(
            update(account_code)
            .where(account_code.c.id.in_(ids))
            .values(withdrawn_at=func.clock_timestamp())
        )
    return ids
