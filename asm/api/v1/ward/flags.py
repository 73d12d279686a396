"""The ward's work list for software: cases, and what officers do about them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from asm.accounts.access import Scope
from asm.api.again.answered_again import answered_again
from asm.api.problems import documented
from asm.api.v1.paging import PageNumber
from asm.api.v1.ward.in_ward import IN_WARD
from asm.checks.flags.cases import CaseFilter, FlagCase, page_of_cases
from asm.checks.flags.deeds import (
    Outcome,
    Settlement,
    note_case,
    release_case,
    settle_case,
    take_case,
    undo_settlement,
)
from asm.checks.flags.pass_on import Receiver
from asm.checks.flags.ward_flags import State
from asm.checks.registry import BY_ID
from asm.errors import invalid_field

_DEEDS = documented(401, 404, 409)
_TYPED_DEEDS = documented(401, 404, 409, 422)


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """What has one cause, however many flags it raised. `id`: of its first flag, by which deeds
    name it. `urgency`: now, today, week. `evidence`: of its worst flag, ids and figures. `outcome`:
    called, corrected, passed_on, nothing_wrong.
    """

    id: UUID
    check_id: str
    check_ids: list[str]
    title: str
    title_en: str
    severity: str
    urgency: str
    state: str
    facility_ids: list[UUID]
    facilities: list[str]
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


class CaseViews(msgspec.Struct, frozen=True, kw_only=True):
    """A page of cases; `total` counts all."""

    cases: list[CaseView]
    total: int
    page: int
    pages: int


class CaseNote(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A note, 1 to 2000 characters."""

    note: str


class CaseSettlement(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How a case was settled. `note` is needed for passed_on and nothing_wrong. `to`, for passed_on
    alone: `province`, or the code of another ward.
    """

    outcome: Outcome
    note: str = ""
    to: str | None = None


@get("/wards/{ward_code:str}/cases", operation_id="wardCases", responses=_TYPED_DEEDS)
async def cases(
    ward_code: FromPath[str],
    in_scope: NamedDependency[Scope],
    wanted: Annotated[State, QueryParameter(name="state")] = "open",
    check: FromQuery[str | None] = None,
    page: PageNumber = 1,
) -> CaseViews:
    """The ward's work list: one case for one cause, the most urgent first."""
    if check is not None and check not in BY_ID:
        raise invalid_field("/check", "unknown_check", known=", ".join(sorted(BY_ID)))
    only = CaseFilter(state=wanted, check_id=check)
    listed = await page_of_cases(in_scope, ward_code, only, page)
    return CaseViews(
        cases=[_view(case) for case in listed.cases],
        total=listed.total,
        page=listed.page,
        pages=listed.pages,
    )


@post(
    "/wards/{ward_code:str}/cases/{case_id:uuid}/taking",
    operation_id="takeCase",
    status_code=204,
    responses=_DEEDS,
)
@answered_again
async def take(
    ward_code: FromPath[str], case_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> None:
    """Say that one does this."""
    await take_case(in_scope, ward_code, case_id)


@post(
    "/wards/{ward_code:str}/cases/{case_id:uuid}/release",
    operation_id="releaseCase",
    status_code=204,
    responses=_DEEDS,
)
@answered_again
async def release(
    ward_code: FromPath[str], case_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> None:
    """Give it back to all."""
    await release_case(in_scope, ward_code, case_id)


@post(
    "/wards/{ward_code:str}/cases/{case_id:uuid}/notes",
    operation_id="noteCase",
    status_code=204,
    responses=documented(401, 404, 422),
    dependencies=IN_WARD,
)
@answered_again
async def note(
    ward_code: FromPath[str],
    case_id: FromPath[UUID],
    data: JSONBody[CaseNote],
    in_ward: NamedDependency[Scope],
) -> None:
    """Add a note; it stays as it is."""
    await note_case(in_ward, ward_code, case_id, data.note)


@post(
    "/wards/{ward_code:str}/cases/{case_id:uuid}/settlement",
    operation_id="settleCase",
    status_code=204,
    responses=_TYPED_DEEDS,
    dependencies=IN_WARD,
)
@answered_again
async def settle(
    ward_code: FromPath[str],
    case_id: FromPath[UUID],
    data: JSONBody[CaseSettlement],
    in_ward: NamedDependency[Scope],
) -> None:
    """Settle all flags of the case that wait."""
    to = None
    if data.to is not None:
        to = Receiver(ward_code=None if data.to == "province" else data.to)
    settlement = Settlement(outcome=data.outcome, note=data.note, to=to)
    await settle_case(in_ward, ward_code, case_id, settlement)


@post(
    "/wards/{ward_code:str}/cases/{case_id:uuid}/undoing",
    operation_id="undoSettlement",
    status_code=204,
    responses=documented(401, 404),
)
@answered_again
async def undo(
    ward_code: FromPath[str], case_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> None:
    """Take the settlement back: the case waits again."""
    await undo_settlement(in_scope, ward_code, case_id)


def _view(case: FlagCase) -> CaseView:
    return CaseView(
        id=case.id,
        check_id=case.check.id,
        check_ids=case.check_ids,
        title=case.check.title,
        title_en=case.check.title_en,
        severity=case.severity,
        urgency=case.urgency,
        state=case.state,
        facility_ids=case.facility_ids,
        facilities=case.facilities,
        flags=case.flags,
        stays=case.stays,
        evidence=case.evidence,
        since=case.since,
        latest=case.latest,
        taken_at=case.taken_at,
        taken_by=case.taken_by,
        settled_at=case.settled_at,
        settled_by=case.settled_by,
        outcome=case.outcome,
    )


HANDLERS = [cases, take, release, note, settle, undo]
