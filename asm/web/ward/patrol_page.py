"""The sheet for a walk to houses, as a page to print."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from asm.accounts.access import Scope
from asm.settings import Settings
from asm.stays.receipts.qr import qr_svg
from asm.wards.patrol import patrol_sheet
from asm.web.page import WebRequest, page
from asm.web.ward.flags_page import own_ward
from asm.web.ward.night_shown import ward_night


@get("/ward/patrol", include_in_schema=False)
async def patrol_page(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    facility: FromQuery[list[UUID] | None] = None,
) -> Response[Any]:
    shown = await ward_night(in_scope, None)
    return page(
        request,
        "ward/patrol.html",
        actor=in_scope.actor,
        shown=shown,
        sheet=await patrol_sheet(in_scope, shown.ward.code, facility),
        now=in_scope.actor.now,
    )


@get("/ward/patrol/qr.svg", include_in_schema=False, media_type="image/svg+xml")
async def patrol_qr(in_scope: NamedDependency[Scope], settings: NamedDependency[Settings]) -> bytes:
    """Leads back to the night's work. It names no house, and opens nothing without a sign-in."""
    own_ward(in_scope.actor)
    return qr_svg(f"{settings.public_url}/ward")
