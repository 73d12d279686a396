"""Notes that one shift leaves for the next."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.errors import Invalid
from asm.stays.queries import LAST_PAGE
from asm.wards.shift_notes import shift_notes, take_over, write_shift_note
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.ward.flags_page import own_ward


@get("/ward/shift", include_in_schema=False, opt={"query": ["done"]})
async def shift_page(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    number: Annotated[int, QueryParameter(name="page", ge=1, le=LAST_PAGE)] = 1,
) -> Response[Any]:
    return await _page(request, in_scope, number=number)


@post("/ward/shift", include_in_schema=False, status_code=200)
async def write_note_page(request: WebRequest, in_scope: NamedDependency[Scope]) -> Response[Any]:
    typed = str((await request.form()).get("note", ""))
    try:
        async with in_scope.session.begin_nested():
            await write_shift_note(in_scope, own_ward(in_scope.actor), typed)
    except Invalid as refusal:
        form_problems = problems_of_refusal(refusal, {}, "note")
        return await _page(request, in_scope, typed=typed, form_problems=form_problems)
    return Redirect("/ward/shift?done=shift_written", status_code=303)


@post("/ward/shift/{note_id:uuid}/take", include_in_schema=False, status_code=303)
async def take_over_page(note_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> Redirect:
    await take_over(in_scope, own_ward(in_scope.actor), note_id)
    return Redirect("/ward/shift?done=shift_taken", status_code=303)


async def _page(
    request: WebRequest,
    scope: Scope,
    *,
    number: int = 1,
    typed: str = "",
    form_problems: list[FormProblem] | None = None,
) -> Response[Any]:
    return page(
        request,
        "ward/shift.html",
        actor=scope.actor,
        status=422 if form_problems else 200,
        notes=await shift_notes(scope, own_ward(scope.actor), number),
        typed=typed,
        form_problems=form_problems or [],
    )
