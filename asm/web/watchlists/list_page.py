"""One list of the provincial police: until when it holds, and its end, with a reason."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.roles import PROVINCIAL_OFFICER
from asm.checks.watchlist.uploads import LONGEST_TEXT, change_last_day, end_list, own_list
from asm.db.base import vietnam_time
from asm.errors import Invalid
from asm.web.account.step_up_page import require_step_up_of_form
from asm.web.dates import read_day
from asm.web.form_problems import FormProblem, day_problem, form_problem, problems_of_refusal
from asm.web.page import WebRequest, page


@get("/watchlists/{list_id:uuid}", include_in_schema=False)
async def list_page(
    request: WebRequest, list_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    return await _page(request, in_scope, list_id, [])


@post("/watchlists/{list_id:uuid}/end", include_in_schema=False, status_code=303)
async def end_list_page(
    request: WebRequest, list_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    require_role(in_scope.actor, PROVINCIAL_OFFICER)
    await require_step_up_of_form(request, in_scope.actor)
    form = await request.form()
    try:
        await end_list(in_scope, list_id, str(form.get("end_reason") or ""))
    except Invalid as refusal:
        problems = problems_of_refusal(refusal, {"end_reason": "end_reason"}, "end_reason")
        return await _page(request, in_scope, list_id, problems)
    return Redirect("/watchlists?done=ended", status_code=303)


@post("/watchlists/{list_id:uuid}/until", include_in_schema=False, status_code=303)
async def change_day_page(
    request: WebRequest, list_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    require_role(in_scope.actor, PROVINCIAL_OFFICER)
    await require_step_up_of_form(request, in_scope.actor)
    form = await request.form()
    day, problems = typed_last_day(in_scope, str(form.get("valid_until") or ""))
    if day is not None:
        try:
            await change_last_day(in_scope, list_id, day)
        except Invalid as refusal:
            problems = problems_of_refusal(refusal, {"valid_until": "valid_until"}, "valid_until")
    if problems:
        return await _page(request, in_scope, list_id, problems)
    return Redirect("/watchlists?done=day", status_code=303)


def typed_last_day(scope: Scope, typed: str) -> tuple[date | None, list[FormProblem]]:
    """The day that was typed, or what is wrong with it."""
    day = read_day(typed, today=vietnam_time(scope.actor.now).date())
    if day is not None:
        return day, []
    return None, [day_problem(typed, form_problem("valid_until", "form.last_day"))]


async def _page(
    request: WebRequest, scope: Scope, list_id: UUID, problems: list[FormProblem]
) -> Response[Any]:
    return page(
        request,
        "watchlists/list.html",
        actor=scope.actor,
        status=422 if problems else 200,
        watch_list=await own_list(scope, list_id),
        form_problems=problems,
        today=vietnam_time(scope.actor.now).date(),
        longest=LONGEST_TEXT,
    )
