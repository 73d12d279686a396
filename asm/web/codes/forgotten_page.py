"""Who forgot the password. The answer is the same for every login, as is the work that is done for
it; what differs happens later, in the worker.
"""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.codes.issue import ask_reset_codes
from asm.accounts.throttling.limits import ASKS, MAILED_TO
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.errors import Invalid, TooMany, invalid_field
from asm.headers import Header
from asm.identity.vault.keys import Keys
from asm.notify.messages.account_messages import request_code_messages
from asm.settings import Settings
from asm.web.codes.held import keys_of_codes
from asm.web.form_problems import problems_of_refusal
from asm.web.page import WebRequest, page


@get("/forgotten", include_in_schema=False)
async def forgotten_page(request: WebRequest, settings: NamedDependency[Settings]) -> Response[Any]:
    return _page(request, settings)


@post("/forgotten", include_in_schema=False, status_code=200)
async def ask_for_code(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    settings: NamedDependency[Settings],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    login = str((await request.form()).get("login", ""))[:200]
    if not login.strip():
        return _page(request, settings, refusal=invalid_field("/login", "login_missing"))
    code_keys = keys_of_codes(keys)
    try:
        await throttle.count_try(ASKS, origin)
    except TooMany as refusal:
        answer = _page(request, settings, refusal=refusal)
        answer.headers[Header.RETRY_AFTER] = str(refusal.retry_after_s)
        return answer
    if await _may_be_sent(throttle, origin, login):
        codes = await ask_reset_codes(session, code_keys, login)
        await request_code_messages(session, code_keys, codes)
    return _page(request, settings, done=True)


async def _may_be_sent(throttle: Throttle, origin: RequestOrigin, login: str) -> bool:
    """Whether nobody's mailbox is flooded by it; the answer is the same."""
    try:
        await throttle.count_try(MAILED_TO, origin, login)
    except TooMany:
        return False
    return True


def _page(
    request: WebRequest,
    settings: Settings,
    *,
    done: bool = False,
    refusal: TooMany | Invalid | None = None,
) -> Response[Any]:
    return page(
        request,
        "codes/forgotten.html",
        status=200 if refusal is None else refusal.status,
        done=done,
        by_mail=bool(settings.notify.smtp_url),
        form_problems=[] if refusal is None else problems_of_refusal(refusal, {}, "login"),
    )
