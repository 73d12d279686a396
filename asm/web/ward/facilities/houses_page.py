"""The ward's facilities, and registering one for who cannot."""

from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.errors import Conflict, Invalid
from asm.facilities.kinds import KINDS
from asm.facilities.registration import check_registration
from asm.stays.queries import LAST_PAGE
from asm.wards.facility_list import STATES, HouseFilter, houses_of_ward
from asm.wards.on_behalf import register_on_behalf
from asm.web.facilities.facility_form import FacilityForm, read_form, registration_of
from asm.web.facilities.register_page import (
    facility_form_page,
    point_problems,
    said_once,
    wrong_fields,
)
from asm.web.page import WebRequest, page
from asm.web.page_texts import language_of
from asm.web.ward.flags_page import own_ward

Word = TypeVar("Word", bound=str)


def provide_houses(
    wanted: Annotated[str, QueryParameter(name="state")] = "",
    kind: FromQuery[str] = "",
    q: FromQuery[str] = "",
) -> HouseFilter:
    """What an address names and there is; anything else narrows nothing."""
    return HouseFilter(
        state=next((each for each in STATES if each == wanted), None),
        kind=kind if kind in KINDS else None,
        q=q.strip()[:100] or None,
    )


@get(
    "/ward/facilities",
    include_in_schema=False,
    dependencies={"only": Provide(provide_houses, sync_to_thread=False)},
)
async def houses_page(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    only: NamedDependency[HouseFilter],
    number: Annotated[int, QueryParameter(name="page", ge=1, le=LAST_PAGE)] = 1,
) -> Response[Any]:
    english = language_of(request) == "en"
    kept = {"state": only.state or "", "kind": only.kind or "", "q": only.q or ""}
    return page(
        request,
        "ward/facilities/list.html",
        actor=in_scope.actor,
        houses=await houses_of_ward(in_scope, own_ward(in_scope.actor), only, number),
        only=only,
        kept=urlencode({name: value for name, value in kept.items() if value}),
        kinds=KINDS,
        choices=[(kind.code, kind.label_en if english else kind.label) for kind in KINDS.values()],
    )


@get("/ward/facilities/new", include_in_schema=False)
async def new_on_behalf(request: WebRequest, in_scope: NamedDependency[Scope]) -> Response[Any]:
    own_ward(in_scope.actor)
    form = FacilityForm(kind="household")
    return facility_form_page(request, in_scope.actor, form, [], on_behalf=True)


@post("/ward/facilities/new", include_in_schema=False, status_code=200)
async def register_house(request: WebRequest, in_scope: NamedDependency[Scope]) -> Response[Any]:
    own_ward(in_scope.actor)
    form = read_form(await request.form())
    registration, unread = registration_of(form)
    problems = [*wrong_fields(lambda: check_registration(registration)), *unread]
    if problems:
        problems += await point_problems(in_scope, form)
    else:
        try:
            async with in_scope.session.begin_nested():
                facility = await register_on_behalf(in_scope, registration)
        except (Invalid, Conflict) as refusal:
            problems = said_once(refusal, "rooms")
        else:
            return Redirect(f"/ward/facilities/{facility.id}?done=registered", status_code=303)
    return facility_form_page(request, in_scope.actor, form, problems, on_behalf=True)
