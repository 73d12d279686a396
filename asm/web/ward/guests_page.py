"""The guests of a night, one row each: searched, narrowed, printed."""

from datetime import date
from typing import Annotated, Any, Final, get_args
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from litestar.response import Redirect

from asm.accounts.access import Access
from asm.accounts.actor import require_role
from asm.accounts.roles import WARD_OFFICER
from asm.errors import Conflict, Invalid
from asm.facilities.scope import facilities_of
from asm.stays.queries import LAST_PAGE, Window
from asm.stays.stay_at import StayAt
from asm.wards.guest_list import GuestFilter, Narrowed, ward_guest_list
from asm.wards.send_back import send_back_stay
from asm.web.desk.show_stay import show_stay
from asm.web.form_problems import problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.ward.night_shown import ward_night

_KINDS: Final[tuple[Narrowed, ...]] = get_args(Narrowed)


@get("/ward/guests", include_in_schema=False)
async def guests_page(
    request: WebRequest,
    access: NamedDependency[Access],
    night: FromQuery[date | None] = None,
    search: FromQuery[str] = "",
    facility: FromQuery[str] = "",
    only: FromQuery[str] = "",
    number: Annotated[int, QueryParameter(name="page", ge=1, le=LAST_PAGE)] = 1,
) -> Response[Any]:
    shown = await ward_night(access, night)
    facilities = await facilities_of(access)
    chosen = next((each for each in facilities if str(each.id) == facility), None)
    narrowed = next((kind for kind in _KINDS if kind == only), None)
    wanted = GuestFilter(
        search=search, facility_id=chosen.id if chosen else None, narrowed=narrowed
    )
    guests = await ward_guest_list(
        access, (shown.ward.code, shown.night), wanted, Window(page=number)
    )
    filters = {
        "search": search.strip(),
        "facility": str(chosen.id) if chosen else "",
        "only": narrowed or "",
    }
    night_of = {} if shown.is_current else {"night": shown.night.isoformat()}
    kept = night_of | {name: value for name, value in filters.items() if value}
    return page(
        request,
        "ward/guests.html",
        actor=access.actor,
        shown=shown,
        guests=guests,
        wanted=wanted,
        narrowed=bool(kept.keys() - {"night"}),
        night_of=night_of.get("night", ""),
        facilities=[(str(each.id), each.name) for each in facilities if each.status != "pending"],
        kept=urlencode(kept),
        now=access.actor.now,
    )


@get("/ward/stays/{facility_id:uuid}/{stay_id:uuid}", include_in_schema=False)
async def ward_stay(request: WebRequest, stay_at: NamedDependency[StayAt]) -> Response[Any]:
    require_role(stay_at.access.actor, WARD_OFFICER)
    return await show_stay(request, stay_at)


@post(
    "/ward/stays/{facility_id:uuid}/{stay_id:uuid}/return",
    include_in_schema=False,
    status_code=200,
)
async def return_stay(request: WebRequest, stay_at: NamedDependency[StayAt]) -> Response[Any]:
    """Send a declaration back; a refusal stands on the page of the stay, with what was typed."""
    require_role(stay_at.access.actor, WARD_OFFICER)
    reason = str((await request.form()).get("reason", ""))
    try:
        async with stay_at.access.session.begin_nested():
            await send_back_stay(stay_at.access, stay_at.facility_id, stay_at.stay_id, reason)
    except (Invalid, Conflict) as refusal:
        problems = problems_of_refusal(refusal, {}, "reason")
        return await show_stay(request, stay_at, problems, reason)
    return Redirect(f"/ward/facilities/{stay_at.facility_id}#returned", status_code=303)
