"""The guests of a night, one row each: searched, also by name, narrowed, printed."""

from collections.abc import Sequence
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
from asm.facilities.facility import Facility
from asm.facilities.scope import facilities_of
from asm.settings import Settings
from asm.stays.queries import LAST_PAGE, StayPage, Window
from asm.stays.stay_at import StayAt
from asm.wards.guest_list import (
    LONGEST,
    GuestFilter,
    NamedGuests,
    Narrowed,
    guests_named,
    name_parts,
    ward_guest_list,
)
from asm.wards.send_back import send_back_stay
from asm.web.dates import read_day
from asm.web.desk.show_stay import show_stay
from asm.web.form_problems import problems_of_refusal
from asm.web.kept.kept_answer import Keeper
from asm.web.page import WebRequest, page
from asm.web.ward.night_shown import WardNight, ward_night

_KINDS: Final[tuple[Narrowed, ...]] = get_args(Narrowed)
#: Of those of one name: as many as a page of the list has.
MOST_SHOWN: Final = 100


@get("/ward/guests", include_in_schema=False, opt={"query": ["only", "typed"]})
async def guests_page(
    request: WebRequest,
    access: NamedDependency[Access],
    settings: NamedDependency[Settings],
    night: FromQuery[date | None] = None,
    search: FromQuery[str] = "",
    facility: FromQuery[str] = "",
    number: Annotated[int, QueryParameter(name="page", ge=1, le=LAST_PAGE)] = 1,
) -> Response[Any]:
    shown = await ward_night(access, night)
    facilities = await facilities_of(access)
    wanted = _wanted(facilities, search, facility, request.query_params.get("only", ""))
    if request.query_params.get("typed"):
        typed = Keeper(request, settings, access.keys, access.actor.now).read("name", str)
        if typed is not None:
            named = await guests_named(access, (shown.ward.code, shown.night), wanted, typed)
            return _page(request, access, shown, facilities, wanted, named=named, typed=typed)
    guests = await ward_guest_list(
        access, (shown.ward.code, shown.night), wanted, Window(page=number)
    )
    return _page(request, access, shown, facilities, wanted, guests=guests)


@post("/ward/guests", include_in_schema=False, status_code=200)
async def name_guests_page(
    request: WebRequest, access: NamedDependency[Access], settings: NamedDependency[Settings]
) -> Response[Any]:
    """Look for a name, which stands in no address: the browser holds it sealed."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    night = read_day(form.get("night", ""), today=access.actor.now.date())
    shown = await ward_night(access, night)
    facilities = await facilities_of(access)
    wanted = _wanted(facilities, "", form.get("facility", ""), form.get("only", ""))
    typed = form.get("name", "")
    try:
        name_parts(typed)
    except Invalid as refusal:
        shown_instead = {
            "guests": await ward_guest_list(access, (shown.ward.code, shown.night), wanted),
            "typed": typed,
            "form_problems": problems_of_refusal(refusal, {"name": "name"}, "name"),
        }
        return _page(request, access, shown, facilities, wanted, **shown_instead)
    kept = Keeper(request, settings, access.keys, access.actor.now).cookie("name", typed[:LONGEST])
    query = urlencode({**_kept(shown, wanted), "typed": "1"})
    return Redirect(f"/ward/guests?{query}", status_code=303, cookies=[kept])


def _wanted(facilities: Sequence[Facility], search: str, facility: str, only: str) -> GuestFilter:
    """What is asked for and there is; anything else narrows nothing."""
    chosen = next((each.id for each in facilities if str(each.id) == facility), None)
    narrowed = next((kind for kind in _KINDS if kind == only), None)
    return GuestFilter(search=search.strip(), facility_id=chosen, narrowed=narrowed)


def _kept(shown: WardNight, wanted: GuestFilter) -> dict[str, str]:
    """The night and the filters, for an address."""
    filters = {
        "night": "" if shown.is_current else shown.night.isoformat(),
        "search": wanted.search,
        "facility": str(wanted.facility_id or ""),
        "only": wanted.narrowed or "",
    }
    return {name: value for name, value in filters.items() if value}


def _page(
    request: WebRequest,
    access: Access,
    shown: WardNight,
    facilities: Sequence[Facility],
    wanted: GuestFilter,
    **listed: Any,
) -> Response[Any]:
    """`listed`: `guests`, a page of the list, or `named`, those of the name `typed`."""
    guests: StayPage | None = listed.get("guests")
    named: NamedGuests | None = listed.get("named")
    kept = _kept(shown, wanted)
    return page(
        request,
        "ward/guests.html",
        actor=access.actor,
        status=422 if "form_problems" in listed else 200,
        shown=shown,
        stays=named.stays[:MOST_SHOWN] if named else guests.stays if guests else [],
        guests=guests,
        named=named,
        typed=listed.get("typed", ""),
        wanted=wanted,
        narrowed=bool(kept.keys() - {"night"}),
        night_of=kept.get("night", ""),
        facilities=[(str(each.id), each.name) for each in facilities if each.status != "pending"],
        kept=urlencode(kept),
        now=access.actor.now,
        form_problems=listed.get("form_problems", []),
    )


@get(
    "/ward/stays/{facility_id:uuid}/{stay_id:uuid}",
    include_in_schema=False,
    opt={"query": ["done"]},
)
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
    return Redirect(f"/ward/facilities/{stay_at.facility_id}?done=stay_returned", status_code=303)
