"""The password once more, before a look-up, an export or a watch list, and back to what was meant.

What came as a form waits in the page and goes out when the password was right: nothing that was
typed is typed again. Numbers stand in no address: they travel in the form's own fields.
"""

from typing import Any, Final
from urllib.parse import quote, urlsplit

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.accounts.login import token_hash
from asm.accounts.own.step_up import StepUpRequired, require_step_up, step_up
from asm.accounts.throttling.limits import AT_SCREEN
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.errors import Invalid, Refusal, TooMany
from asm.headers import Header
from asm.settings import Settings
from asm.web.cookies import session_token
from asm.web.form_problems import problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.page_access import typed_again
from asm.web.sign_in import local_path

#: Before the name of each field that is sent once more.
_KEPT: Final = "kept."


class StepUpFirst(StepUpRequired):
    """A form came too late after the password. `again`: its fields, to be sent once more; None for
    files and passwords, which do not travel twice.
    """

    def __init__(self, code: str, *, again: list[tuple[str, str]] | None) -> None:
        super().__init__(code)
        self.again = again


async def require_step_up_of_form(request: WebRequest, actor: Actor) -> None:
    """`require_step_up` for a form: what was typed waits while the password is typed again."""
    try:
        require_step_up(actor)
    except StepUpRequired as late:
        raise await step_up_of_form(request) from late


async def step_up_of_form(request: WebRequest) -> StepUpFirst:
    """The answer to a form that came too late after the password."""
    return StepUpFirst("step_up_required", again=typed_again(await request.form()))


def step_up_answer(
    request: WebRequest, late: StepUpRequired, reader: Actor | None
) -> Response[Any]:
    """Where the password is typed: with the way back to a page, and with a form the form."""
    if request.method in {"GET", "HEAD"}:
        query = f"?{request.url.query}" if request.url.query else ""
        back = quote(request.url.path + query, safe="")
        return Redirect(f"/step-up?next={back}", status_code=303)
    again = late.again if isinstance(late, StepUpFirst) else None
    return _form(request, reader, _from_here(request), again=again, to=request.url.path, status=403)


@get("/step-up", include_in_schema=False)
async def step_up_page(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    next: FromQuery[str] = "/",  # noqa: A002 -- the customary name
) -> Response[Any]:
    return _form(request, in_scope.actor, local_path(next))


@post("/step-up", include_in_schema=False, status_code=200)
async def confirm_password(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    settings: NamedDependency[Settings],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    form = await request.form()
    back, to = local_path(str(form.get("next", "/"))), str(form.get("to", ""))
    again = [
        (name.removeprefix(_KEPT), value)
        for name, value in form.multi_items()
        if name.startswith(_KEPT) and isinstance(value, str)
    ]
    try:
        counted = await throttle.count_try(AT_SCREEN, origin, str(in_scope.actor.id))
        await step_up(
            in_scope,
            token_hash(session_token(request, settings) or ""),
            str(form.get("password", "")),
        )
    except (Invalid, TooMany) as refusal:
        return _form(request, in_scope.actor, back, again=again or None, to=to, refusal=refusal)
    await in_scope.session.commit()
    await throttle.succeeded(counted)
    if again and to and local_path(to) == to:
        return page(request, "account/stepped_up.html", actor=in_scope.actor, to=to, again=again)
    return Redirect(back, status_code=303)


def _form(
    request: WebRequest,
    reader: Actor | None,
    back: str,
    *,
    again: list[tuple[str, str]] | None = None,
    to: str = "",
    refusal: Refusal | None = None,
    status: int = 200,
) -> Response[Any]:
    problems = [] if refusal is None else problems_of_refusal(refusal, {}, "password")
    answer = page(
        request,
        "account/step_up.html",
        actor=reader,
        status=refusal.status if refusal else status,
        form_problems=problems,
        next=back,
        to=to,
        kept=[(f"{_KEPT}{name}", value) for name, value in again or []],
        lost=status == StepUpRequired.status and again is None,
    )
    if refusal is not None and refusal.retry_after_s is not None:
        answer.headers[Header.RETRY_AFTER] = str(refusal.retry_after_s)
    return answer


def _from_here(request: WebRequest) -> str:
    """The page that the form stood on."""
    return local_path(urlsplit(request.headers.get(Header.REFERER, "")).path)
