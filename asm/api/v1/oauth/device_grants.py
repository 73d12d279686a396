"""Tokens for phones: a code exchanged (RFC 6749, 4.1.3, with PKCE, RFC 7636), a refresh token
exchanged (section 6), a phone that signs itself out (RFC 7009). All come with the proof of the
phone's key (RFC 9449), which is looked at before anything else is.
"""

import re
import secrets
from collections.abc import Mapping
from typing import Any, Final

from litestar import Request
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.devices.issue import DeviceTokens
from asm.accounts.devices.proof import Proof
from asm.accounts.devices.proof_guard import ProofGuard
from asm.accounts.devices.refresh import Refresh, refresh_tokens
from asm.accounts.devices.sign_in_code import CodeExchange, exchange_code
from asm.accounts.throttling.limits import DEVICE_SECRET, DEVICE_TOKEN
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.api.dpop.presented import proof_of
from asm.api.one_session import forget_ended
from asm.api.v1.oauth.oauth_form import OAuthRefusal
from asm.errors import Invalid

DEVICE_SCOPE: Final = "host"
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_BINDING: Final = re.compile(r"[A-Za-z0-9_-]{22,86}")


async def tokens_for_device(
    request: Request[Any, Any, Any],
    fields: Mapping[str, str],
    session: AsyncSession,
    throttle: Throttle,
    origin: RequestOrigin,
) -> DeviceTokens:
    """The phone's tokens. Raises OAuthRefusal, ProofRefused, TooMany."""
    proof = await _proved(request)
    if fields.get("scope", DEVICE_SCOPE) != DEVICE_SCOPE:
        raise OAuthRefusal("invalid_scope", "oauth.host_scope")
    client_id = _needed(fields, "client_id")
    await throttle.count_try(DEVICE_TOKEN, origin, proof.jkt)
    try:
        if fields["grant_type"] == "refresh_token":
            wish = Refresh(token=_needed(fields, "refresh_token"), client_id=client_id, proof=proof)
            return await refresh_tokens(session, await _key(request), wish)
        return await exchange_code(session, _exchange(fields, client_id, proof))
    except Invalid as refusal:
        await session.rollback()
        await forget_ended(request.app.state, session)
        await throttle.count_try(DEVICE_SECRET, origin)
        code = None if refusal.code == "grant_wrong" else refusal.code
        raise OAuthRefusal("invalid_grant", refusal.text, code=code) from refusal


def _exchange(fields: Mapping[str, str], client_id: str, proof: Proof) -> CodeExchange:
    verifier = _needed(fields, "code_verifier")
    binding = fields.get("device_binding") or secrets.token_urlsafe(16)
    if not _VERIFIER.fullmatch(verifier):
        raise OAuthRefusal("invalid_request", "oauth.verifier")
    if not _BINDING.fullmatch(binding):
        raise OAuthRefusal("invalid_request", "oauth.binding")
    return CodeExchange(
        code=_needed(fields, "code"),
        client_id=client_id,
        redirect_uri=_needed(fields, "redirect_uri"),
        verifier=verifier,
        binding=binding,
        proof=proof,
    )


async def _proved(request: Request[Any, Any, Any]) -> Proof:
    guard: ProofGuard = request.app.state.proofs
    return await guard.check(proof_of(request.scope), method=request.method, path=request.url.path)


async def _key(request: Request[Any, Any, Any]) -> bytes:
    files = await request.app.state.vault.files()
    key: bytes = files.form
    return key


def _needed(fields: Mapping[str, str], name: str) -> str:
    """Raises OAuthRefusal where it is missing, or no text of ours."""
    value = fields.get(name, "")
    if not value or "\x00" in value:
        raise OAuthRefusal("invalid_request", "oauth.field_missing")
    return value
