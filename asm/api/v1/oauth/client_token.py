"""An access token for hotel software: client credentials (RFC 6749, section 4.4)."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

import msgspec
from litestar import Request
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.throttling.limits import CLIENT_SECRET, CLIENT_TOKEN
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.api.v1.oauth.oauth_form import OAuthRefusal
from asm.facilities.software.issue import client_of_secret, issue_client_token
from asm.headers import Header

SCOPE: Final = "declare"
_BASIC: Final = "basic "


class TokenForm(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks for a token."""

    client_id: str
    client_secret: str


async def token_for_client(
    request: Request[Any, Any, Any],
    fields: Mapping[str, str],
    session: AsyncSession,
    throttle: Throttle,
    origin: RequestOrigin,
) -> str:
    """A bearer token of an hour. Raises OAuthRefusal, TooMany."""
    form = _read_form(request, fields)
    if await client_of_secret(session, form.client_id, form.client_secret) is None:
        await session.rollback()
        await throttle.count_try(CLIENT_SECRET, origin, form.client_id)
        raise _invalid_client()
    await session.rollback()
    await throttle.count_try(CLIENT_TOKEN, origin, form.client_id)
    # Looked at again, in the transaction that issues: it may have been revoked meanwhile.
    client = await client_of_secret(session, form.client_id, form.client_secret)
    if client is None:
        raise _invalid_client()
    return await issue_client_token(session, client)


def _read_form(request: Request[Any, Any, Any], fields: Mapping[str, str]) -> TokenForm:
    """Raises OAuthRefusal for whatever is not as sections 2.3.1, 3.2 and 4.4.2 have it."""
    basic = _basic(request.headers.get(Header.AUTHORIZATION, ""))
    if fields.get("scope", SCOPE) != SCOPE:
        raise OAuthRefusal("invalid_scope", "oauth.other_scope")
    return _credentials(fields, basic)


def _basic(header: str) -> tuple[str, str] | None:
    """Id and secret of the Authorization header, each form-encoded within (section 2.3.1)."""
    if not header:
        return None
    if not header.lower().startswith(_BASIC):
        raise _invalid_client()
    try:
        pair = base64.b64decode(header[len(_BASIC) :].strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _invalid_client() from error
    client_id, colon, secret = pair.partition(":")
    if not colon:
        raise _invalid_client()
    return unquote_plus(client_id), unquote_plus(secret)


def _credentials(fields: Mapping[str, str], basic: tuple[str, str] | None) -> TokenForm:
    if basic is not None:
        # The id may stand in the form too, when it is the same: some libraries send it always.
        if "client_secret" in fields or fields.get("client_id", basic[0]) != basic[0]:
            raise OAuthRefusal("invalid_request", "oauth.two_ways")
        return TokenForm(client_id=basic[0], client_secret=basic[1])
    if not {"client_id", "client_secret"} <= fields.keys():
        raise _invalid_client()
    return TokenForm(client_id=fields["client_id"], client_secret=fields["client_secret"])


def _invalid_client() -> OAuthRefusal:
    return OAuthRefusal("invalid_client", "oauth.invalid_client", status=401)
