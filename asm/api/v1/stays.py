"""Declare stays, change them, read them and their receipts."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from asm.accounts.access import Access
from asm.accounts.actor import Actor
from asm.api.access import provide_declare, provide_declaring_actor
from asm.api.again.if_match import etag_of_version
from asm.api.file_operation import SVG, SvgOperation
from asm.api.problems import documented, unavailable
from asm.api.v1.declare_json import DeclareRequest, answer_of, declare_entries
from asm.api.v1.fast_declare import FastDeclare
from asm.api.v1.idempotency import IdempotencyKey
from asm.api.v1.paging import PageNumber, VersionNumber
from asm.api.v1.stay_inputs import StayDeclaration
from asm.headers import Header
from asm.settings import Settings
from asm.stays.declaration import Outcome
from asm.stays.intake.group_commit import Declare
from asm.stays.queries import (
    StayPage,
    StayView,
    Window,
    recent_stays,
    stay_in_scope,
    stays_in_house,
)
from asm.stays.receipts.not_taken import outcome_unknown
from asm.stays.receipts.qr import qr_svg
from asm.stays.receipts.receipt import Receipt, verify_url
from asm.stays.receipts.stored import receipt_of
from asm.stays.stay_at import StayAt
from asm.stays.versions import StayVersionView, stay_versions


@post(
    "/facilities/{facility_id:uuid}/stays",
    operation_id="declareStay",
    responses={
        200: ResponseSpec(
            Outcome,
            description="A replay, a dry run, or nothing new stored",
            generate_examples=False,
        ),
        **documented(401, 403, 404, 409, 422, outcome_unknown(), unavailable()),
    },
    dependencies={
        "actor": Provide(provide_declaring_actor),
        "declare_stays": Provide(provide_declare),
    },
    middleware=[FastDeclare],
)
async def declare(
    facility_id: FromPath[UUID],
    data: JSONBody[StayDeclaration],
    actor: NamedDependency[Actor],
    declare_stays: NamedDependency[Declare],
    idempotency_key: IdempotencyKey = None,
    dry_run: FromQuery[bool] = False,
) -> Response[Outcome]:
    """Declare a party. Each guest has a result; refused guests do not sink the others.

    `dry_run=true` takes the same path and stores nothing. 422 when no guest was accepted.
    """
    outcome = await declare_entries(
        declare_stays,
        actor,
        DeclareRequest(facility_id=facility_id, data=data, key=idempotency_key, dry_run=dry_run),
    )
    status, headers = answer_of(outcome)
    return Response(outcome, status_code=status, headers=headers)


@get(
    "/facilities/{facility_id:uuid}/stays",
    operation_id="listStays",
    responses=documented(401, 404),
)
async def list_stays(
    facility_id: FromPath[UUID],
    access: NamedDependency[Access],
    in_house: FromQuery[bool] = True,
    page: PageNumber = 1,
) -> StayPage:
    """Who is in the facility now, or (`in_house=false`) all declarations, newest first."""
    read = stays_in_house if in_house else recent_stays
    return await read(access, facility_id, Window(page=page))


@get(
    "/facilities/{facility_id:uuid}/stays/{stay_id:uuid}",
    operation_id="getStay",
    responses=documented(401, 404),
)
async def read_stay(
    stay_at: NamedDependency[StayAt],
) -> Response[StayView]:
    """One stay with its guest. Its `ETag` goes with a change as `If-Match`."""
    stay = await stay_in_scope(stay_at)
    return Response(stay, headers={Header.ETAG: etag_of_version(stay.version)})


@get(
    "/facilities/{facility_id:uuid}/stays/{stay_id:uuid}/versions",
    operation_id="listStayVersions",
    responses=documented(401, 404),
)
async def versions(
    stay_at: NamedDependency[StayAt],
) -> list[StayVersionView]:
    """Every version of a stay with what each change altered."""
    return await stay_versions(stay_at)


@get(
    "/facilities/{facility_id:uuid}/stays/{stay_id:uuid}/receipt",
    operation_id="getReceipt",
    responses=documented(401, 404),
)
async def receipt(
    stay_at: NamedDependency[StayAt],
    version: VersionNumber = None,
) -> Receipt:
    """The signed receipt of the newest (or given) version."""
    return await receipt_of(stay_at, version)


@get(
    "/facilities/{facility_id:uuid}/stays/{stay_id:uuid}/receipt.svg",
    operation_id="getReceiptQr",
    operation_class=SvgOperation,
    media_type=SVG,
    responses=documented(401, 404),
)
async def receipt_qr(
    stay_at: NamedDependency[StayAt],
    settings: NamedDependency[Settings],
) -> bytes:
    """The QR of the receipt: the public check page with the token behind `#`."""
    newest = await receipt_of(stay_at)
    return qr_svg(verify_url(settings.public_url, newest))


HANDLERS = [declare, list_stays, read_stay, versions, receipt, receipt_qr]
