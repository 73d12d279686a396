"""The province's wards side by side, for its officer; and a word to those on duty."""

from datetime import date
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.officers import officers_of
from asm.accounts.roles import PROVINCIAL_OFFICER
from asm.analytics.tonight_beside import wards_tonight
from asm.checks.flags.pass_on import passed_here
from asm.checks.watchlist.uploads import own_lists
from asm.errors import Invalid
from asm.facilities.nights import current_night, night_or_current
from asm.notify.messages.remind_wards import remind_wards
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.province.area_map import area_map
from asm.web.province.beside_view import beside


@get("/province", include_in_schema=False)
async def province_page(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    night: FromQuery[date | None] = None,
    sort: FromQuery[str] = "",
    reminded: FromQuery[int] = 0,
    unattended: FromQuery[int] = 0,
) -> Response[Any]:
    return await _page(request, in_scope, night, sort, reminded=(reminded, unattended))


@post("/province/remind", include_in_schema=False, status_code=303)
async def remind_page(request: WebRequest, in_scope: NamedDependency[Scope]) -> Response[Any]:
    """Of the night in progress alone: an earlier one is past reminding."""
    form = await request.form()
    wards = {str(code) for code in form.getall("wards", [])}
    try:
        done = await remind_wards(in_scope, wards, current_night(in_scope.actor.now))
    except Invalid as refusal:
        problems = problems_of_refusal(refusal, {"wards": "wards"}, "wards")
        return await _page(request, in_scope, None, "", problems)
    count, missing = len(done.reminded), len(done.unattended)
    return Redirect(f"/province?reminded={count}&unattended={missing}", status_code=303)


async def _page(
    request: WebRequest,
    scope: Scope,
    night: date | None,
    sort: str,
    problems: list[FormProblem] | None = None,
    reminded: tuple[int, int] = (0, 0),
) -> Response[Any]:
    require_role(scope.actor, PROVINCIAL_OFFICER)
    code, now = scope.actor.province_code, scope.actor.now
    tonight = await wards_tonight(scope, code, night_or_current(night, now)) if code else None
    view = beside(tonight, sort, current_night(now), "/province") if tonight else None
    return page(
        request,
        "province/province.html",
        actor=scope.actor,
        status=422 if problems else 200,
        view=view,
        drawn=await area_map(view.rows, code) if view and code else None,
        passed=sum(each.answered_at is None for each in await passed_here(scope)),
        lists=sum(each.in_force for each in await own_lists(scope)),
        officers=await officers_of(scope),
        reminded=reminded,
        form_problems=problems or [],
    )
