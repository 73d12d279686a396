"""The first page: what this is, or straight to work."""

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.roles import (
    ADMINISTRATOR,
    MINISTRY_OFFICER,
    PROVINCIAL_OFFICER,
    TOURISM_OFFICER,
    WARD_OFFICER,
)
from asm.errors import Unauthenticated
from asm.settings import Settings
from asm.web.page import WebRequest, page
from asm.web.page_access import provide_actor

#: Where work begins, for roles that have no desk.
HOME: Final = {
    WARD_OFFICER: "/ward",
    PROVINCIAL_OFFICER: "/province",
    MINISTRY_OFFICER: "/country",
    TOURISM_OFFICER: "/open",
    ADMINISTRATOR: "/operator",
}

#: Whose pages begin with this: nobody else can use them.
SECTIONS: Final = {
    "ward": WARD_OFFICER,
    "province": PROVINCIAL_OFFICER,
    "watchlists": PROVINCIAL_OFFICER,
    "country": MINISTRY_OFFICER,
    "operator": ADMINISTRATOR,
}


@get("/", include_in_schema=False)
async def landing(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    try:
        actor = await provide_actor(request, session, settings)
    except Unauthenticated:
        return page(request, "landing.html")
    return Redirect(HOME.get(actor.role, "/desk"), status_code=303)
