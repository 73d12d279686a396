"""The flags of a ward: read, dismiss with a note, take back up. Its own officer only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.typed.typed_line import is_readable, tidy
from asm.audit.trail import record
from asm.checks.flags.check import Check
from asm.checks.flags.model import flag
from asm.checks.registry import BY_ID
from asm.errors import Conflict, Invalid, invalid_field, not_found
from asm.facilities.model import facility
from asm.facilities.scope import require_ward

MAX_FLAGS = 500
MAX_NOTE = 2000
PAGE_SIZE = 50
#: open: waits for the officer. dismissed: an officer settled it, and its cause still stands.
#: closed: its cause has gone.
State = Literal["open", "dismissed", "closed"]
_STATES: Final[dict[State, tuple[ColumnElement[bool], ...]]] = {
    "open": (flag.c.closed_at.is_(None), flag.c.dismissed_at.is_(None)),
    "dismissed": (flag.c.closed_at.is_(None), flag.c.dismissed_at.is_not(None)),
    "closed": (flag.c.closed_at.is_not(None),),
}
#: What a flag holds that nobody settled.
NOT_SETTLED: Final = {
    "dismissed_at": None,
    "dismissed_by": None,
    "dismissal_note": None,
    "outcome": None,
}
_RANK: Final = {"high": 0, "medium": 1, "low": 2}


class FlagFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which flags: in one state, of one check or (None) of all."""

    state: State = "open"
    check_id: str | None = None


OPEN: Final = FlagFilter()


class FlagView(msgspec.Struct, frozen=True, kw_only=True):
    """One flag with its check's words. `closed_at`: its cause is gone; `dismissed_at`: an officer
    settled it, `outcome` says how (called, corrected, passed_on, nothing_wrong) and
    `dismissal_note` why.
    """

    id: UUID
    facility_id: UUID
    facility_name: str
    ward_code: str
    check_id: str
    severity: Literal["high", "medium", "low"]
    title: str
    title_en: str
    explanation: str
    explanation_en: str
    evidence: dict[str, Any]
    stay_id: UUID | None
    raised_at: datetime
    closed_at: datetime | None
    dismissed_at: datetime | None
    dismissed_by: UUID | None
    dismissal_note: str | None
    outcome: str | None = None


async def open_flags(
    scope: Scope, ward_code: str, only: FlagFilter | None = OPEN
) -> list[FlagView]:
    """Flags that wait for the ward's officer, newest first, at most 500; or those that `only` says,
    or (None) all that there ever were. Raises not_found for another ward.
    """
    require_ward(scope.actor, ward_code)
    query = _matching(ward_code, only).order_by(flag.c.raised_at.desc(), flag.c.id)
    rows: Sequence[Any] = (await scope.session.execute(query.limit(MAX_FLAGS))).all()
    return [_view(row) for row in rows]


class FlagGroup(msgspec.Struct, frozen=True, kw_only=True):
    """The open flags of one check: how many there are, and the newest of them."""

    check: Check
    count: int
    newest: list[FlagView]


class FlagPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of flags, newest first; `pages` is at least 1."""

    flags: list[FlagView]
    total: int
    page: int
    pages: int


async def grouped_flags(scope: Scope, ward_code: str, shown: int = 3) -> list[FlagGroup]:
    """Open flags check by check, the worst first, `shown` of each. Raises not_found."""
    require_ward(scope.actor, ward_code)
    rank = func.row_number().over(
        partition_by=flag.c.check_id, order_by=(flag.c.raised_at.desc(), flag.c.id)
    )
    count = func.count().over(partition_by=flag.c.check_id)
    ranked = (
        _rows(ward_code)
        .add_columns(rank.label("rank"), count.label("total"))
        .where(*_STATES["open"])
        .subquery()
    )
    rows = await scope.session.execute(
        select(ranked).where(ranked.c.rank <= shown).order_by(ranked.c.rank)
    )
    groups: dict[str, FlagGroup] = {}
    for row in rows:
        fresh = FlagGroup(check=BY_ID[row.check_id], count=row.total, newest=[])
        groups.setdefault(row.check_id, fresh).newest.append(_view(row))
    return sorted(groups.values(), key=lambda group: _RANK[group.check.severity])


async def page_of_flags(scope: Scope, ward_code: str, only: FlagFilter, page: int = 1) -> FlagPage:
    """Flags in one state, of one check or of all. Raises not_found for another ward."""
    require_ward(scope.actor, ward_code)
    query = _matching(ward_code, only)
    total = (
        await scope.session.execute(select(func.count()).select_from(query.subquery()))
    ).scalar_one()
    rows = await scope.session.execute(
        query.order_by(flag.c.raised_at.desc(), flag.c.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return FlagPage(
        flags=[_view(row) for row in rows],
        total=total,
        page=page,
        pages=max(1, -(-total // PAGE_SIZE)),
    )


async def dismiss_flag(scope: Scope, ward_code: str, flag_id: UUID, note: str) -> FlagView:
    """Mark a flag as looked at, with the reason; it stays so when the check finds it again.

    Sent twice it is one dismissal. Raises not_found, Invalid (note_missing, note_too_long) and
    Conflict (flag_dismissed) when somebody has dismissed it with other words.
    """
    require_ward(scope.actor, ward_code)
    reason = checked_note(note)
    row = await _locked(scope.session, ward_code, flag_id)
    if row.dismissed_at is not None:
        if (row.dismissed_by, row.dismissal_note) == (scope.actor.id, reason):
            return _view(row)
        raise Conflict("flag_dismissed")
    return await _decide(
        scope,
        row,
        "flag.dismissed",
        {
            "dismissed_at": scope.actor.now,
            "dismissed_by": scope.actor.id,
            "dismissal_note": reason,
            "outcome": "nothing_wrong",
        },
    )


async def reopen_flag(scope: Scope, ward_code: str, flag_id: UUID) -> FlagView:
    """Take a dismissal back; no change when there is none. Raises not_found."""
    require_ward(scope.actor, ward_code)
    row = await _locked(scope.session, ward_code, flag_id)
    if row.dismissed_at is None:
        return _view(row)
    return await _decide(scope, row, "flag.reopened", NOT_SETTLED)


def _rows(ward_code: str) -> Select[Any]:
    return (
        select(flag, facility.c.name.label("facility_name"))
        .join(facility, facility.c.id == flag.c.facility_id)
        .where(flag.c.ward_code == ward_code, flag.c.check_id.in_(BY_ID))
    )


def _matching(ward_code: str, only: FlagFilter | None) -> Select[Any]:
    query = _rows(ward_code)
    if only is None:
        return query
    query = query.where(*_STATES[only.state])
    return query if only.check_id is None else query.where(flag.c.check_id == only.check_id)


async def _locked(session: AsyncSession, ward_code: str, flag_id: UUID) -> Any:
    rows = await session.execute(
        _rows(ward_code).where(flag.c.id == flag_id).with_for_update(of=flag)
    )
    row = rows.one_or_none()
    if row is None:
        raise not_found("flag")
    return row


async def _decide(scope: Scope, row: Any, action: str, values: dict[str, Any]) -> FlagView:
    await scope.session.execute(
        update(flag)
        .where(flag.c.facility_id == row.facility_id, flag.c.id == row.id)
        .values(**values)
    )
    # The note stays in the flag: free text may name people, and the trail names nobody.
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action=action,
        facility_id=row.facility_id,
        ward_code=row.ward_code,
        subject_id=row.id,
        details={"check": row.check_id, "stay_id": str(row.stay_id)},
    )
    return msgspec.structs.replace(_view(row), **values)


def checked_note(note: str) -> str:
    text = tidy(note)
    if not is_readable(text, lines=True):
        raise _note_refusal("text_unreadable")
    if not text:
        raise _note_refusal("note_missing")
    if len(text) > MAX_NOTE:
        raise _note_refusal("note_too_long", most=MAX_NOTE)
    return text


def _note_refusal(code: str, **facts: Any) -> Invalid:
    return invalid_field("/note", code, **facts)


def _view(row: Any) -> FlagView:
    check = BY_ID[row.check_id]
    return FlagView(
        id=row.id,
        facility_id=row.facility_id,
        facility_name=row.facility_name,
        ward_code=row.ward_code,
        check_id=check.id,
        severity=row.severity,
        title=check.title,
        title_en=check.title_en,
        explanation=check.explanation,
        explanation_en=check.explanation_en,
        evidence=row.evidence,
        stay_id=row.stay_id,
        raised_at=row.raised_at,
        closed_at=row.closed_at,
        dismissed_at=row.dismissed_at,
        dismissed_by=row.dismissed_by,
        dismissal_note=row.dismissal_note,
        outcome=row.outcome if row.dismissed_at is not None else None,
    )
