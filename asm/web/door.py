"""What a scanned door plate leads to: the code, whether it is one, where its cell lies, and how to
declare there. Nothing about who lives there, nor whether anyone does: that is for the people of
the facility and their ward, who go on from here to their own page.
"""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.errors import Invalid, not_found
from asm.facilities.addresses.scoped_addresses import read_address
from asm.facilities.scope import facility_in_scope
from asm.geo.addresses.door_code import correct, decode, format_code, parse_code
from asm.web.page import WebRequest, known_reader, page


@get("/A/{code:str}", include_in_schema=False)
async def door_page(request: WebRequest, code: FromPath[str]) -> Response[Any]:
    try:
        point, unit = decode(code)
    except Invalid as refusal:
        meant = _meant(code)
        return page(
            request,
            "door.html",
            actor=known_reader(request),
            status=422,
            refusal=refusal,
            meant=meant,
        )
    return page(
        request,
        "door.html",
        actor=known_reader(request),
        refusal=None,
        code=format_code(code),
        stored=parse_code(code),
        lat=point.lat,
        lon=point.lon,
        unit=unit,
    )


@get("/A/{code:str}/declare", include_in_schema=False)
async def declare_here(code: FromPath[str], in_scope: NamedDependency[Scope]) -> Redirect:
    """The desk of the door's facility for its people, its page for those who oversee it; to all
    others a door that is not theirs looks like one that was never issued.
    """
    address = (await read_address(in_scope, code)).address
    if address.facility_id is None:
        raise not_found("digital_address")
    facility = await facility_in_scope(in_scope, address.facility_id)
    desk = facility.id in in_scope.actor.facility_ids and facility.status == "active"
    return Redirect(
        f"/desk/{facility.id}" if desk else f"/facilities/{facility.id}", status_code=303
    )


def _meant(code: str) -> str | None:
    """The code that was probably meant, as it is printed."""
    try:
        corrected = correct(code)
    except Invalid:
        return None
    return format_code(corrected) if corrected else None
