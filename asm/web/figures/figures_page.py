"""Figures of an area: how full, from where, in which season, who lives there. Everything that is
shown stands in the address, so that it can be sent on, and taken along as a file.
"""

from typing import Any

from litestar import Response, get
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency, Provide

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.roles import WARD_OFFICER
from asm.analytics.questions.area import Area, own_area
from asm.analytics.seasons.forecast import fit_and_keep
from asm.errors import Invalid
from asm.web.figures.choices import filter_choices
from asm.web.figures.filters import (
    FIGURE_VIEWS,
    TypedFilter,
    plain_filter,
    read_filter,
    recent_months,
    typed_filter,
)
from asm.web.figures.views import shown_view
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.page_texts import language_of

#: Of `typed_filter`, for the handlers of pages and files.
TYPED = {"typed": Provide(typed_filter)}
_FIELDS = {
    name: name
    for name in ("area", "month", "first", "last", "kind", "residence", "reason", "tourism")
}


@get("/figures", include_in_schema=False, dependencies=TYPED)
async def figures_page(
    request: WebRequest, in_scope: NamedDependency[Scope], typed: NamedDependency[TypedFilter]
) -> Response[Any]:
    return await _show(request, in_scope, typed, await own_area(in_scope), "/figures")


@get("/ward/figures", include_in_schema=False, dependencies=TYPED)
async def ward_figures_page(
    request: WebRequest, in_scope: NamedDependency[Scope], typed: NamedDependency[TypedFilter]
) -> Response[Any]:
    require_role(in_scope.actor, WARD_OFFICER)
    return await _show(request, in_scope, typed, await own_area(in_scope), "/ward/figures")


async def _show(
    request: WebRequest, scope: Scope, typed: TypedFilter, own: Area, address: str
) -> Response[Any]:
    form_problems: list[FormProblem] = []
    now = scope.actor.now
    try:
        only = read_filter(typed, own, now)
    except Invalid as refusal:
        only = plain_filter(typed, own, now)
        form_problems = problems_of_refusal(refusal, _FIELDS, "first")
    view = await shown_view(scope, only)
    shown = page(
        request,
        "figures/figures.html",
        actor=scope.actor,
        status=422 if form_problems else 200,
        only=only,
        own=own,
        address=address,
        views=FIGURE_VIEWS,
        months_back=recent_months(now),
        form_problems=form_problems,
        **view,
        **await filter_choices(scope, own, language_of(request)),
    )
    if "forecast" in view and view["forecast"].why == "not_ready":
        # Fitting takes seconds: nobody waits for it, the next look has it.
        shown.background = BackgroundTask(
            fit_and_keep, request.app.state.sessions, scope.actor, only.area, only.narrowing
        )
    return shown
