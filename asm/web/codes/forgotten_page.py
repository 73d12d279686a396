"""Who forgot the password. The answer is the same for every login, as is the work that is done for
it; what differs happens later, in the worker.
"""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.codes.issue import ask_reset_codes
from asm.accounts.codes.tries import ASKS_OF_ADDRESS, ASKS_OF_LOGIN, count_try, within_limit
from asm.errors import TooMany
from asm.headers import Header
from asm.identity.vault.keys import Keys
from asm.notify.messages.account_messages import request_code_messages
from asm.settings import Settings
from asm.web.codes.held import client_address, keys_of_codes
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
) -> Response[Any]:
    login = str((await request.form()).get("login", "")).strip().lower()[:200]
    code_keys = keys_of_codes(keys)
    try:
        await count_try(session, code_keys.bucket("asks", client_address(request)), ASKS_OF_ADDRESS)
    except TooMany as refusal:
        answer = _page(request, settings, refusal=refusal)
        answer.headers[Header.RETRY_AFTER] = str(refusal.retry_after_s)
        return answer
    if await within_limit(session, code_keys.bucket("asks for", login), ASKS_OF_LOGIN) is None:
        codes = await ask_reset_codes(session, code_keys, login)
        await request_code_messages(session, code_keys, codes)
    return _page(request, settings, done=True)


def _page(
    request: WebRequest,
    settings: Settings,
    *,
    done: bool = False,
    refusal: TooMany | None = None,
) -> Response[Any]:
    return page(
        request,
        "codes/forgotten.html",
        status=200 if refusal is None else refusal.status,
        done=done,
        by_mail=bool(settings.notify.smtp_url),
        form_problems=[] if refusal is None else problems_of_refusal(refusal, {}, "login"),
    )
