"""One facility as its ward's officer works with it: lateness, visits, messages, suspension."""

from collections.abc import Awaitable
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.db.base import vietnam_time
from asm.errors import Conflict, Invalid
from asm.facilities.kinds import KINDS
from asm.facilities.left_alone import without_people
from asm.facilities.people.members import has_owner
from asm.facilities.scope import facility_in_scope, require_ward
from asm.wards.facility_list import lateness_of
from asm.wards.send_back import returned_stays
from asm.wards.suspend import (
    resume_facility,
    standing_suspension,
    suspend_facility,
    suspensions_of,
)
from asm.wards.visits import VISIT_OUTCOMES, VisitInput, add_visit, visits_of
from asm.wards.ward_messages import messages_to, send_message
from asm.web.dates import read_day
from asm.web.form_problems import FormProblem, form_problem, problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.ward.flags_page import own_ward

_VISIT_FIELDS = {name: name for name in ("visited_on", "officers", "seen", "outcomes")} | {
    "follow_up_on": "follow_up_on"
}


@get("/ward/facilities/{facility_id:uuid}", include_in_schema=False, opt={"query": ["done"]})
async def house_page(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    return await _page(request, in_scope, facility_id)


@post("/ward/facilities/{facility_id:uuid}/suspend", include_in_schema=False, status_code=200)
async def suspend(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    reason = str((await request.form()).get("reason", ""))
    deed = suspend_facility(in_scope, facility_id, reason)
    return await _do(request, in_scope, facility_id, deed, ("reason", reason), "suspended")


@post("/ward/facilities/{facility_id:uuid}/resume", include_in_schema=False, status_code=200)
async def resume(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    reason = str((await request.form()).get("reason", ""))
    deed = resume_facility(in_scope, facility_id, reason)
    return await _do(request, in_scope, facility_id, deed, ("reason", reason), "resumed")


@post("/ward/facilities/{facility_id:uuid}/messages", include_in_schema=False, status_code=200)
async def message(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    body = str((await request.form()).get("body", ""))
    deed = send_message(in_scope, facility_id, body)
    return await _do(request, in_scope, facility_id, deed, ("body", body), "messaged")


@post("/ward/facilities/{facility_id:uuid}/visits", include_in_schema=False, status_code=200)
async def visit(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    form = await request.form()
    typed = {name: str(form.get(name, "")) for name in [*_VISIT_FIELDS, "corrects"]}
    chosen = [str(each) for each in form.getall("outcomes", [])]
    today = vietnam_time(in_scope.actor.now).date()
    days = {name: read_day(typed[name], today=today) for name in ("visited_on", "follow_up_on")}
    problems = [
        form_problem(name, "form.day_unread")
        for name, day in days.items()
        if typed[name].strip() and day is None
    ]
    given = VisitInput(
        visited_on=days["visited_on"] or (today if problems else None),
        officers=typed["officers"],
        seen=typed["seen"],
        outcomes=chosen,
        follow_up_on=days["follow_up_on"],
        corrects=_id(typed["corrects"]),
    )
    try:
        async with in_scope.session.begin_nested() as undone:
            await add_visit(in_scope, facility_id, given)
            if problems:
                await undone.rollback()
    except Invalid as refusal:
        problems += problems_of_refusal(refusal, _VISIT_FIELDS, "seen")
    if problems:
        return await _page(request, in_scope, facility_id, problems, typed, chosen)
    return Redirect(f"/ward/facilities/{facility_id}?done=visited", status_code=303)


async def _do(
    request: WebRequest,
    scope: Scope,
    facility_id: UUID,
    deed: Awaitable[object],
    typed: tuple[str, str],
    done: str,
) -> Response[Any]:
    """Do it, and say that it is `done`; a refusal stands at the field that was typed."""
    name, value = typed
    try:
        async with scope.session.begin_nested():
            await deed
    except (Invalid, Conflict) as refusal:
        problems = problems_of_refusal(refusal, {name: name}, name)
        return await _page(request, scope, facility_id, problems, {name: value})
    return Redirect(f"/ward/facilities/{facility_id}?done={done}", status_code=303)


def _id(named: str) -> UUID | None:
    try:
        return UUID(named) if named else None
    except ValueError:
        return None


async def _page(
    request: WebRequest,
    scope: Scope,
    facility_id: UUID,
    form_problems: list[FormProblem] | None = None,
    typed: dict[str, str] | None = None,
    chosen: list[str] | None = None,
) -> Response[Any]:
    own_ward(scope.actor)
    facility = await facility_in_scope(scope, facility_id)
    require_ward(scope.actor, facility.ward_code)
    suspensions = await suspensions_of(scope, facility.id)
    weeks = await lateness_of(scope, facility.id)
    return page(
        request,
        "ward/facilities/house.html",
        actor=scope.actor,
        status=422 if form_problems else 200,
        facility=facility,
        kind=KINDS[facility.kind],
        weeks=weeks,
        declared=sum(week.declared for week in weeks),
        late=sum(week.late for week in weeks),
        suspensions=suspensions,
        suspended=standing_suspension(suspensions),
        visits=await visits_of(scope, facility.id),
        outcomes=VISIT_OUTCOMES,
        messages=await messages_to(scope, facility.id),
        returned=await returned_stays(scope, facility.id),
        deserted=facility.id in await without_people(scope.session, [facility.id]),
        owned=await has_owner(scope.session, facility.id),
        today=vietnam_time(scope.actor.now).date(),
        form_problems=form_problems or [],
        typed=typed or {},
        chosen=chosen or [],
    )
