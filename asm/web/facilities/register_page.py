"""Register a facility, or correct one that the ward has sent back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.accounts.actor import Actor, require_role
from asm.accounts.own.change_own import own_sign_in_name
from asm.accounts.own.sign_in_name import as_dialled, phone_number
from asm.accounts.roles import HOSTS, HOTEL_SYSTEM
from asm.errors import Conflict, Invalid, Refusal
from asm.facilities.correct import Correction, check_correction, correct_facility
from asm.facilities.kinds import KINDS
from asm.facilities.register import register_facility
from asm.facilities.registration import check_registration
from asm.facilities.scope import facility_in_scope, require_member
from asm.geo.areas.wards import ward_at
from asm.web.facilities.facility_form import (
    INPUT_OF_POINTER,
    FacilityForm,
    form_at_plate,
    found_by,
    point_of,
    read_form,
    registration_of,
)
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.page_texts import language_of


@get("/facilities/new", include_in_schema=False, opt={"query": ["welcome"]})
async def new_facility(
    request: WebRequest, in_scope: NamedDependency[Scope], plate: FromQuery[str] = ""
) -> Response[Any]:
    """With the number that its host signs in with, where that is one: the ward calls it."""
    require_role(in_scope.actor, *HOSTS)
    if in_scope.actor.role == HOTEL_SYSTEM:
        raise Conflict("software_as_owner")
    name = await own_sign_in_name(in_scope)
    phone = as_dialled(name) if name and phone_number(name) else ""
    form = msgspec.structs.replace(form_at_plate(plate), phone=phone)
    return facility_form_page(request, in_scope.actor, form, [])


@post("/facilities/new", include_in_schema=False, status_code=200)
async def register(request: WebRequest, in_scope: NamedDependency[Scope]) -> Response[Any]:
    form = read_form(await request.form())
    registration, unread = registration_of(form)
    form_problems = [*wrong_fields(lambda: check_registration(registration)), *unread]
    if form_problems:
        form_problems += await point_problems(in_scope, form)
    else:
        try:
            async with in_scope.session.begin_nested():
                facility = await register_facility(in_scope, registration)
        except (Invalid, Conflict) as refusal:
            form_problems = said_once(refusal, "rooms")
        else:
            return Redirect(f"/facilities/{facility.id}", status_code=303)
    return facility_form_page(request, in_scope.actor, form, form_problems)


@get("/facilities/{facility_id:uuid}/edit", include_in_schema=False)
async def edit_facility(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    facility = await facility_in_scope(in_scope, facility_id)
    require_member(in_scope.actor, facility)
    form = FacilityForm(
        kind=facility.kind,
        name=facility.name,
        address_text=facility.address_text,
        phone=facility.phone or "",
        latitude=str(facility.lat),
        longitude=str(facility.lon),
    )
    return facility_form_page(request, in_scope.actor, form, [], facility_id=facility.id)


@post("/facilities/{facility_id:uuid}/edit", include_in_schema=False, status_code=200)
async def correct(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    form = read_form(await request.form())
    point, unread = point_of(form)
    source, accuracy_m = found_by(form)
    correction = Correction(
        name=form.name,
        phone=form.phone or None,
        address_text=form.address_text,
        lat=point.lat,
        lon=point.lon,
        point_source=source,
        accuracy_m=accuracy_m,
    )
    form_problems = [*wrong_fields(lambda: check_correction(correction)), *unread]
    if form_problems:
        form_problems += await point_problems(in_scope, form)
    else:
        try:
            async with in_scope.session.begin_nested():
                await correct_facility(in_scope, facility_id, correction)
        except (Invalid, Conflict) as refusal:
            form_problems = said_once(refusal, "latitude")
        else:
            return Redirect(f"/facilities/{facility_id}", status_code=303)
    return facility_form_page(request, in_scope.actor, form, form_problems, facility_id=facility_id)


def wrong_fields(check: Callable[[], None]) -> list[FormProblem]:
    """What is wrong with the fields that could be read: told with those that could not, at once."""
    try:
        check()
    except Invalid as refusal:
        return problems_of_refusal(refusal, INPUT_OF_POINTER, "rooms")
    return []


async def point_problems(scope: Scope, form: FacilityForm) -> list[FormProblem]:
    """What is wrong with a point that could be read: told with the rest of the form, at once."""
    point, unread = point_of(form)
    if unread:
        return []
    try:
        await ward_at(scope.session, point)
    except Invalid as refusal:
        return said_once(refusal, "latitude")
    return []


def said_once(refusal: Refusal, other: str) -> list[FormProblem]:
    """A point has two inputs and one fault: it is told at the first."""
    said: dict[tuple[str, str], FormProblem] = {}
    for each in problems_of_refusal(refusal, INPUT_OF_POINTER, other):
        field = "point" if each.name in {"latitude", "longitude"} else each.name
        said.setdefault((field, each.message), each)
    return list(said.values())


def facility_form_page(
    request: WebRequest,
    actor: Actor,
    form: FacilityForm,
    form_problems: list[FormProblem],
    *,
    facility_id: UUID | None = None,
    on_behalf: bool = False,
) -> Response[Any]:
    """The form, to register or (`facility_id`) to correct; `on_behalf`: by the ward for a house."""
    english = language_of(request) == "en"
    return page(
        request,
        "facilities/form.html",
        actor=actor,
        status=422 if form_problems else 200,
        form=form,
        kinds=[(kind.code, kind.label_en if english else kind.label) for kind in KINDS.values()],
        facility_id=facility_id,
        on_behalf=on_behalf,
        form_problems=form_problems,
    )
