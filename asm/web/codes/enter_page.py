"""Where a one-time code is typed. A link leads here and says which code is meant, not what it is:
programs that look at links, scripts and all, can neither change nor learn anything.
"""

from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.codes.use_code import hold_code
from asm.accounts.throttling.limits import CODE
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.errors import Invalid, TooMany
from asm.headers import Header
from asm.identity.vault.keys import Keys
from asm.settings import Settings
from asm.stays.receipts.qr import qr_svg
from asm.web.codes.held import held_cookie, keys_of_codes
from asm.web.form_problems import problems_of_refusal
from asm.web.page import WebRequest, in_chat_browser, page
from asm.web.sign_in import local_path

_INPUTS: Final = {"code": "code"}


@get("/codes", include_in_schema=False)
async def enter_page(
    request: WebRequest,
    next: FromQuery[str] = "/",  # noqa: A002 -- the customary name
) -> Response[Any]:
    return _page(request, None, back=local_path(next))


@get("/codes/{code_id:uuid}", include_in_schema=False)
async def link_to_code(request: WebRequest, code_id: FromPath[UUID]) -> Response[Any]:
    return _page(request, code_id)


@get("/codes/{code_id:uuid}/qr.svg", include_in_schema=False, media_type="image/svg+xml")
async def code_qr(code_id: FromPath[UUID], settings: NamedDependency[Settings]) -> bytes:
    """The link as a picture, for a slip of paper: of any id, also where there is no such code."""
    return qr_svg(f"{settings.public_url}/codes/{code_id}")


@post("/codes", include_in_schema=False, status_code=200)
async def enter_code(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    settings: NamedDependency[Settings],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    """The code is right: this browser holds it, and is asked what it wants to do with it."""
    form = await request.form()
    code_id = _id_of(str(form.get("code_id", "")))
    back = local_path(str(form.get("next", "/")))
    code_keys = keys_of_codes(keys)
    try:
        counted = await throttle.count_try(CODE, origin, None if code_id is None else str(code_id))
        secret = await hold_code(session, code_keys, str(form.get("code", "")))
    except (Invalid, TooMany) as refusal:
        return _page(request, code_id, back=back, refusal=refusal)
    await throttle.succeeded(counted)
    return Redirect(use_path(back), status_code=303, cookies=[held_cookie(settings, secret)])


def use_path(back: str) -> str:
    """Where the code is used, with where its holder was going."""
    return "/codes/use" if back == "/" else f"/codes/use?next={quote(back, safe='')}"


def _id_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _page(
    request: WebRequest,
    code_id: UUID | None,
    *,
    back: str = "/",
    refusal: Invalid | TooMany | None = None,
) -> Response[Any]:
    answer = page(
        request,
        "codes/enter.html",
        status=200 if refusal is None else refusal.status,
        code_id=code_id,
        next=back,
        in_chat=in_chat_browser(request),
        form_problems=[] if refusal is None else problems_of_refusal(refusal, _INPUTS, "code"),
    )
    if refusal is not None and refusal.retry_after_s is not None:
        answer.headers[Header.RETRY_AFTER] = str(refusal.retry_after_s)
    return answer
