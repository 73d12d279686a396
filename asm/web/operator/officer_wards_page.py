"""The wards of one officer, for the level above: given, taken back."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.accounts.wards.give_ward import give_ward, take_ward, wards_of_officer
from asm.errors import Conflict, Invalid
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page


@get("/officers/{account_id:uuid}/wards", include_in_schema=False, opt={"query": ["done"]})
async def officer_wards_page(
    request: WebRequest, account_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    return await _page(request, in_scope, account_id)


@post("/officers/{account_id:uuid}/wards", include_in_schema=False, status_code=200)
async def give_ward_page(
    request: WebRequest, account_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    ward_code = str((await request.form()).get("ward_code", ""))
    try:
        async with in_scope.session.begin_nested():
            await give_ward(in_scope, account_id, ward_code)
    except (Invalid, Conflict) as refusal:
        form_problems = problems_of_refusal(refusal, {}, "ward_code")
        return await _page(request, in_scope, account_id, form_problems)
    return Redirect(f"/officers/{account_id}/wards?done=ward_given", status_code=303)


@post(
    "/officers/{account_id:uuid}/wards/{given_ward:str}/take",
    include_in_schema=False,
    status_code=303,
)
async def take_ward_page(
    account_id: FromPath[UUID], given_ward: FromPath[str], in_scope: NamedDependency[Scope]
) -> Redirect:
    await take_ward(in_scope, account_id, given_ward)
    return Redirect(f"/officers/{account_id}/wards?done=ward_taken", status_code=303)


async def _page(
    request: WebRequest,
    scope: Scope,
    account_id: UUID,
    form_problems: list[FormProblem] | None = None,
) -> Response[Any]:
    return page(
        request,
        "operator/officer_wards.html",
        actor=scope.actor,
        status=422 if form_problems else 200,
        held=await wards_of_officer(scope, account_id),
        form_problems=form_problems or [],
    )
