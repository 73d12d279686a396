"""Officers, for the level above them: made, disabled, let in again, given a new password."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.accounts.officers import (
    COUNTRY_WIDE,
    MAKES,
    NewOfficer,
    disable_officer,
    enable_officer,
    make_officer,
    officer_code,
    officers_of,
    provinces_to_choose,
    wards_to_choose,
)
from asm.accounts.roles import ADMINISTRATOR, MINISTRY_OFFICER, WARD_OFFICER
from asm.errors import Conflict, Invalid
from asm.identity.vault.keys import Keys
from asm.settings import Settings
from asm.web.codes.held import keys_of_codes
from asm.web.codes.slip import slip
from asm.web.form_problems import problems_of_refusal
from asm.web.kept.kept_answer import Keeper
from asm.web.page import WebRequest, page

#: What is chosen in the place of a province for who has no area.
_COUNTRY: Final = "country"
_INPUTS: Final = {
    "login": "login", "display_name": "display_name", "role": "role", "area_code": "ward_code",
}  # fmt: skip


@get("/officers", include_in_schema=False, opt={"query": ["done"]})
async def officers_page(
    request: WebRequest, in_scope: NamedDependency[Scope], province: FromQuery[str] = ""
) -> Response[Any]:
    return await _page(request, in_scope, {"province_code": province}, None)


@post("/officers", include_in_schema=False, status_code=200)
async def make_officer_page(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    keys: NamedDependency[Keys],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """The code for the first password is shown on a slip, to this browser alone."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    role = form.get("role", WARD_OFFICER)
    new = NewOfficer(
        login=form.get("login", ""),
        display_name=form.get("display_name", ""),
        role=role,
        area_code=_area_code(form, role),
    )
    try:
        async with in_scope.session.begin_nested():
            _, issued = await make_officer(in_scope, keys_of_codes(keys), new)
    except (Invalid, Conflict) as refusal:
        return await _page(request, in_scope, form, refusal)
    name = new.display_name.strip()
    keeper = Keeper(request, settings, keys, in_scope.actor.now)
    return slip(keeper, issued, name=name, back="/officers")


@post("/officers/{account_id:uuid}/disable", include_in_schema=False, status_code=303)
async def disable_page(account_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> Redirect:
    await disable_officer(in_scope, account_id)
    return Redirect("/officers?done=officer_disabled", status_code=303)


@post("/officers/{account_id:uuid}/enable", include_in_schema=False, status_code=303)
async def enable_page(account_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> Redirect:
    await enable_officer(in_scope, account_id)
    return Redirect("/officers?done=officer_enabled", status_code=303)


@post("/officers/{account_id:uuid}/code", include_in_schema=False, status_code=200)
async def officer_code_page(
    request: WebRequest,
    account_id: FromPath[UUID],
    in_scope: NamedDependency[Scope],
    keys: NamedDependency[Keys],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    issued = await officer_code(in_scope, keys_of_codes(keys), account_id)
    names = {officer.id: officer.display_name for officer in await officers_of(in_scope)}
    keeper = Keeper(request, settings, keys, in_scope.actor.now)
    return slip(keeper, issued, name=names[account_id], back="/officers")


def _area_code(form: dict[str, str], role: str) -> str:
    code = form.get("ward_code" if role == WARD_OFFICER else "province_code", "")
    return "" if code == _COUNTRY else code


async def _page(
    request: WebRequest, scope: Scope, form: dict[str, str], refusal: Invalid | Conflict | None
) -> Response[Any]:
    officers = await officers_of(scope)
    provinces = await provinces_to_choose(scope)
    everywhere = scope.actor.role == ADMINISTRATOR
    alone = provinces[0][0] if len(provinces) == 1 and not everywhere else ""
    chosen = form.get("province_code") or alone
    makes = MAKES[scope.actor.role]
    return page(
        request,
        "operator/officers.html",
        actor=scope.actor,
        status=200 if refusal is None else 422,
        officers=officers,
        makes=COUNTRY_WIDE if chosen == _COUNTRY else [r for r in makes if r != MINISTRY_OFFICER],
        country=_COUNTRY if everywhere else None,
        provinces=provinces,
        chosen=chosen,
        wards=await wards_to_choose(scope, chosen) if chosen else [],
        form=form,
        form_problems=[] if refusal is None else problems_of_refusal(refusal, _INPUTS, "login"),
    )
