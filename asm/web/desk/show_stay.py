"""One stay with its life, as its facility and its ward see it: one page for both."""

from litestar.response import Template
from sqlalchemy.ext.asyncio import AsyncSession

from asm.geo.areas.wards import list_provinces
from asm.stays.queries import StayView, stay_in_scope
from asm.stays.rules.catalogues import REASONS
from asm.stays.stay_at import StayAt
from asm.stays.versions import stay_versions
from asm.web.formats import country_name
from asm.web.page import WebRequest, page
from asm.web.page_texts import language_of


async def show_stay(request: WebRequest, stay_at: StayAt) -> Template:
    """The page of a stay. Raises not_found."""
    stay = await stay_in_scope(stay_at)
    language = language_of(request)
    return page(
        request,
        "desk/stay.html",
        actor=stay_at.access.actor,
        stay=stay,
        versions=await stay_versions(stay_at),
        reason=_reason(stay, english=language == "en"),
        residence=await _residence(stay_at.access.session, stay, language),
    )


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
