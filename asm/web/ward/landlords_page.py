"""The ward hands a landlord a code: to open an account, and own a facility that has no owner."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.errors import Conflict, Invalid, Refusal, not_found
from asm.facilities.people.host_codes import landlord_code, landlord_codes, withdraw_landlord_code
from asm.facilities.scope import facility_in_scope
from asm.identity.vault.keys import Keys
from asm.settings import Settings
from asm.web.codes.held import keys_of_codes
from asm.web.codes.slip import slip
from asm.web.form_problems import problems_of_refusal
from asm.web.kept.kept_answer import Keeper
from asm.web.page import WebRequest, page


@get("/ward/landlords", include_in_schema=False, opt={"query": ["done"]})
async def landlords_page(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    facility: FromQuery[UUID | None] = None,
) -> Response[Any]:
    return await _page(request, in_scope, facility)


@post("/ward/landlords", include_in_schema=False, status_code=200)
async def make_landlord_code(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    keys: NamedDependency[Keys],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """The slip is shown to this browser alone."""
    form = await request.form()
    name, given = str(form.get("display_name", "")).strip(), str(form.get("facility", ""))
    facility_id = _facility(given) if given else None
    try:
        async with in_scope.session.begin_nested():
            issued = await landlord_code(in_scope, keys_of_codes(keys), name, facility_id)
    except (Invalid, Conflict) as refusal:
        return await _page(request, in_scope, facility_id, name=name, refusal=refusal)
    keeper = Keeper(request, settings, keys, in_scope.actor.now)
    return slip(keeper, issued, name=name, back="/ward/landlords")


@post("/ward/landlords/{code_id:uuid}/withdraw", include_in_schema=False, status_code=303)
async def withdraw_landlord_page(
    code_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Redirect:
    await withdraw_landlord_code(in_scope, code_id)
    return Redirect("/ward/landlords?done=code_withdrawn", status_code=303)


def _facility(given: str) -> UUID:
    """Of the form; what is no id is no facility."""
    try:
        return UUID(given)
    except ValueError as error:
        raise not_found("facility") from error


async def _page(
    request: WebRequest,
    scope: Scope,
    facility_id: UUID | None,
    *,
    name: str = "",
    refusal: Refusal | None = None,
) -> Response[Any]:
    return page(
        request,
        "ward/landlords.html",
        actor=scope.actor,
        status=200 if refusal is None else refusal.status,
        codes=await landlord_codes(scope),
        facility=None if facility_id is None else await facility_in_scope(scope, facility_id),
        name=name,
        form_problems=[]
        if refusal is None
        else problems_of_refusal(refusal, {"display_name": "display_name"}, "display_name"),
    )
