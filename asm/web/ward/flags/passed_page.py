"""What another ward passed on to this one, or a ward to its province; and the answers."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.checks.flags.pass_on import answer_passed, passed_here
from asm.errors import Conflict, Invalid
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page


@get(
    ["/ward/flags/passed", "/province/passed"],
    include_in_schema=False,
    opt={"query": ["done"]},
)
async def passed_page(request: WebRequest, in_scope: NamedDependency[Scope]) -> Response[Any]:
    return await _page(request, in_scope)


@post(
    ["/ward/flags/passed/{case_id:uuid}/answer", "/province/passed/{case_id:uuid}/answer"],
    include_in_schema=False,
    status_code=200,
)
async def answer(
    request: WebRequest, case_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    typed = str((await request.form()).get("answer", ""))
    try:
        async with in_scope.session.begin_nested():
            await answer_passed(in_scope, case_id, typed)
    except (Invalid, Conflict) as refusal:
        problems = problems_of_refusal(refusal, {"note": f"answer-{case_id}"}, f"answer-{case_id}")
        return await _page(request, in_scope, problems, {str(case_id): typed})
    return Redirect(f"{_list_of(request)}?done=passed_answered", status_code=303)


def _list_of(request: WebRequest) -> str:
    return request.url.path.split("/passed/")[0] + "/passed"


async def _page(
    request: WebRequest,
    scope: Scope,
    form_problems: list[FormProblem] | None = None,
    typed: dict[str, str] | None = None,
) -> Response[Any]:
    return page(
        request,
        "ward/flags/passed.html",
        actor=scope.actor,
        status=422 if form_problems else 200,
        passed=await passed_here(scope),
        base="/province/passed"
        if request.url.path.startswith("/province")
        else "/ward/flags/passed",
        form_problems=form_problems or [],
        typed=typed or {},
    )
