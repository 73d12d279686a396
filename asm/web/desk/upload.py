"""The official spreadsheet at the desk: what was read, what was taken, what to mend and where."""

from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.accounts.sessions import enter_again
from asm.errors import Invalid
from asm.facilities.scope import facility_in_scope, require_member
from asm.imports.declare_workbook import ImportOutcome, WorkbookImport, declare_workbook
from asm.intake.sheets.xlsx_template import build_workbook
from asm.stays.intake.group_commit import Declare
from asm.web.form_problems import FormProblem, form_problem, problems_of_refusal
from asm.web.page import WebRequest, page


@get("/desk/{facility_id:uuid}/import", include_in_schema=False)
async def import_page(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    return await _answer(request, in_scope, facility_id)


@get(
    "/desk/{facility_id:uuid}/import/form.xlsx",
    include_in_schema=False,
    media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
async def blank_form(actor: NamedDependency[Actor], facility_id: FromPath[UUID]) -> bytes:  # noqa: ARG001 -- signed-in people only; the form is the same for all
    return build_workbook()


@post("/desk/{facility_id:uuid}/import", include_in_schema=False, status_code=200)
async def import_file(
    request: WebRequest,
    facility_id: FromPath[UUID],
    in_scope: NamedDependency[Scope],
    declare_stays: NamedDependency[Declare],
) -> Response[Any]:
    form = await request.form()
    file = form.get("file")
    data = await file.read() if isinstance(file, UploadFile) else b""
    if not data:
        return await _answer(request, in_scope, facility_id, form_problems=[_NO_FILE])
    wanted = WorkbookImport(facility_id=facility_id, data=data, key=str(form.get("key") or uuid4()))
    try:
        outcome = await declare_workbook(in_scope, declare_stays, wanted)
    except Invalid as refusal:
        await enter_again(in_scope)
        if isinstance(refusal.outcome, ImportOutcome):
            return await _answer(request, in_scope, facility_id, outcome=refusal.outcome)
        form_problems = problems_of_refusal(refusal, {}, "file")
        return await _answer(request, in_scope, facility_id, form_problems=form_problems)
    await enter_again(in_scope)
    return await _answer(request, in_scope, facility_id, outcome=outcome)


async def _answer(
    request: WebRequest,
    scope: Scope,
    facility_id: UUID,
    *,
    outcome: ImportOutcome | None = None,
    form_problems: list[FormProblem] | None = None,
) -> Response[Any]:
    facility = await facility_in_scope(scope, facility_id)
    require_member(scope.actor, facility)
    nothing = outcome is not None and not (outcome.accepted or outcome.merged or outcome.changed)
    return page(
        request,
        "desk/import.html",
        actor=scope.actor,
        status=422 if form_problems or nothing else 200,
        facility=facility,
        key=str(uuid4()),
        outcome=outcome,
        nothing=nothing,
        form_problems=form_problems or [],
    )


_NO_FILE = form_problem("file", "form.file")
