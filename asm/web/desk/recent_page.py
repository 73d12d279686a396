"""Who has left lately, and what was declared: the way back to stays that are no longer in house."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from asm.accounts.access import Access
from asm.facilities.scope import facility_in_scope, require_member
from asm.stays.queries import LAST_PAGE, Window, recent_stays, stays_just_left
from asm.web.desk.view import LISTED
from asm.web.page import WebRequest, page


@get("/desk/{facility_id:uuid}/recent", include_in_schema=False)
async def recent_page(
    request: WebRequest,
    facility_id: FromPath[UUID],
    access: NamedDependency[Access],
    number: Annotated[int, QueryParameter(name="page", ge=1, le=LAST_PAGE)] = 1,
) -> Response[Any]:
    """A page of its own: each list opens its guests, which the desk is spared at every scan."""
    facility = await facility_in_scope(access, facility_id)
    require_member(access.actor, facility)
    return page(
        request,
        "desk/recent.html",
        actor=access.actor,
        facility=facility,
        left=await stays_just_left(access, facility.id) if number == 1 else None,
        recent=await recent_stays(access, facility.id, Window(page=number, size=LISTED)),
    )
