"""What a scanned door plate leads to: the code, whether it is one, and where its cell lies. Nothing
about who lives there: that is for the people of the facility and their ward.
"""

from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from asm.errors import Invalid
from asm.geo.door_code import correct, decode, format_code
from asm.web.page import WebRequest, page


@get("/A/{code:str}", include_in_schema=False)
async def door_page(request: WebRequest, code: FromPath[str]) -> Response[Any]:
    try:
        lat, lon, unit = decode(code)
    except Invalid as refusal:
        meant = _meant(code)
        return page(request, "door.html", status=422, refusal=refusal, meant=meant)
    return page(
        request,
        "door.html",
        refusal=None,
        code=format_code(code),
        lat=lat,
        lon=lon,
        unit=unit,
    )


def _meant(code: str) -> str | None:
    """The code that was probably meant, as it is printed."""
    try:
        found = correct(code)
    except Invalid:
        return None
    return format_code(found) if found else None
