"""Break the glass to another area for fifteen minutes, and what a supervisor says of it."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.own.step_up import StepUpRequired, require_step_up
from asm.accounts.roles import PROVINCIAL_OFFICER, WARD_OFFICER
from asm.errors import Invalid, Refusal, TooMany
from asm.geo.areas_to_choose import all_provinces, wards_of_province
from asm.lookups.break_glass import break_glass, review_glass
from asm.settings import Settings
from asm.web.account.step_up_page import step_up_of_form
from asm.web.form_problems import problems_of_refusal
from asm.web.lookups.look_up_page import own_session
from asm.web.lookups.seen_page import show_seen
from asm.web.page import WebRequest, page

_INPUTS: Final = {name: name for name in ("area", "note", "case_number")}


@get("/lookups/glass", include_in_schema=False)
async def glass_page(
    request: WebRequest, in_scope: NamedDependency[Scope], province: FromQuery[str] = ""
) -> Response[Any]:
    require_role(in_scope.actor, WARD_OFFICER, PROVINCIAL_OFFICER)
    require_step_up(in_scope.actor)
    return await _page(request, in_scope, {**dict.fromkeys(_INPUTS, ""), "province": province})


@post("/lookups/glass", include_in_schema=False, status_code=200)
async def break_glass_page(
    request: WebRequest, in_scope: NamedDependency[Scope], settings: NamedDependency[Settings]
) -> Response[Any]:
    form = await request.form()
    typed = {name: str(form.get(name, "")) for name in (*_INPUTS, "province")}
    try:
        await break_glass(
            in_scope,
            own_session(request, settings),
            typed["area"],
            typed["note"],
            typed["case_number"],
        )
    except StepUpRequired as late:
        raise await step_up_of_form(request) from late
    except (Invalid, TooMany) as refusal:
        return await _page(request, in_scope, typed, refusal)
    return Redirect("/lookups?glass=open", status_code=303)


@post("/lookups/glass/{glass_id:uuid}/review", include_in_schema=False, status_code=200)
async def review_page(
    request: WebRequest, glass_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    form = await request.form()
    verdict = {"yes": True, "no": False}.get(str(form.get("justified", "")))
    note = str(form.get("note", ""))
    try:
        await review_glass(in_scope, glass_id, justified=verdict, note=note)
    except Invalid as refusal:
        fields = {"justified": f"justified-{glass_id}", "note": f"note-{glass_id}"}
        problems = problems_of_refusal(refusal, fields, f"note-{glass_id}")
        return await show_seen(
            request, in_scope, form_problems=problems, note=(str(glass_id), note)
        )
    return Redirect("/lookups/seen?done=glass_reviewed", status_code=303)


async def _page(
    request: WebRequest, scope: Scope, typed: dict[str, str], refusal: Refusal | None = None
) -> Response[Any]:
    wards = scope.actor.role == WARD_OFFICER
    province = typed.get("province", "")
    return page(
        request,
        "lookups/glass.html",
        actor=scope.actor,
        status=refusal.status if refusal else 200,
        form_problems=problems_of_refusal(refusal, _INPUTS, "area") if refusal else [],
        typed=typed,
        provinces=await all_provinces(scope.session),
        wards=await wards_of_province(scope.session, province) if wards and province else [],
        by_ward=wards,
    )
