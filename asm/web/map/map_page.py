"""The map for everybody: wards and public facilities. Private homes are on no map."""

from typing import Annotated, Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from asm.facilities.kinds import KINDS
from asm.facilities.public.facility_tiles import PUBLIC_KINDS
from asm.facilities.public.public_facilities import facilities_of_province, some_public_facility
from asm.geo.areas.wards import Ward, list_provinces, list_wards
from asm.geo.maps.map_frame import country_frame
from asm.web.page import WebRequest, known_reader, page
from asm.web.page_texts import language_of

_LAST_PAGE = 1000
#: How far around the middles of its wards a province is shown, in degrees.
_AROUND = 0.05


@get("/map", include_in_schema=False)
async def map_page(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    province: FromQuery[str] = "",
    number: Annotated[int, QueryParameter(name="page", ge=1, le=_LAST_PAGE)] = 1,
) -> Response[Any]:
    """The map, and what it shows as tables, province by province, for who has no map."""
    provinces = await list_provinces(session)
    chosen = next((each for each in provinces if each.code == province), None)
    wards = await list_wards(session, chosen.code) if chosen else []
    frame = await country_frame(session)
    listed = await facilities_of_province(session, chosen.code, number) if chosen else None
    nowhere = not await some_public_facility(session)
    english = language_of(request) == "en"
    return page(
        request,
        "map.html",
        actor=known_reader(request),
        provinces=provinces,
        chosen=chosen,
        wards=wards,
        bounds=_bounds(wards),
        frame=frame,
        listed=listed,
        nowhere=nowhere,
        kinds={
            code: KINDS[code].label_en if english else KINDS[code].label for code in PUBLIC_KINDS
        },
    )


def _bounds(wards: list[Ward]) -> str:
    """West, south, east, north of a province's wards; nothing for the whole country."""
    if not wards:
        return ""
    lats, lons = [ward.lat for ward in wards], [ward.lon for ward in wards]
    box = (min(lons) - _AROUND, min(lats) - _AROUND, max(lons) + _AROUND, max(lats) + _AROUND)
    return ",".join(f"{degrees:.4f}" for degrees in box)
