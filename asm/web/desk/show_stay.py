"""One stay with its life, as its facility and its ward see it: one page for both."""

from collections.abc import Sequence

from litestar.response import Template
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.roles import WARD_OFFICER
from asm.geo.areas.wards import list_provinces
from asm.stays.assisted.correct import is_correctable
from asm.stays.queries import StayView, stay_in_scope
from asm.stays.rules.catalogues import REASONS
from asm.stays.rules.deadlines import nights_of
from asm.stays.stay_at import StayAt
from asm.stays.versions import stay_versions
from asm.web.form_problems import FormProblem
from asm.web.formats import country_name
from asm.web.page import WebRequest, page
from asm.web.page_texts import language_of


async def show_stay(
    request: WebRequest,
    stay_at: StayAt,
    form_problems: Sequence[FormProblem] = (),
    typed: str = "",
) -> Template:
    """The page of a stay, with what was wrong with the reason `typed` for sending it back. Raises
    not_found.
    """
    stay = await stay_in_scope(stay_at)
    language = language_of(request)
    officer = stay_at.access.actor.role == WARD_OFFICER
    return page(
        request,
        "desk/stay.html",
        actor=stay_at.access.actor,
        status=422 if form_problems else 200,
        form_problems=form_problems,
        typed=typed,
        stay=stay,
        versions=await stay_versions(stay_at),
        correctable=officer and await is_correctable(stay_at),
        nights_by_hour=_nights_by_hour(stay),
        reason=_reason(stay, english=language == "en"),
        residence=await _residence(stay_at.access.session, stay, language),
    )


def _nights_by_hour(stay: StayView) -> int:
    """As how many nights use by the hour counts."""
    ends = stay.departed_at or stay.planned_departure_at
    first_night, end_night = nights_of(stay.arrived_at, ends, hourly=True)
    return ((end_night or first_night) - first_night).days


def _reason(stay: StayView, *, english: bool) -> str:
    known = REASONS.get(stay.reason or 0)
    label = (known.label_en if english else known.label) if known else str(stay.reason or "")
    return ": ".join(part for part in (label, stay.reason_text) if part)


async def _residence(session: AsyncSession, stay: StayView, language: str) -> str:
    """As told; a province told by its code is named, unless the address already ends with one."""
    guest = stay.guest
    names = {p.code: p.name for p in await list_provinces(session)}
    province = names.get(guest.residence_province or "", guest.residence_province)
    country = guest.residence_country
    parts = [guest.residence_address, guest.residence_ward, province]
    if country and country != "VNM":
        parts.append(country_name(country, language))
    return ", ".join(part for part in parts if part)
