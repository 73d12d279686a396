"""The official spreadsheet over the JSON interface."""

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Request, Response, post
from litestar.di import NamedDependency, Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.api.access import provide_declare, sending_actor
from asm.api.file_operation import XLSX, FileOperation
from asm.api.problems import documented, unavailable
from asm.api.v1.idempotency import REPLAYED, IdempotencyKey, required_key
from asm.imports.declare_workbook import (
    ImportOutcome,
    WorkbookImport,
    declare_workbook,
    workbook_body,
)
from asm.imports.mark_import import marked_import
from asm.imports.sheet_answers import sheet_answers
from asm.intake.sheets.workbook import OrderAnswer, SheetAnswers
from asm.metrics.counted import count_outcome
from asm.stays.intake.group_commit import Declare
from asm.stays.receipts.not_taken import Unsent, outcome_unknown

AcceptFixes = Annotated[
    str | None,
    QueryParameter(description="Cells whose suggested value is accepted (`H5,H7`), or `all`."),
]
BirthOrder = Annotated[
    OrderAnswer | None,
    QueryParameter(description="How the file writes birth dates, where it does not show it."),
]
StayOrder = Annotated[
    OrderAnswer | None,
    QueryParameter(description="How it writes arrivals and departures, where it does not show it."),
]


def provide_answers(
    accept_fixes: AcceptFixes = None,
    birth_order: BirthOrder = None,
    stay_order: StayOrder = None,
) -> SheetAnswers:
    """What is answered to an earlier reading of the file, from the query."""
    return sheet_answers(accept_fixes, birth_order, stay_order)


_DEPENDENCIES: Final = {
    "declare_stays": Provide(provide_declare),
    "answers": Provide(provide_answers, sync_to_thread=False),
}


@dataclass
class _ImportOperation(FileOperation):
    takes = (XLSX,)


@dataclass
class _MarkOperation(_ImportOperation):
    gives = (XLSX,)


async def _provide_importing_actor(
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    facility_id: FromPath[UUID],
    answers: NamedDependency[SheetAnswers],
    idempotency_key: IdempotencyKey = None,
    dry_run: FromQuery[bool] = False,
) -> Actor:
    """Who imports. While the database is away: Unavailable, with the signed proof for whoever was
    known before.
    """
    unsent = None
    if idempotency_key and not dry_run:
        body = workbook_body(await request.body(), answers)
        unsent = Unsent(facility_id=facility_id, key=idempotency_key, body=body)
    return await sending_actor(request, session, facility_id, unsent)


@post(
    "/facilities/{facility_id:uuid}/imports",
    operation_id="importWorkbook",
    operation_class=_ImportOperation,
    responses={
        200: ResponseSpec(
            ImportOutcome,
            description="A replay, a dry run, or nothing new stored",
            generate_examples=False,
        ),
        **documented(401, 403, 404, 409, 422, outcome_unknown(), unavailable()),
    },
    dependencies=_DEPENDENCIES | {"actor": Provide(_provide_importing_actor)},
)
async def import_workbook(
    facility_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    in_scope: NamedDependency[Scope],
    declare_stays: NamedDependency[Declare],
    answers: NamedDependency[SheetAnswers],
    idempotency_key: IdempotencyKey = None,
    dry_run: FromQuery[bool] = False,
) -> Response[ImportOutcome]:
    """Declare the guests of the official 19-column workbook, sent as the request's body.

    With `dry_run` nothing is stored, and the answer says what would be: refused rows with their
    names and values, fixes to accept, dates to choose between. The answers go with the file when it
    is sent: `accept_fixes` (`all`, or cells such as `H5,H7`), `birth_order` and `stay_order`.
    """
    outcome = await declare_workbook(
        in_scope,
        declare_stays,
        WorkbookImport(
            facility_id=facility_id,
            data=await request.body(),
            key=None if dry_run else required_key(idempotency_key),
            dry_run=dry_run,
            answers=answers,
        ),
    )
    count_outcome(outcome)
    stored = outcome.accepted > 0 and not outcome.replayed and not dry_run
    return Response(
        outcome, status_code=201 if stored else 200, headers=REPLAYED if outcome.replayed else {}
    )


@post(
    "/facilities/{facility_id:uuid}/imports/marked",
    operation_id="markWorkbook",
    operation_class=_MarkOperation,
    media_type=XLSX,
    status_code=200,
    responses=documented(401, 403, 404, 409, 422, unavailable()),
    dependencies=_DEPENDENCIES,
)
async def mark_workbook(
    facility_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    in_scope: NamedDependency[Scope],
    declare_stays: NamedDependency[Declare],
    answers: NamedDependency[SheetAnswers],
    language: FromQuery[Literal["vi", "en"]] = "vi",
) -> Response[bytes]:
    """The workbook of the request's body, given back with a column “Lỗi” that says what is wrong in
    each row, and its bad cells coloured. Nothing is declared; accepted fixes are written in.
    """
    content = await marked_import(
        in_scope,
        declare_stays,
        WorkbookImport(
            facility_id=facility_id,
            data=await request.body(),
            answers=answers,
        ),
        language,
    )
    return Response(content, media_type=XLSX)


HANDLERS = [import_workbook, mark_workbook]
