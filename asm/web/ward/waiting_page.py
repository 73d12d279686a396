"""Registrations that wait for the ward's officer: activated, or sent back to be corrected."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.errors import Conflict, Invalid
from asm.facilities.decide import activate_facility, return_facility
from asm.facilities.left_alone import without_people
from asm.facilities.scope import facilities_of
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.ward.night_shown import ward_night


@get("/ward/waiting", include_in_schema=False, opt={"query": ["done"]})
async def waiting_page(request: WebRequest, in_scope: NamedDependency[Scope]) -> Response[Any]:
    return await _page(request, in_scope)


@post("/ward/facilities/{facility_id:uuid}/activate", include_in_schema=False, status_code=200)
async def activate(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    try:
        async with in_scope.session.begin_nested():
            await activate_facility(in_scope, facility_id)
    except Conflict as refusal:
        return await _page(request, in_scope, problems_of_refusal(refusal, {}, "waiting"))
    return Redirect("/ward/waiting?done=activated", status_code=303)


@post("/ward/facilities/{facility_id:uuid}/return", include_in_schema=False, status_code=200)
async def send_back(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    note = str((await request.form()).get("note", ""))
    try:
        async with in_scope.session.begin_nested():
            await return_facility(in_scope, facility_id, note)
    except (Invalid, Conflict) as refusal:
        form_problems = problems_of_refusal(refusal, {}, f"note-{facility_id}")
        return await _page(request, in_scope, form_problems)
    return Redirect("/ward/waiting?done=sent_back", status_code=303)


async def _page(
    request: WebRequest, scope: Scope, form_problems: list[FormProblem] | None = None
) -> Response[Any]:
    shown = await ward_night(scope, None)
    waiting = [each for each in await facilities_of(scope) if each.status == "pending"]
    return page(
        request,
        "ward/waiting.html",
        actor=scope.actor,
        status=422 if form_problems else 200,
        shown=shown,
        waiting=waiting,
        deserted=await without_people(scope.session, [each.id for each in waiting]),
        form_problems=form_problems or [],
    )
