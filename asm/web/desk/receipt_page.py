"""The receipt to print or keep, with its QR."""

import io
from typing import Any

import segno
from litestar import Response, get
from litestar.di import NamedDependency

from asm.facilities.scope import facility_in_scope
from asm.settings import Settings
from asm.stays.queries import stay_in_scope
from asm.stays.receipts.receipt import verify_url
from asm.stays.receipts.stored import receipt_of
from asm.stays.stay_at import StayAt
from asm.web.page import WebRequest, page


def qr_svg(text: str) -> str:
    """A QR as an SVG file without style attributes; a fifteenth of it may be damaged."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", border=3, omitsize=True, xmldecl=False, dark="#000", light="#fff"
    )
    return drawn.getvalue().decode()


@get("/desk/{facility_id:uuid}/stays/{stay_id:uuid}/receipt", include_in_schema=False)
async def receipt_page(
    request: WebRequest,
    stay_at: NamedDependency[StayAt],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    receipt = await receipt_of(stay_at)
    return page(
        request,
        "desk/receipt.html",
        actor=stay_at.access.actor,
        receipt=receipt,
        stay=await stay_in_scope(stay_at),
        facility=await facility_in_scope(stay_at.access, stay_at.facility_id),
        verify_url=verify_url(settings.public_url, receipt),
    )


@get(
    "/desk/{facility_id:uuid}/stays/{stay_id:uuid}/receipt/qr.svg",
    include_in_schema=False,
    media_type="image/svg+xml",
)
async def receipt_qr(
    stay_at: NamedDependency[StayAt],
    settings: NamedDependency[Settings],
) -> str:
    receipt = await receipt_of(stay_at)
    return qr_svg(verify_url(settings.public_url, receipt))
