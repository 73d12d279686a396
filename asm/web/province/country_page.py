"""The country's provinces side by side, then the wards of one: figures for the ministry, never
persons.
"""

from datetime import date
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.roles import MINISTRY_OFFICER
from asm.analytics.tonight_beside import provinces_tonight, wards_tonight
from asm.facilities.nights import current_night, night_or_current
from asm.web.page import WebRequest, page
from asm.web.province.area_map import area_map
from asm.web.province.beside_view import beside


@get("/country", include_in_schema=False)
async def country_page(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    province: FromQuery[str] = "",
    night: FromQuery[date | None] = None,
    sort: FromQuery[str] = "",
) -> Response[Any]:
    require_role(in_scope.actor, MINISTRY_OFFICER)
    now = in_scope.actor.now
    of = night_or_current(night, now)
    tonight = (
        await wards_tonight(in_scope, province, of)
        if province
        else await provinces_tonight(in_scope, of)
    )
    view = beside(tonight, sort, current_night(now), "/country", province=province)
    return page(
        request,
        "province/country.html",
        actor=in_scope.actor,
        view=view,
        drawn=await area_map(view.rows, province),
        province=province,
    )
