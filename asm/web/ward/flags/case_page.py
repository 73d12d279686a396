"""One case: who, where, what differs, what was done; and the deeds."""

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Access
from asm.checks.flags.cases import (
    CaseFilter,
    CaseFlag,
    cases_beside,
    flags_of_case,
    page_of_cases,
    state_of,
    urgency_of,
)
from asm.checks.flags.deeds import (
    OUTCOMES,
    Outcome,
    Settlement,
    deeds_of,
    note_case,
    release_case,
    settle_case,
    take_case,
    undo_settlement,
)
from asm.checks.flags.pass_on import Receiver, passed_from
from asm.checks.flags.ward_flags import dismiss_flag, reopen_flag
from asm.errors import Conflict, Invalid, invalid_field
from asm.geo.areas.wards import list_wards, names_of_wards, ward_by_code
from asm.wards.ward_stays import WardStay, ward_stays
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.ward.flags_page import FLAG_CONTEXT, own_ward

#: Stays of one case whose guests are opened on its page; it says how many there are.
MOST_STAYS: Final = 40
_FIELDS: Final = {"note": "note", "to": "to", "outcome": "outcome"}


@get("/ward/flags/{flag_id:uuid}", include_in_schema=False, opt={"query": ["done"]})
async def case_page(
    request: WebRequest, flag_id: FromPath[UUID], access: NamedDependency[Access]
) -> Response[Any]:
    return await _case(request, access, flag_id)


@post("/ward/flags/{flag_id:uuid}/take", include_in_schema=False, status_code=200)
async def take(
    request: WebRequest, flag_id: FromPath[UUID], access: NamedDependency[Access]
) -> Response[Any]:
    """From the list it leads to the case; who has it works on it."""
    try:
        async with access.session.begin_nested():
            await take_case(access, own_ward(access.actor), flag_id)
    except Conflict as refusal:
        return await _refused(request, access, flag_id, refusal)
    return Redirect(f"/ward/flags/{flag_id}?done=case_taken", status_code=303)


@post("/ward/flags/{flag_id:uuid}/release", include_in_schema=False, status_code=200)
async def release(
    request: WebRequest, flag_id: FromPath[UUID], access: NamedDependency[Access]
) -> Response[Any]:
    try:
        async with access.session.begin_nested():
            await release_case(access, own_ward(access.actor), flag_id)
    except Conflict as refusal:
        return await _refused(request, access, flag_id, refusal)
    return _to_list("released", flag_id)


@post("/ward/flags/{flag_id:uuid}/note", include_in_schema=False, status_code=200)
async def note(
    request: WebRequest, flag_id: FromPath[UUID], access: NamedDependency[Access]
) -> Response[Any]:
    typed = str((await request.form()).get("remark", ""))
    try:
        async with access.session.begin_nested():
            await note_case(access, own_ward(access.actor), flag_id, typed)
    except Invalid as refusal:
        problems = problems_of_refusal(refusal, {"note": "remark"}, "remark")
        return await _case(request, access, flag_id, problems, {"remark": typed})
    return Redirect(f"/ward/flags/{flag_id}?done=case_noted", status_code=303)


@post("/ward/flags/{flag_id:uuid}/settle", include_in_schema=False, status_code=200)
async def settle(
    request: WebRequest, flag_id: FromPath[UUID], access: NamedDependency[Access]
) -> Response[Any]:
    """Back to the list, which offers to take it back."""
    form = await request.form()
    typed = {name: str(form.get(name, "")) for name in ("outcome", "note", "to")}
    try:
        async with access.session.begin_nested():
            settlement = Settlement(
                outcome=_outcome(typed["outcome"]), note=typed["note"], to=_receiver(typed["to"])
            )
            await settle_case(access, own_ward(access.actor), flag_id, settlement)
    except (Invalid, Conflict) as refusal:
        return await _refused(request, access, flag_id, refusal, typed)
    return _to_list(settlement.outcome, flag_id)


@post("/ward/flags/{flag_id:uuid}/undo", include_in_schema=False, status_code=200)
async def undo(flag_id: FromPath[UUID], access: NamedDependency[Access]) -> Response[Any]:
    await undo_settlement(access, own_ward(access.actor), flag_id)
    return Redirect(f"/ward/flags/{flag_id}?done=case_undone", status_code=303)


@post("/ward/flags/{flag_id:uuid}/dismiss", include_in_schema=False, status_code=200)
async def dismiss(
    request: WebRequest, flag_id: FromPath[UUID], access: NamedDependency[Access]
) -> Response[Any]:
    """One flag alone is nothing wrong."""
    form = await request.form()
    try:
        async with access.session.begin_nested():
            typed = str(form.get(f"note-{flag_id}", ""))
            await dismiss_flag(access, own_ward(access.actor), flag_id, typed)
    except (Invalid, Conflict) as refusal:
        return await _refused(request, access, flag_id, refusal)
    return _to_list("nothing_wrong", flag_id)


