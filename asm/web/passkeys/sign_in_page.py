"""Signing in with a passkey, by the form of the sign-in page."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.passkeys.passkey_sign_in import sign_in_by_passkey
from asm.accounts.throttling.known_origins import fresh_device
from asm.accounts.throttling.limits import PASSKEY
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.errors import Invalid, TooMany
from asm.identity.vault.keys import KeyFiles
from asm.settings import Settings
from asm.web.cookies import device_of_request
from asm.web.page import WebRequest
from asm.web.passkeys.offered import SIGN_IN, browser_secret, ceremony
from asm.web.sign_in import SignInForm, let_in, local_path, show_sign_in


@post("/sign-in/passkey", include_in_schema=False, status_code=200)
async def open_by_passkey(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
    key_files: NamedDependency[KeyFiles],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    form = await request.form()
    back = local_path(str(form.get("next", "/")))
    asking = ceremony(request, settings, key_files, browser_secret(request, settings), SIGN_IN)
    try:
        counted = await throttle.count_try(PASSKEY, origin)
        signed_in = await sign_in_by_passkey(
            session, asking, str(form.get("answer", "")), device=device_of_request(request)
        )
    except (Invalid, TooMany) as refusal:
        return show_sign_in(
            request, settings, key_files, SignInForm(back=back, refusal=refusal, about="passkey")
        )
    # What is known of an account refers to its sign-in: that is there for all first.
    await session.commit()
    await throttle.succeeded(counted)
    device = origin.device or fresh_device()
    await throttle.know(origin, signed_in.account_id, device)
    return let_in(request, settings, signed_in, device, back)


@get("/.well-known/webauthn", include_in_schema=False, media_type="application/json")
async def related_origins(settings: NamedDependency[Settings]) -> dict[str, list[str]]:
    """Read by browsers at the former host: passkeys made for it are good at the present one too
    (WebAuthn Level 3, related origin requests).
    """
    return {"origins": [settings.public_url]}


PUBLIC_HANDLERS = [open_by_passkey, related_origins]
