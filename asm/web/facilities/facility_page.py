"""A facility's own page: its state, address, plate and rooms."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.accounts.roles import WARD_OFFICER
from asm.db.base import vietnam_time
from asm.errors import Conflict, Invalid, not_found
from asm.facilities.decide import close_facility, reopen_facility
from asm.facilities.facility import Facility
from asm.facilities.kinds import KINDS
from asm.facilities.left_alone import without_people
from asm.facilities.people.members import owns
from asm.facilities.rooms import add_room, all_rooms, close_room, reopen_room
from asm.facilities.scope import facility_in_scope
from asm.geo.addresses.door_code import format_code
from asm.geo.addresses.plates import address_url, plate_svg
from asm.settings import Settings
from asm.web.facilities.facility_form import rooms_of
from asm.web.form_problems import FormProblem, form_problem, problems_of_refusal
from asm.web.page import WebRequest, page

_ROOM_FIELDS = {"name": "rooms", "beds": "rooms"}


@get("/facilities/{facility_id:uuid}", include_in_schema=False)
async def facility_page(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    return await _page(request, in_scope, facility_id)


@get(
    "/facilities/{facility_id:uuid}/plate.svg", include_in_schema=False, media_type="image/svg+xml"
)
async def plate(
    facility_id: FromPath[UUID],
    in_scope: NamedDependency[Scope],
    settings: NamedDependency[Settings],
) -> str:
    facility = await facility_in_scope(in_scope, facility_id)
    if facility.digital_address is None:
        raise not_found("digital_address")
    code = facility.digital_address
    return plate_svg(code, address_url(settings.public_url, code))


@post("/facilities/{facility_id:uuid}/rooms", include_in_schema=False, status_code=200)
async def add_rooms(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    text = str((await request.form()).get("rooms", ""))
    rooms, bad_lines = rooms_of(text)
    form_problems = [_BAD_FIELD] if bad_lines or not rooms else []
    if not form_problems:
        try:
            async with in_scope.session.begin_nested():
                for room in rooms:
                    await add_room(in_scope, facility_id, room)
        except (Invalid, Conflict) as refusal:
            form_problems = problems_of_refusal(refusal, _ROOM_FIELDS, "rooms")
        else:
            return Redirect(f"/facilities/{facility_id}", status_code=303)
    return await _page(request, in_scope, facility_id, typed=text, form_problems=form_problems)


@post(
    "/facilities/{facility_id:uuid}/rooms/{room_id:uuid}/close",
    include_in_schema=False,
    status_code=303,
)
async def close_room_page(
    facility_id: FromPath[UUID], room_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Redirect:
    await close_room(in_scope, facility_id, room_id)
    return Redirect(f"/facilities/{facility_id}", status_code=303)


@post(
    "/facilities/{facility_id:uuid}/rooms/{room_id:uuid}/reopen",
    include_in_schema=False,
    status_code=303,
)
async def reopen_room_page(
    facility_id: FromPath[UUID], room_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Redirect:
    await reopen_room(in_scope, facility_id, room_id)
    return Redirect(f"/facilities/{facility_id}", status_code=303)


@post("/facilities/{facility_id:uuid}/close", include_in_schema=False, status_code=200)
async def close_page(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    return await _decided(request, in_scope, facility_id, close_facility)


@post("/facilities/{facility_id:uuid}/reopen", include_in_schema=False, status_code=200)
async def reopen_page(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    return await _decided(request, in_scope, facility_id, reopen_facility)


async def _decided(
    request: WebRequest,
    scope: Scope,
    facility_id: UUID,
    decide: Callable[[Scope, UUID], Awaitable[Facility]],
) -> Response[Any]:
    try:
        async with scope.session.begin_nested():
            await decide(scope, facility_id)
    except Conflict as refusal:
        return await _page(
            request, scope, facility_id, form_problems=problems_of_refusal(refusal, {}, "closing")
        )
    return Redirect(f"/facilities/{facility_id}", status_code=303)


async def _page(
    request: WebRequest,
    scope: Scope,
    facility_id: UUID,
    *,
    typed: str = "",
    form_problems: list[FormProblem] | None = None,
) -> Response[Any]:
    facility = await facility_in_scope(scope, facility_id)
    code = facility.digital_address
    decides = scope.actor.role == WARD_OFFICER and scope.actor.ward_code == facility.ward_code
    return page(
        request,
        "facilities/facility.html",
        actor=scope.actor,
        status=422 if form_problems else 200,
        facility=facility,
        kind=KINDS[facility.kind],
        rooms=await all_rooms(scope, facility_id),
        code=format_code(code) if code else None,
        decides=decides,
        deserted=decides and bool(await without_people(scope.session, [facility.id])),
        mine=facility.id in scope.actor.facility_ids,
        owner=await owns(scope.session, scope.actor.id, facility.id),
        today=vietnam_time(scope.actor.now).date(),
        typed=typed,
        form_problems=form_problems or [],
    )


_BAD_FIELD = form_problem("rooms", "form.rooms")