@post("/ward/flags/{flag_id:uuid}/reopen", include_in_schema=False, status_code=200)
async def reopen(flag_id: FromPath[UUID], access: NamedDependency[Access]) -> Response[Any]:
    await reopen_flag(access, own_ward(access.actor), flag_id)
    return Redirect(f"/ward/flags/{flag_id}?done=case_undone", status_code=303)


def _to_list(done: str, flag_id: UUID) -> Redirect:
    query = urlencode({"done": done, "case": flag_id})
    return Redirect(f"/ward/flags?{query}", status_code=303)


def _outcome(named: str) -> Outcome:
    for outcome in OUTCOMES:
        if outcome == named:
            return outcome
    raise invalid_field("/outcome", "outcome_missing")


def _receiver(named: str) -> Receiver | None:
    """`province`, or the code of a ward."""
    if not named:
        return None
    return Receiver() if named == "province" else Receiver(ward_code=named)


async def _refused(
    request: WebRequest,
    access: Access,
    flag_id: UUID,
    refusal: Invalid | Conflict,
    typed: dict[str, str] | None = None,
) -> Response[Any]:
    other = "outcome" if isinstance(refusal, Conflict) else "note"
    problems = problems_of_refusal(refusal, _FIELDS, other)
    return await _case(request, access, flag_id, problems, typed)


async def _case(
    request: WebRequest,
    access: Access,
    flag_id: UUID,
    form_problems: list[FormProblem] | None = None,
    typed: dict[str, str] | None = None,
) -> Response[Any]:
    code = own_ward(access.actor)
    flags = await flags_of_case(access, code, flag_id)
    state = state_of(flags)
    first = next(each for each in flags if each.state == state)
    keys = [(each.facility_id, each.stay_id) for each in flags if each.stay_id is not None]
    shown = list(dict.fromkeys(keys))
    stays = await ward_stays(access, code, shown[:MOST_STAYS], "ward.flag_read")
    others = {str(c) for each in flags if (c := each.evidence.get("other_ward_code"))} - {code}
    own = await ward_by_code(access.session, code)
    return page(
        request,
        "ward/flags/case.html",
        actor=access.actor,
        status=422 if form_problems else 200,
        flags=flags,
        first=first,
        state=state,
        urgency=urgency_of(first.severity),
        stays=stays,
        stay_count=len(shown),
        differing=differing(stays),
        others=sorted(others),
        ward_names=await names_of_wards(access.session, {*others, code}),
        beside=await cases_beside(access, code, flags),
        deeds=await deeds_of(access, code, flags),
        passed=await passed_from(access, flags),
        receivers=[
            (each.code, each.name)
            for each in await list_wards(access.session, own.province_code)
            if each.code != code
        ],
        ward=own,
        neighbours=await _neighbours(access, code, flags),
        form_problems=form_problems or [],
        typed=typed or {},
        **FLAG_CONTEXT,
    )


async def _neighbours(
    access: Access, ward_code: str, flags: list[CaseFlag]
) -> tuple[UUID | None, UUID | None, int, int]:
    """The case before and after in the list of what waits, where this one stands in it (from 1; 0
    when it no longer waits), and how many there are.
    """
    waiting = await page_of_cases(access, ward_code, CaseFilter())
    ids = [case.id for case in waiting.cases]
    causes = [case.cause for case in waiting.cases]
    if flags[0].cause not in causes:
        return None, ids[0] if ids else None, 0, waiting.total
    at = causes.index(flags[0].cause)
    before = ids[at - 1] if at else None
    after = ids[at + 1] if at + 1 < len(ids) else None
    return before, after, at + 1, waiting.total


def differing(stays: list[WardStay]) -> frozenset[str]:
    """The rows of the comparison in which the stays are not all alike."""
    return frozenset(
        name
        for name, values in (
            ("facility", {stay.facility_id for stay in stays}),
            ("room", {stay.room for stay in stays}),
            ("arrived", {stay.arrived_at for stay in stays}),
            ("leaves", {stay.departed_at or stay.planned_departure_at for stay in stays}),
            ("name", {stay.guest.full_name for stay in stays}),
            ("number", {stay.guest.document_number for stay in stays}),
            ("birth", {stay.guest.birth_date for stay in stays}),
            ("nationality", {stay.guest.nationality for stay in stays}),
            ("via", {stay.via for stay in stays}),
            ("declared_by", {stay.declared_by for stay in stays}),
            ("received", {stay.received_at for stay in stays}),
        )
        if len(values) > 1
    )
