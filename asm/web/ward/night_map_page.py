"""The ward's night as a list and as a map."""

from datetime import date
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from asm.accounts.access import Scope
from asm.analytics.tonight import ward_tonight
from asm.geo.maps.map_frame import ward_frame
from asm.web.page import WebRequest, page
from asm.web.ward.night_shown import ward_night


@get("/ward/map", include_in_schema=False)
async def night_map_page(
    request: WebRequest, in_scope: NamedDependency[Scope], night: FromQuery[date | None] = None
) -> Response[Any]:
    shown = await ward_night(in_scope, night)
    return page(
        request,
        "ward/map.html",
        actor=in_scope.actor,
        shown=shown,
        tonight=await ward_tonight(in_scope, shown.ward.code, shown.night),
        frame=await ward_frame(in_scope.session, shown.ward.code),
    )
