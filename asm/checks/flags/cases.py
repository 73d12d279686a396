"""The ward's flags as a work list: what has one cause is one case, however many flags it raised.

Thirty-five guests of one late workbook are one case; so are two stays of one document, seen by two
checks. Nothing is kept of a case: it is its flags, read together, so that what comes later or
closes itself needs no second hand.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import TextualSelect, text
from sqlalchemy.dialects.postgresql import JSONB

from asm.accounts.access import Scope
from asm.checks.flags.check import Check, Severity
from asm.checks.flags.ward_flags import State
from asm.checks.registry import BY_ID
from asm.checks.silence import CHECK_ID as SILENCE
from asm.db.statements import read_statements
from asm.errors import not_found
from asm.facilities.nights import current_night
from asm.facilities.scope import require_ward

#: A ward with more flags than these has another problem: the newest are listed.
MOST_FLAGS: Final = 5000
PAGE_SIZE: Final = 50
#: now: somebody may be in danger, or it is about tonight; today; else within the week.
Urgency = Literal["now", "today", "week"]
URGENCIES: Final[tuple[Urgency, ...]] = ("now", "today", "week")
Taken = Literal["mine", "nobody"]
_SQL: Final = read_statements(__name__)
_OPEN = text(_SQL["open"])
_DISMISSED = text(_SQL["dismissed"])
_CLOSED = text(_SQL["closed"])
_LISTS: Final[Mapping[State, TextualSelect]] = {
    "open": _OPEN.columns(evidence=JSONB),
    "dismissed": _DISMISSED.columns(evidence=JSONB),
    "closed": _CLOSED.columns(evidence=JSONB),
}
_FLAGS = text(_SQL["flags"])
_BESIDE = text(_SQL["beside"])
_WAITING = text("SELECT waiting FROM open_flags(CAST(:wards AS text[]), :most)")


class CaseFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases: in one state; of one check, facility, urgency; taken by the officer who looks,
    or by nobody. None is all.
    """

    state: State = "open"
    check_id: str | None = None
    facility_id: UUID | None = None
    urgency: Urgency | None = None
    taken: Taken | None = None


class FlagCase(msgspec.Struct, frozen=True, kw_only=True):
    """One case. `id`: of its first flag, by which its page is opened. `check_ids`: all checks that
    raised something in it, `check` the worst of them. `facilities`: names, of the own ward.
    `stays`: how many guests' stays. `evidence`: of its worst flag. `pages_stays`: (facility, stay)
    of at most two, the first. Times: since when it waits, when the last flag came.
    """

    id: UUID
    cause: str
    check: Check
    check_ids: list[str]
    severity: Severity
    urgency: Urgency
    facilities: list[str]
    facility_ids: list[UUID]
    first_stays: list[tuple[UUID, UUID]]
    flags: int
    stays: int
    evidence: dict[str, Any]
    since: datetime
    latest: datetime
    taken_at: datetime | None
    taken_by: str | None
    settled_at: datetime | None
    settled_by: str | None
    outcome: str | None
    closed_at: datetime | None
    state: State


class CasePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of cases; `total` counts all, `pages` is at least 1."""

    cases: list[FlagCase]
    total: int
    page: int
    pages: int


class CaseFlag(msgspec.Struct, frozen=True, kw_only=True):
    """One flag of a case, with the house that it is of."""

    id: UUID
    facility_id: UUID
    facility_name: str
    facility_phone: str | None
    check: Check
    cause: str
    severity: Severity
    stay_id: UUID | None
    evidence: dict[str, Any]
    raised_at: datetime
    closed_at: datetime | None
    dismissed_at: datetime | None
    dismissed_by: UUID | None
    dismissal_note: str | None
    outcome: str | None
    taken_at: datetime | None
    taken_by: UUID | None

    @property
    def state(self) -> State:
        """What became of it."""
        if self.closed_at is not None:
            return "closed"
        return "open" if self.dismissed_at is None else "dismissed"


async def page_of_cases(
    scope: Scope, ward_code: str, only: CaseFilter, page: int = 1, size: int = PAGE_SIZE
) -> CasePage:
    """The cases of a ward; those that wait by urgency, newest first. Raises not_found for another
    ward.
    """
    require_ward(scope.actor, ward_code)
    values = _filter_values(scope, ward_code, only)
    values |= {"most": MOST_FLAGS, "size": size, "skipped": (page - 1) * size}
    rows: Sequence[Any] = (await scope.session.execute(_LISTS[only.state], values)).all()
    total = rows[0].total if rows else 0
    if not rows and page > 1:
        return await page_of_cases(scope, ward_code, only, 1, size)
    return CasePage(
        cases=[_case(row) for row in rows],
        total=total,
        page=page,
        pages=max(1, -(-total // size)),
    )


async def cases_waiting(scope: Scope) -> int:
    """How many cases wait in the ward that the officer works in, as the work list counts them; one
    statement over the flags that are open.
    """
    values = {"wards": [scope.actor.ward_code], "most": MOST_FLAGS}
    return (await scope.session.execute(_WAITING, values)).scalar_one_or_none() or 0


async def urgent_flags(scope: Scope, ward_code: str, limit: int = 5) -> list[FlagCase]:
    """The cases that are to be looked at now, newest first, at most `limit`; one statement. Raises
    not_found for another ward.
    """
    only = CaseFilter(urgency="now")
    return (await page_of_cases(scope, ward_code, only, size=limit)).cases


async def flags_of_case(scope: Scope, ward_code: str, flag_id: UUID) -> list[CaseFlag]:
    """All flags of the case that the flag `flag_id` is of, the worst first, at most 500. Raises
    not_found (`flag`), alike for absent and for another ward's.
    """
    require_ward(scope.actor, ward_code)
    values = _common(ward_code) | {"id": flag_id, "most": 500}
    rows = (await scope.session.execute(_FLAGS.columns(evidence=JSONB), values)).all()
    if not rows:
        raise not_found("flag")
    return [_flag(row) for row in rows]


async def cases_beside(
    scope: Scope, ward_code: str, flags: Sequence[CaseFlag]
) -> list[tuple[UUID, Check]]:
    """What else waits about the same stays: a flag of each case, and its check."""
    stays = {flag.stay_id for flag in flags if flag.stay_id is not None}
    if not stays:
        return []
    values = _common(ward_code) | {"stays": sorted(stays), "most": 100}
    own = {flag.cause for flag in flags}
    beside: dict[str, tuple[UUID, Check]] = {}
    for row in await scope.session.execute(_BESIDE, values):
        if row.cause not in own:
            beside.setdefault(row.cause, (row.id, BY_ID[row.check_id]))
    return list(beside.values())


def state_of(flags: Sequence[CaseFlag]) -> State:
    """A case waits while one of its flags does, and is closed when all of them are."""
    states = {flag.state for flag in flags}
    if "open" in states:
        return "open"
    return "dismissed" if "dismissed" in states else "closed"


def urgency_of(severity: Severity) -> Urgency:
    """How soon a flag of this severity is to be looked at."""
    return {"high": URGENCIES[0], "medium": URGENCIES[1], "low": URGENCIES[2]}[severity]


def _common(ward_code: str) -> dict[str, Any]:
    return {"ward": ward_code, "checks": sorted(BY_ID)}


def _filter_values(scope: Scope, ward_code: str, only: CaseFilter) -> dict[str, Any]:
    checks = sorted(BY_ID) if only.check_id is None else [only.check_id]
    return _common(ward_code) | {
        "checks": checks,
        "tonight": [SILENCE],
        "night": current_night(scope.actor.now).isoformat(),
        "facility": only.facility_id,
        "rank": None if only.urgency is None else URGENCIES.index(only.urgency),
        "taken": only.taken,
        "me": scope.actor.id,
    }


def _case(row: Any) -> FlagCase:
    return FlagCase(
        id=row.id,
        cause=row.cause,
        check=BY_ID[row.check_id],
        check_ids=list(row.check_ids),
        severity=row.severity,
        urgency=URGENCIES[row.rank],
        facilities=list(row.facilities),
        facility_ids=list(row.facility_ids),
        first_stays=list(zip(row.stay_facilities or [], row.stay_ids or [], strict=True)),
        flags=row.flags,
        stays=row.stays,
        evidence=row.evidence,
        since=row.since,
        latest=row.latest,
        taken_at=row.taken_at,
        taken_by=row.taker,
        settled_at=row.settled_at,
        settled_by=row.settler,
        outcome=row.outcome,
        closed_at=row.closed_at,
        state="open" if row.is_open else "dismissed" if row.is_standing else "closed",
    )


def _flag(row: Any) -> CaseFlag:
    return CaseFlag(
        id=row.id,
        facility_id=row.facility_id,
        facility_name=row.facility_name,
        facility_phone=row.facility_phone,
        check=BY_ID[row.check_id],
        cause=row.cause,
        severity=row.severity,
        stay_id=row.stay_id,
        evidence=row.evidence,
        raised_at=row.raised_at,
        closed_at=row.closed_at,
        dismissed_at=row.dismissed_at,
        dismissed_by=row.dismissed_by,
        dismissal_note=row.dismissal_note,
        outcome=row.outcome,
        taken_at=row.taken_at,
        taken_by=row.taken_by,
    )
