"""Where providers of text messages call back. Public: the signature says who calls."""

import time
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import Invalid, NotAllowed, not_found
from asm.headers import Header
from asm.notify.channels.guarded_http import is_signed
from asm.notify.channels.secret_file import read_secret
from asm.notify.delivery_reports import CallBack, record_report
from asm.settings import NotifySettings, Settings

LONGEST_BODY: Final = 2000


@post("/api/providers/{channel:str}", include_in_schema=False, status_code=200)
async def provider_calls(
    request: Request[Any, Any, Any],
    channel: FromPath[str],
    settings: NamedDependency[Settings],
    session: NamedDependency[AsyncSession],
) -> dict[str, str]:
    """The answer is the same whether the id is known or not."""
    secret_file = _secret_file(settings.notify, channel)
    if secret_file is None:
        raise not_found("route")
    body = await request.body()
    signature = request.headers.get(Header.ASM_SIGNATURE, "")
    if len(body) > LONGEST_BODY or not is_signed(
        read_secret(secret_file), signature, int(time.time()), body
    ):
        raise NotAllowed("signature_wrong")
    try:
        call_back = msgspec.json.decode(body, type=CallBack)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid("call_back_unreadable") from error
    await record_report(session, channel, call_back)
    return {"status": "heard"}


provider_handlers = [provider_calls]


def _secret_file(notify_settings: NotifySettings, channel: str) -> Path | None:
    """None for a channel that this installation does not have, or that nobody calls back for."""
    if channel == "sms" and notify_settings.sms_url:
        return notify_settings.sms_secret_file
    if channel == "zalo" and notify_settings.zalo_url:
        return notify_settings.zalo_secret_file
    return None
