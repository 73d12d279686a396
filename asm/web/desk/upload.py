"""The spreadsheet at the desk: first what would happen, then sending, and the file with its marks.

Nothing is kept between the two: the page that shows what would happen carries the file.
"""

from typing import Any, Final
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.accounts.sessions import enter_again
from asm.errors import Invalid, Unavailable
from asm.facilities.scope import facility_in_scope, require_member
from asm.headers import Header
from asm.imports.declare_workbook import ImportOutcome, WorkbookImport, declare_workbook
from asm.imports.mark_import import Language, marked_import
from asm.intake.sheets.xlsx_template import build_workbook
from asm.stays.intake.group_commit import Declare
from asm.web.desk.away import provide_file_sender, unsent_page
from asm.web.desk.import_view import LABELS, ImportView, import_view
from asm.web.desk.sent_workbook import carried_file, no_file, sent_answers, sent_file, sent_key
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.page_texts import language_of

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@get("/desk/{facility_id:uuid}/import", include_in_schema=False)
async def import_page(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    return await _answer(request, in_scope, facility_id)


@get("/desk/{facility_id:uuid}/import/form.xlsx", include_in_schema=False, media_type=_XLSX)
async def blank_form(actor: NamedDependency[Actor], facility_id: FromPath[UUID]) -> bytes:  # noqa: ARG001 -- signed-in people only; the form is the same for all
    return build_workbook()


@post(
    "/desk/{facility_id:uuid}/import",
    include_in_schema=False,
    status_code=200,
    opt={"file": True},
    dependencies={"actor": Provide(provide_file_sender)},
)
async def import_file(
    request: WebRequest,
    facility_id: FromPath[UUID],
    in_scope: NamedDependency[Scope],
    declare_stays: NamedDependency[Declare],
) -> Response[Any]:
    """Says what would happen; declares when the form says `send`."""
    form = await request.form()
    data = await sent_file(form)
    if not data:
        return await _answer(request, in_scope, facility_id, form_problems=[no_file(form)])
    dry_run = form.get("step") != "send"
    wanted = WorkbookImport(
        facility_id=facility_id,
        data=data,
        key=None if dry_run else sent_key(form, data),
        dry_run=dry_run,
        answers=sent_answers(form),
    )
    try:
        outcome = await declare_workbook(in_scope, declare_stays, wanted)
    except Unavailable as refusal:
        if dry_run:
            raise
        desk = (facility_id, in_scope.actor)
        raise unsent_page(request, desk, form, wanted.key or "", refusal, data) from refusal
    except Invalid as refusal:
        await enter_again(in_scope)
        if not isinstance(refusal.outcome, ImportOutcome):
            form_problems = problems_of_refusal(refusal, {}, "file")
            kept = b"" if refusal.code == "workbook_unreadable" else data
            return await _answer(
                request, in_scope, facility_id, form_problems=form_problems, data=kept
            )
        outcome = refusal.outcome
    else:
        await enter_again(in_scope)
    view = import_view(outcome, wanted.answers)
    return await _answer(request, in_scope, facility_id, view=view, data=data, preview=dry_run)


@post(
    "/desk/{facility_id:uuid}/import/marked.xlsx",
    include_in_schema=False,
    status_code=200,
    opt={"file": True},
)
async def marked_file(
    request: WebRequest,
    facility_id: FromPath[UUID],
    in_scope: NamedDependency[Scope],
    declare_stays: NamedDependency[Declare],
) -> Response[Any]:
    form = await request.form()
    data = await sent_file(form)
    if not data:
        return await _answer(request, in_scope, facility_id, form_problems=[no_file(form)])
    wanted = WorkbookImport(facility_id=facility_id, data=data, answers=sent_answers(form))
    language: Language = "en" if language_of(request) == "en" else "vi"
    try:
        content = await marked_import(in_scope, declare_stays, wanted, language)
    except Invalid as refusal:
        await enter_again(in_scope)
        form_problems = problems_of_refusal(refusal, {}, "file")
        return await _answer(request, in_scope, facility_id, form_problems=form_problems)
    name = {Header.CONTENT_DISPOSITION: 'attachment; filename="DS_KHACH_DANH_DAU.xlsx"'}
    return Response(content, media_type=_XLSX, headers=name)


async def _answer(
    request: WebRequest,
    scope: Scope,
    facility_id: UUID,
    *,
    view: ImportView | None = None,
    data: bytes = b"",
    preview: bool = False,
    form_problems: list[FormProblem] | None = None,
) -> Response[Any]:
    facility = await facility_in_scope(scope, facility_id)
    require_member(scope.actor, facility)
    nothing = view is not None and view.nothing
    return page(
        request,
        "desk/import.html",
        actor=scope.actor,
        status=422 if form_problems or nothing else 200,
        facility=facility,
        key=str(uuid4()),
        view=view,
        preview=preview,
        carried=carried_file(data),
        labels=LABELS,
        form_problems=form_problems or [],
    )
