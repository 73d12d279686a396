"""The ward's flags in full: what waits, what was dismissed, what closed itself."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.actor import Actor, require_role
from asm.accounts.roles import WARD_OFFICER
from asm.checks.flags.ward_flags import (
    FlagFilter,
    FlagView,
    State,
    dismiss_flag,
    page_of_flags,
    reopen_flag,
)
from asm.checks.registry import BY_ID, CHECKS
from asm.errors import Conflict, Invalid, not_found
from asm.geo.areas.wards import names_of_wards
from asm.imports.all_rules import PUBLISHED
from asm.stays.queries import LAST_PAGE
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.page_texts import language_of

#: What the macros of flags need besides the flags.
FLAG_CONTEXT: dict[str, Any] = {"checks": BY_ID, "rules": {rule.id: rule for rule in PUBLISHED}}


@get("/ward/flags", include_in_schema=False)
async def flags_page(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    wanted: Annotated[State, QueryParameter(name="state")] = "open",
    check: FromQuery[str | None] = None,
    number: Annotated[int, QueryParameter(name="page", ge=1, le=LAST_PAGE)] = 1,
) -> Response[Any]:
    only = FlagFilter(state=wanted, check_id=_check_of(check))
    return await _list(request, in_scope, only, number=number)


@post("/ward/flags/{flag_id:uuid}/dismiss", include_in_schema=False, status_code=200)
async def dismiss(
    request: WebRequest, flag_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    form = await request.form()
    try:
        async with in_scope.session.begin_nested():
            note = str(form.get(f"note-{flag_id}", ""))
            settled = await dismiss_flag(in_scope, own_ward(in_scope.actor), flag_id, note)
    except (Invalid, Conflict) as refusal:
        form_problems = problems_of_refusal(refusal, {}, f"note-{flag_id}")
        only = FlagFilter(check_id=_check_of(form.get("check")))
        return await _list(request, in_scope, only, form_problems=form_problems)
    return _back(form, settled)


@post("/ward/flags/{flag_id:uuid}/reopen", include_in_schema=False, status_code=200)
async def reopen(flag_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> Response[Any]:
    again = await reopen_flag(in_scope, own_ward(in_scope.actor), flag_id)
    return Redirect(f"/ward/flags?{urlencode({'check': again.check_id})}#flags", status_code=303)


def _check_of(named: Any) -> str | None:
    """The check that an address or a form names, where there is such a one."""
    return named if named in BY_ID else None


def _back(form: Any, settled: FlagView) -> Response[Any]:
    """To the page that the form was on."""
    if form.get("from") == "list":
        query = urlencode({"check": settled.check_id})
        return Redirect(f"/ward/flags?{query}#flags", status_code=303)
    return Redirect("/ward#flags", status_code=303)


async def _list(
    request: WebRequest,
    scope: Scope,
    only: FlagFilter,
    *,
    number: int = 1,
    form_problems: list[FormProblem] | None = None,
) -> Response[Any]:
    flag_page = await page_of_flags(scope, own_ward(scope.actor), only, number)
    return page(
        request,
        "ward/flags.html",
        actor=scope.actor,
        status=422 if form_problems else 200,
        flag_page=flag_page,
        only=only,
        choices=[
            (check.id, check.title_en if language_of(request) == "en" else check.title)
            for check in CHECKS
        ],
        ward_names=await ward_names(scope.session, flag_page.flags),
        form_problems=form_problems or [],
        **FLAG_CONTEXT,
    )


async def ward_names(session: AsyncSession, flags: Sequence[FlagView]) -> dict[str, str]:
    """The names of the other wards that flags speak of."""
    codes = {code for flag in flags if (code := flag.evidence.get("other_ward_code"))}
    return await names_of_wards(session, codes)


def own_ward(actor: Actor) -> str:
    """The officer's own ward. Raises for everyone else."""
    require_role(actor, WARD_OFFICER)
    if actor.ward_code is None:
        raise not_found("ward")
    return actor.ward_code
