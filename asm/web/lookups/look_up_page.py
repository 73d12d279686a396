"""Look a person up: a form, and the answer under an address of its own, which names the look-up and
nobody: loaded again, or gone back to, it shows the same and looks nobody up.
"""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Access, Scope
from asm.accounts.actor import require_role
from asm.accounts.login import token_hash
from asm.accounts.own.step_up import StepUpRequired, require_step_up
from asm.accounts.roles import PROVINCIAL_OFFICER, WARD_OFFICER
from asm.errors import Invalid, Refusal, TooMany
from asm.headers import Header
from asm.lookups.break_glass import open_glasses
from asm.lookups.look_up import (
    ANSWER_MINUTES,
    LookedUp,
    LookUpForm,
    look_up_person,
    looked_up,
    own_look_ups,
)
from asm.lookups.reasons import REASONS
from asm.settings import Settings
from asm.web.account.step_up_page import step_up_of_form
from asm.web.cookies import session_token
from asm.web.form_problems import problems_of_refusal
from asm.web.page import WebRequest, page

_FIELDS: Final = ("kind", "number", "nationality", "reason", "note", "case_number", "glass_id")
_INPUTS: Final = {name: name for name in _FIELDS}


@get("/lookups", include_in_schema=False, opt={"query": ["glass"]})
async def look_up_page(request: WebRequest, in_scope: NamedDependency[Scope]) -> Response[Any]:
    require_role(in_scope.actor, WARD_OFFICER, PROVINCIAL_OFFICER)
    require_step_up(in_scope.actor)
    return await _page(request, in_scope, dict.fromkeys(_FIELDS, ""))


@post("/lookups", include_in_schema=False, status_code=200)
async def look_up(
    request: WebRequest, access: NamedDependency[Access], settings: NamedDependency[Settings]
) -> Response[Any]:
    form = await request.form()
    typed = {name: str(form.get(name, "")) for name in _FIELDS}
    wanted = msgspec.convert({**typed, "glass_id": _glass(typed["glass_id"])}, LookUpForm)
    try:
        look_up_id = await look_up_person(access, own_session(request, settings), wanted)
    except StepUpRequired as late:
        raise await step_up_of_form(request) from late
    except (Invalid, TooMany) as refusal:
        return await _page(request, access, typed, refusal=refusal)
    return Redirect(f"/lookups/{look_up_id}", status_code=303)


@get("/lookups/{look_up_id:uuid}", include_in_schema=False)
async def answer_page(
    request: WebRequest,
    look_up_id: FromPath[UUID],
    access: NamedDependency[Access],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    answer = await looked_up(access, own_session(request, settings), look_up_id)
    typed = dict.fromkeys(_FIELDS, "")
    if answer is not None:
        typed |= {name: getattr(answer, name) for name in ("reason", "note", "case_number")}
        typed["glass_id"] = str(answer.glass_id or "")
    return await _page(request, access, typed, answer=answer, gone=answer is None)


def own_session(request: WebRequest, settings: Settings) -> bytes:
    """The hash of the session that asks, by which the database looks itself who it is."""
    return token_hash(session_token(request, settings) or "")


def _glass(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return UUID(int=0)  # nobody's


async def _page(
    request: WebRequest,
    scope: Scope,
    typed: dict[str, str],
    *,
    answer: LookedUp | None = None,
    refusal: Refusal | None = None,
    gone: bool = False,
) -> Response[Any]:
    """`gone`: the answer that the address names is no longer shown, or never was this reader's."""
    shown = page(
        request,
        "lookups/look_up.html",
        actor=scope.actor,
        status=404 if gone else refusal.status if refusal else 200,
        form_problems=problems_of_refusal(refusal, _INPUTS, "number") if refusal else [],
        typed=typed,
        answer=answer,
        gone=ANSWER_MINUTES if gone else None,
        reasons=REASONS,
        glasses=await open_glasses(scope),
        own=await own_look_ups(scope.session, scope.actor.id),
        glass_broken=request.query_params.get("glass") == "open",
    )
    if refusal is not None and refusal.retry_after_s is not None:
        shown.headers[Header.RETRY_AFTER] = str(refusal.retry_after_s)
    return shown
