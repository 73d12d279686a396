"""The ward's page: who has not declared comes first, then the night, its guests and the month."""

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor, require_role
from asm.analytics.month import ward_month
from asm.analytics.tonight import ward_tonight
from asm.checks.flags.ward_flags import grouped_flags
from asm.checks.usual_nights import Usual, usual_nights
from asm.errors import Conflict, Invalid, not_found
from asm.facilities.decide import activate_facility, return_facility
from asm.facilities.nights import current_night
from asm.facilities.scope import facilities_of
from asm.geo.maps.map_frame import ward_frame
from asm.identity.vault.keys import Keys
from asm.stays.queries import FIRST_PAGE, LAST_PAGE, Window, ward_guests
from asm.web.desk.show_stay import show_stay
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.ward.flags import WORDS, own_ward, ward_names

_DAYS_BACK = 400


@get("/ward", include_in_schema=False)
async def ward_page(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    night: FromQuery[date | None] = None,
    number: Annotated[int, QueryParameter(name="page", ge=1, le=LAST_PAGE)] = 1,
) -> Response[Any]:
    return await _ward(request, session, keys, actor, night=night, window=Window(page=number))


@get("/ward/stays/{facility_id:uuid}/{stay_id:uuid}", include_in_schema=False)
async def ward_stay(
    request: WebRequest,
    facility_id: FromPath[UUID],
    stay_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
) -> Response[Any]:
    require_role(actor, "ward_officer")
    return await show_stay(request, session, keys, actor, (facility_id, stay_id))


@post("/ward/facilities/{facility_id:uuid}/activate", include_in_schema=False, status_code=200)
async def activate(
    request: WebRequest,
    facility_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
) -> Response[Any]:
    try:
        async with session.begin_nested():
            await activate_facility(session, actor, facility_id)
    except Conflict as refusal:
        form_problems = problems_of_refusal(refusal, {}, "waiting")
        return await _ward(request, session, keys, actor, form_problems=form_problems)
    return Redirect("/ward#waiting", status_code=303)


@post("/ward/facilities/{facility_id:uuid}/return", include_in_schema=False, status_code=200)
async def send_back(
    request: WebRequest,
    facility_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
) -> Response[Any]:
    note = str((await request.form()).get("note", ""))
    try:
        async with session.begin_nested():
            await return_facility(session, actor, facility_id, note)
    except (Invalid, Conflict) as refusal:
        form_problems = problems_of_refusal(refusal, {}, f"note-{facility_id}")
        return await _ward(request, session, keys, actor, form_problems=form_problems)
    return Redirect("/ward#waiting", status_code=303)


async def _ward(
    request: WebRequest,
    session: AsyncSession,
    keys: Keys,
    actor: Actor,
    *,
    night: date | None = None,
    window: Window = FIRST_PAGE,
    form_problems: list[FormProblem] | None = None,
) -> Response[Any]:
    code = own_ward(actor)
    this_night = current_night(actor.now)
    shown = this_night if night is None else night
    if not this_night - timedelta(days=_DAYS_BACK) <= shown <= this_night:
        raise not_found("night")
    guests = await ward_guests(session, keys, actor, (code, shown), window)
    facilities = await facilities_of(session, actor)
    groups = await grouped_flags(session, actor, code)
    month = await ward_month(session, actor, code)
    slept = [day for day in month.days if day.guest_nights]
    tonight = await ward_tonight(session, actor, code, shown)
    usual = await usual_nights(session, [place.id for place in tonight.silent], shown)
    return page(
        request,
        "ward/ward.html",
        actor=actor,
        status=422 if form_problems else 200,
        tonight=tonight,
        usual=usual,
        silent=sorted(tonight.silent, key=lambda place: not _expected(usual, place.id)),
        this_night=this_night,
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        frame=await ward_frame(session, code),
        guests=guests,
        facilities=facilities,
        waiting=[place for place in facilities if place.status == "pending"],
        groups=groups,
        **WORDS,
        ward_names=await ward_names(session, [one for group in groups for one in group.newest]),
        month=month,
        busiest=max(slept, key=lambda day: day.guest_nights, default=None),
        most_arrivals=max(slept, key=lambda day: day.arrivals, default=None),
        form_problems=form_problems or [],
    )


def _expected(usual: dict[UUID, Usual], facility_id: UUID) -> bool:
    """Whether silence is unlike this facility."""
    return facility_id in usual and usual[facility_id].expected
