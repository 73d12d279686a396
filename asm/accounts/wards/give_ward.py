"""Wards that an officer works in beside their own, given and taken by the level above them.

A ward that has ended may be given too: its nights before its last day stay under its code (ADR
0020), and nobody sees them by themselves. Who should go on with its records is given it, on the
record.
"""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, delete, exists, literal, select
from sqlalchemy.dialects.postgresql import insert

from asm.accounts.access import Scope
from asm.accounts.model import account, officer_ward
from asm.accounts.officers import Officer, officer_below
from asm.accounts.roles import WARD_OFFICER
from asm.audit.trail import record
from asm.errors import Conflict, NotAllowed, invalid_field, not_found
from asm.geo.model import ward


class WardOfOfficer(msgspec.Struct, frozen=True, kw_only=True):
    """A ward by code and name; `ended`: the first day on which it was no more. `own`: the account
    belongs to it, so it is not taken away here.
    """

    code: str
    name: str
    ended: date | None
    own: bool


class OfficerWards(msgspec.Struct, frozen=True, kw_only=True):
    """An officer with the wards that they have, and the others of the same province."""

    officer: Officer
    wards: list[WardOfOfficer]
    others: list[WardOfOfficer]


async def wards_of_officer(scope: Scope, account_id: UUID) -> OfficerWards:
    """For the level above. Raises NotAllowed, not_found (`account`), also for who is no ward's."""
    officer = await _ward_officer(scope, account_id)
    rows = [
        WardOfOfficer(code=row.code, name=row.name, ended=row.valid_to, own=row.own)
        for row in await scope.session.execute(_known(account_id))
    ]
    given = {row.code for row in rows}
    others = await scope.session.execute(_of_province(account_id))
    return OfficerWards(
        officer=officer,
        wards=rows,
        others=[
            WardOfOfficer(code=row.code, name=row.name, ended=row.valid_to, own=False)
            for row in others
            if row.code not in given
        ],
    )


async def give_ward(scope: Scope, account_id: UUID, ward_code: str) -> None:
    """Let an officer work in one more ward of their province; twice is once. Raises NotAllowed,
    not_found (`account`), Invalid `ward_to_give`, Conflict `account_disabled`.
    """
    officer = await _ward_officer(scope, account_id)
    if officer.disabled:
        raise Conflict("account_disabled")
    wanted = _of_province(account_id).where(ward.c.code == ward_code)
    if (await scope.session.execute(wanted)).first() is None:
        raise invalid_field("/ward_code", "ward_to_give")
    done = await scope.session.execute(
        insert(officer_ward)
        .values(account_id=account_id, ward_code=ward_code, given_by=scope.actor.id)
        .on_conflict_do_nothing()
        .returning(officer_ward.c.ward_code)
    )
    if done.first() is not None:
        await _record(scope, "officer.ward_given", account_id, ward_code)


async def take_ward(scope: Scope, account_id: UUID, ward_code: str) -> None:
    """Take a ward that was given back, at once: pages and software see it no more. The account's
    own stays. Raises NotAllowed, not_found (`account`, `ward`).
    """
    await _ward_officer(scope, account_id)
    done = await scope.session.execute(
        delete(officer_ward)
        .where(officer_ward.c.account_id == account_id, officer_ward.c.ward_code == ward_code)
        .returning(officer_ward.c.ward_code)
    )
    if done.first() is None:
        raise not_found("ward")
    await _record(scope, "officer.ward_taken", account_id, ward_code)


async def _ward_officer(scope: Scope, account_id: UUID) -> Officer:
    officer = await officer_below(scope, account_id)
    if officer.role != WARD_OFFICER:
        raise not_found("account")
    if officer.by_higher_level:
        raise NotAllowed("disabled_by_higher_level")
    return officer


def _known(account_id: UUID) -> Select[Any]:
    """The account's own ward first, then by name."""
    own = ward.c.code == account.c.ward_code
    given = exists().where(
        officer_ward.c.account_id == account.c.id, officer_ward.c.ward_code == ward.c.code
    )
    return (
        select(ward.c.code, ward.c.name, ward.c.valid_to, own.label("own"))
        .select_from(ward)
        .join(account, own | given)
        .where(account.c.id == account_id)
        .order_by(own.desc(), ward.c.folded, ward.c.code)
    )


def _of_province(account_id: UUID) -> Select[Any]:
    """All wards of the account's province, those in force first."""
    own = ward.alias("own")
    province = (
        select(own.c.province_code)
        .join(account, account.c.ward_code == own.c.code)
        .where(account.c.id == literal(account_id))
        .scalar_subquery()
    )
    return (
        select(ward.c.code, ward.c.name, ward.c.valid_to)
        .where(ward.c.province_code == province)
        .order_by(ward.c.valid_to.is_not(None), ward.c.folded, ward.c.code)
    )


async def _record(scope: Scope, action: str, account_id: UUID, ward_code: str) -> None:
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action=action,
        subject_id=account_id,
        ward_code=ward_code,
    )
