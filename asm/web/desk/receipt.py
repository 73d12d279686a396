"""The receipt to print or keep, with its QR."""

import io
from typing import Any
from uuid import UUID

import segno
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor
from asm.facilities.scope import facility_in_scope
from asm.identity.vault.keys import Keys
from asm.settings import Settings
from asm.stays.queries import receipt_of, stay_in_scope
from asm.stays.receipts.receipt import verify_url
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
    facility_id: FromPath[UUID],
    stay_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
) -> Response[Any]:
    receipt = await receipt_of(session, actor, facility_id, stay_id)
    return page(
        request,
        "desk/receipt.html",
        actor=actor,
        receipt=receipt,
        stay=await stay_in_scope(session, keys, actor, facility_id, stay_id),
        facility=await facility_in_scope(session, actor, facility_id),
        verify_url=verify_url(settings.public_url, receipt),
    )


@get(
    "/desk/{facility_id:uuid}/stays/{stay_id:uuid}/receipt/qr.svg",
    include_in_schema=False,
    media_type="image/svg+xml",
)
async def receipt_qr(
    facility_id: FromPath[UUID],
    stay_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
) -> str:
    receipt = await receipt_of(session, actor, facility_id, stay_id)
    return qr_svg(verify_url(settings.public_url, receipt))
