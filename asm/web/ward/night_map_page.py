"""The ward's night as a list and as a map."""

from datetime import date
from typing import Annotated, Any, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from asm.accounts.access import Scope
from asm.analytics.spoken import spoken_tonight
from asm.analytics.tonight import newest_declared
from asm.geo.maps.map_frame import ward_frame
from asm.stays.queries import LAST_PAGE
from asm.web.page import WebRequest, page
from asm.web.ward.night_shown import ward_night

#: Rows beside the map, which shows every house of the ward.
_PER_PAGE: Final = 100


@get("/ward/map", include_in_schema=False)
async def night_map_page(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    night: FromQuery[date | None] = None,
    number: Annotated[int, QueryParameter(name="page", ge=1, le=LAST_PAGE)] = 1,
) -> Response[Any]:
    shown = await ward_night(in_scope, night)
    tonight = await spoken_tonight(in_scope, shown.ward.code, shown.night)
    houses = [
        *((house, "silent") for house in tonight.silent),
        *((house, "declared") for house in tonight.declared),
        *((house, "quiet") for house in tonight.quiet),
    ]
    pages = max(1, -(-len(houses) // _PER_PAGE))
    at = min(number, pages)
    listed = houses[(at - 1) * _PER_PAGE : at * _PER_PAGE]
    return page(
        request,
        "ward/map.html",
        actor=in_scope.actor,
        shown=shown,
        tonight=tonight,
        listed=listed,
        number=at,
        pages=pages,
        newest=await newest_declared(in_scope, [house.id for house, _ in listed], shown.night),
        frame=await ward_frame(in_scope.session, shown.ward.code),
    )
