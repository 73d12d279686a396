"""A case that another ward or the province is to look at, and what they answer.

Who receives it sees what the officer wrote, what was seen and when, and from which ward; the
province also the house's name. Nobody's name, number or stay goes along.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, insert, select, update

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.model import account
from asm.accounts.roles import PROVINCIAL_OFFICER, WARD_OFFICER
from asm.audit.trail import record
from asm.checks.flags.cases import CaseFlag
from asm.checks.flags.check import Check
from asm.checks.flags.model import passed_case
from asm.checks.flags.ward_flags import checked_note
from asm.checks.registry import BY_ID
from asm.db.base import new_id
from asm.errors import Conflict, invalid_field, not_found
from asm.geo.areas.wards import ward_by_code
from asm.geo.model import ward

MOST_PASSED: Final = 200


class Receiver(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to look at a case: a ward by its code, or (None) the ward's province."""

    ward_code: str | None = None


class PassedCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case as its receiver sees it, or its sender. `to_ward_name` None: the province.
    `facility_name`: for the province alone.
    """

    id: UUID
    check: Check
    severity: str
    guests: int
    facility_name: str | None
    raised_at: datetime
    from_ward_name: str
    to_ward_name: str | None
    note: str
    passed_at: datetime
    answer: str | None
    answered_at: datetime | None


async def pass_on(
    scope: Scope, ward_code: str, flags: Sequence[CaseFlag], to: Receiver | None, note: str
) -> None:
    """Let the receiver see the case. Raises Invalid `receiver_missing`, `receiver_own_ward`,
    `ward_unknown`.
    """
    if to is None:
        raise invalid_field("/to", "receiver_missing")
    own = await ward_by_code(scope.session, ward_code)
    if to.ward_code == ward_code:
        raise invalid_field("/to", "receiver_own_ward")
    if to.ward_code is not None:
        await ward_by_code(scope.session, to.ward_code, pointer="/to")
    first = flags[0]
    await scope.session.execute(
        insert(passed_case).values(
            facility_id=first.facility_id,
            id=new_id(),
            cause=first.cause,
            check_id=first.check.id,
            severity=first.severity,
            guests=len({each.stay_id for each in flags if each.stay_id}),
            facility_name=first.facility_name if to.ward_code is None else None,
            raised_at=min(each.raised_at for each in flags),
            from_ward=ward_code,
            to_ward=to.ward_code,
            to_province=own.province_code if to.ward_code is None else None,
            note=note,
            passed_by=scope.actor.id,
            passed_at=scope.actor.now,
        )
    )


async def withdraw_passed(scope: Scope, flags: Sequence[CaseFlag]) -> None:
    """Take back what was passed on of these flags' case, unless it was answered: that stands."""
    await scope.session.execute(
        update(passed_case)
        .where(
            passed_case.c.facility_id.in_({each.facility_id for each in flags}),
            passed_case.c.cause == flags[0].cause,
            passed_case.c.answered_at.is_(None),
            passed_case.c.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=scope.actor.now)
    )


async def passed_from(scope: Scope, flags: Sequence[CaseFlag]) -> list[PassedCase]:
    """To whom the case of these flags was passed on, with the answers."""
    here = (passed_case.c.facility_id.in_({each.facility_id for each in flags})) & (
        passed_case.c.cause == flags[0].cause
    )
    return await _read(scope, here)


async def passed_here(scope: Scope) -> list[PassedCase]:
    """What was passed on to the officer's ward or province, what waits first, newest first, at most
    200. Raises NotAllowed.
    """
    return await _read(scope, _received(scope))


async def answer_passed(scope: Scope, case_id: UUID, answer: str) -> None:
    """Say what came of it; the ward that passed it on reads that. Sent twice it is one answer.
    Raises not_found (`flag`), Invalid as a note's, Conflict `case_answered`.
    """
    this = (passed_case.c.id == case_id, _received(scope))
    row = (await scope.session.execute(select(passed_case).where(*this))).one_or_none()
    if row is None:
        raise not_found("flag")
    text = checked_note(answer)
    # The first who answers: the database lets nobody change what was answered.
    done = await scope.session.execute(
        update(passed_case)
        .where(*this, passed_case.c.answered_at.is_(None))
        .values(answer=text, answered_by=scope.actor.id, answered_at=scope.actor.now)
        .returning(passed_case.c.id)
    )
    if done.one_or_none() is None:
        said = (await scope.session.execute(select(passed_case).where(*this))).one_or_none()
        if said is not None and (said.answered_by, said.answer) == (scope.actor.id, text):
            return
        raise Conflict("case_answered")
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action="flag.answered",
        ward_code=row.from_ward,
        subject_id=row.id,
        details={"check": row.check_id},
    )


def _received(scope: Scope) -> ColumnElement[bool]:
    require_role(scope.actor, WARD_OFFICER, PROVINCIAL_OFFICER)
    if scope.actor.role == WARD_OFFICER:
        mine = passed_case.c.to_ward == scope.actor.ward_code
    else:
        province = select(account.c.province_code).where(account.c.id == scope.actor.id)
        mine = passed_case.c.to_province == province.scalar_subquery()
    return mine & passed_case.c.withdrawn_at.is_(None)


async def _read(scope: Scope, which: ColumnElement[bool]) -> list[PassedCase]:
    sender, receiver = ward.alias("sender"), ward.alias("receiver")
    rows = await scope.session.execute(
        select(
            passed_case,
            sender.c.name.label("from_ward_name"),
            receiver.c.name.label("to_ward_name"),
        )
        .join(sender, sender.c.code == passed_case.c.from_ward)
        .outerjoin(receiver, receiver.c.code == passed_case.c.to_ward)
        .where(which, passed_case.c.check_id.in_(BY_ID), passed_case.c.withdrawn_at.is_(None))
        .order_by(
            passed_case.c.answered_at.is_not(None), passed_case.c.passed_at.desc(), passed_case.c.id
        )
        .limit(MOST_PASSED)
    )
    return [_view(row) for row in rows]


def _view(row: Any) -> PassedCase:
    return PassedCase(
        id=row.id,
        check=BY_ID[row.check_id],
        severity=row.severity,
        guests=row.guests,
        facility_name=row.facility_name,
        raised_at=row.raised_at,
        from_ward_name=row.from_ward_name,
        to_ward_name=row.to_ward_name,
        note=row.note,
        passed_at=row.passed_at,
        answer=row.answer,
        answered_at=row.answered_at,
    )
