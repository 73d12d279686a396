"""The ward's page: who has not declared comes first, then the night, its guests and the month."""

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from asm.accounts.access import Access
from asm.accounts.actor import require_role
from asm.accounts.roles import WARD_OFFICER
from asm.analytics.month import ward_month
from asm.analytics.tonight import ward_tonight
from asm.checks.flags.ward_flags import grouped_flags
from asm.checks.usual_nights import Usual, usual_nights
from asm.errors import Conflict, Invalid, invalid_field
from asm.facilities.decide import activate_facility, return_facility
from asm.facilities.left_alone import without_people
from asm.facilities.nights import current_night
from asm.facilities.scope import facilities_of
from asm.geo.maps.map_frame import ward_frame
from asm.stays.queries import FIRST_PAGE, LAST_PAGE, Window, ward_guests
from asm.stays.stay_at import StayAt
from asm.web.desk.show_stay import show_stay
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.ward.flags_page import FLAG_CONTEXT, own_ward, ward_names

_DAYS_BACK = 400


@get("/ward", include_in_schema=False)
async def ward_page(
    request: WebRequest,
    access: NamedDependency[Access],
    night: FromQuery[date | None] = None,
    number: Annotated[int, QueryParameter(name="page", ge=1, le=LAST_PAGE)] = 1,
) -> Response[Any]:
    return await _ward(request, access, night=night, window=Window(page=number))


@get("/ward/stays/{facility_id:uuid}/{stay_id:uuid}", include_in_schema=False)
async def ward_stay(
    request: WebRequest,
    stay_at: NamedDependency[StayAt],
) -> Response[Any]:
    require_role(stay_at.access.actor, WARD_OFFICER)
    return await show_stay(request, stay_at)


@post("/ward/facilities/{facility_id:uuid}/activate", include_in_schema=False, status_code=200)
async def activate(
    request: WebRequest, facility_id: FromPath[UUID], access: NamedDependency[Access]
) -> Response[Any]:
    try:
        async with access.session.begin_nested():
            await activate_facility(access, facility_id)
    except Conflict as refusal:
        form_problems = problems_of_refusal(refusal, {}, "waiting")
        return await _ward(request, access, form_problems=form_problems)
    return Redirect("/ward#waiting", status_code=303)


@post("/ward/facilities/{facility_id:uuid}/return", include_in_schema=False, status_code=200)
async def send_back(
    request: WebRequest, facility_id: FromPath[UUID], access: NamedDependency[Access]
) -> Response[Any]:
    note = str((await request.form()).get("note", ""))
    try:
        async with access.session.begin_nested():
            await return_facility(access, facility_id, note)
    except (Invalid, Conflict) as refusal:
        form_problems = problems_of_refusal(refusal, {}, f"note-{facility_id}")
        return await _ward(request, access, form_problems=form_problems)
    return Redirect("/ward#waiting", status_code=303)


async def _ward(
    request: WebRequest,
    access: Access,
    *,
    night: date | None = None,
    window: Window = FIRST_PAGE,
    form_problems: list[FormProblem] | None = None,
) -> Response[Any]:
    code = own_ward(access.actor)
    this_night = current_night(access.actor.now)
    shown = this_night if night is None else night
    first = this_night - timedelta(days=_DAYS_BACK)
    if not first <= shown <= this_night:
        raise invalid_field("/night", "night_out_of_range", first=first, last=this_night)
    guests = await ward_guests(access, (code, shown), window)
    facilities = await facilities_of(access)
    waiting = [facility for facility in facilities if facility.status == "pending"]
    groups = await grouped_flags(access, code)
    month = await ward_month(access, code)
    slept = [day for day in month.days if day.guest_nights]
    tonight = await ward_tonight(access, code, shown)
    usual = await usual_nights(access.session, [facility.id for facility in tonight.silent], shown)
    return page(
        request,
        "ward/ward.html",
        actor=access.actor,
        status=422 if form_problems else 200,
        tonight=tonight,
        usual=usual,
        silent=sorted(tonight.silent, key=lambda facility: not _expected(usual, facility.id)),
        this_night=this_night,
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        frame=await ward_frame(access.session, code),
        guests=guests,
        facilities=facilities,
        waiting=waiting,
        deserted=await without_people(access.session, [facility.id for facility in waiting]),
        groups=groups,
        **FLAG_CONTEXT,
        ward_names=await ward_names(
            access.session, [flag for group in groups for flag in group.newest]
        ),
        month=month,
        busiest=max(slept, key=lambda day: day.guest_nights, default=None),
        most_arrivals=max(slept, key=lambda day: day.arrivals, default=None),
        form_problems=form_problems or [],
    )


def _expected(usual: dict[UUID, Usual], facility_id: UUID) -> bool:
    """Whether silence is unlike this facility."""
    return facility_id in usual and usual[facility_id].expected
