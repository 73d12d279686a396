"""The official spreadsheet over the JSON interface."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, post
from litestar.di import NamedDependency, Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody
from litestar.params import FromPath, FromQuery

from asm.accounts.access import Scope
from asm.api.access import provide_declare
from asm.api.metrics import count_outcome
from asm.api.problems import documented, unavailable
from asm.api.v1.idempotency import REPLAYED, IdempotencyKey, required_key
from asm.imports.declare_workbook import ImportOutcome, WorkbookImport, declare_workbook
from asm.stays.intake.group_commit import Declare
from asm.stays.receipts.not_taken import outcome_unknown

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass
class WorkbookOperation(Operation):
    """The workbook travels as the body itself, which no parameter tells."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(content={XLSX: OpenAPIMediaType()}, required=True)


@post(
    "/facilities/{facility_id:uuid}/imports",
    operation_id="importWorkbook",
    operation_class=WorkbookOperation,
    responses={
        200: ResponseSpec(
            ImportOutcome,
            description="A replay, a dry run, or nothing new stored",
            generate_examples=False,
        ),
        **documented(401, 403, 404, 409, 422, outcome_unknown(), unavailable()),
    },
    dependencies={"declare_stays": Provide(provide_declare)},
)
async def import_workbook(
    facility_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    in_scope: NamedDependency[Scope],
    declare_stays: NamedDependency[Declare],
    idempotency_key: IdempotencyKey = None,
    dry_run: FromQuery[bool] = False,
) -> Response[ImportOutcome]:
    """Declare the guests of the official 19-column workbook, sent as the request's body."""
    outcome = await declare_workbook(
        in_scope,
        declare_stays,
        WorkbookImport(
            facility_id=facility_id,
            data=await request.body(),
            key=None if dry_run else required_key(idempotency_key),
            dry_run=dry_run,
        ),
    )
    count_outcome(outcome)
    stored = outcome.accepted > 0 and not outcome.replayed and not dry_run
    return Response(
        outcome, status_code=201 if stored else 200, headers=REPLAYED if outcome.replayed else {}
    )


HANDLERS = [import_workbook]
