"""The token endpoint (RFC 6749, section 3.2), for hotel software and for phones."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.devices.issue import ACCESS_S
from asm.accounts.devices.refresh import revoke_by_refresh
from asm.accounts.throttling.limits import DEVICE_SECRET
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.api.v1.oauth.client_token import SCOPE, token_for_client
from asm.api.v1.oauth.device_grants import DEVICE_SCOPE, tokens_for_device
from asm.api.v1.oauth.oauth_form import (
    EXCEPTION_HANDLERS,
    NOT_KEPT,
    FormOperation,
    OAuthRefusal,
    described,
    read_fields,
    text_field,
)
from asm.errors import TooMany
from asm.facilities.software.issue import TOKEN_HOURS

OF_SOFTWARE: Final = "client_credentials"
OF_PHONES: Final = ("authorization_code", "refresh_token")
_OF_A_PHONE: Final = "of a phone"


class AccessToken(msgspec.Struct, kw_only=True, omit_defaults=True):
    """RFC 6749, section 5.1. `expires_in` in seconds. Software asks again then. A phone asks with
    its `refresh_token`, which each answer replaces; `device_id`: what its owner's list calls it.
    """

    access_token: str
    token_type: str
    expires_in: int
    scope: str
    refresh_token: str | None = None
    device_id: UUID | None = None


@dataclass
class _TokenOperation(FormOperation):
    def __post_init__(self) -> None:
        self.describe(
            ["grant_type"],
            {
                "grant_type": text_field(values=[OF_SOFTWARE, *OF_PHONES]),
                "client_id": text_field(),
                "client_secret": text_field("of software"),
                "scope": text_field(values=[SCOPE, DEVICE_SCOPE]),
                "code": text_field(_OF_A_PHONE),
                "redirect_uri": text_field(_OF_A_PHONE),
                "code_verifier": text_field(_OF_A_PHONE),
                "refresh_token": text_field(_OF_A_PHONE),
                "device_binding": text_field(
                    "of a phone, with a code: 128 random bits in base64url, which name the app's "
                    "storage; the same ones get the same outbox key"
                ),
            },
        )


@dataclass
class _RevokeOperation(FormOperation):
    def __post_init__(self) -> None:
        fields = {"token": text_field("the refresh token"), "client_id": text_field()}
        self.describe(["token", "client_id"], fields)


@post(
    "/oauth/token",
    operation_id="issueClientToken",
    operation_class=_TokenOperation,
    security=[{"clientSecret": []}, {}],
    status_code=200,
    exception_handlers=EXCEPTION_HANDLERS,
    responses=described(
        {
            400: "Not as RFC 6749 and RFC 9449 have it: `error` says what",
            401: "`invalid_client`: unknown, revoked, or another secret",
            429: TooMany.meaning,
        }
    ),
)
async def issue_access_token(
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[AccessToken]:
    """Exchange a facility's client credentials for an access token of an hour, or a phone's code
    (with its PKCE verifier) or refresh token for one of ten minutes and the next refresh token. A
    phone sends a header `DPoP` with the proof of its key; software sends id and secret by HTTP
    Basic, or in the form.
    """
    fields = await read_fields(request)
    grant = _grant_type(fields)
    if grant == OF_SOFTWARE:
        answer = AccessToken(
            access_token=await token_for_client(request, fields, session, throttle, origin),
            token_type="Bearer",
            expires_in=TOKEN_HOURS * 3600,
            scope=SCOPE,
        )
    else:
        tokens = await tokens_for_device(request, fields, session, throttle, origin)
        answer = AccessToken(
            access_token=tokens.access,
            token_type="DPoP",
            expires_in=ACCESS_S,
            scope=DEVICE_SCOPE,
            refresh_token=tokens.refresh,
            device_id=tokens.device_id,
        )
    return Response(answer, headers=dict(NOT_KEPT))


@post(
    "/oauth/revoke",
    operation_id="revokeDevice",
    operation_class=_RevokeOperation,
    security=[{}],
    status_code=200,
    exception_handlers=EXCEPTION_HANDLERS,
    responses=described({400: "Not as RFC 7009 has it: `error` says what", 429: TooMany.meaning}),
)
async def revoke_device(
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> None:
    """Sign a phone out by its own refresh token (RFC 7009). The answer is the same for a token that
    nobody has.
    """
    fields = await read_fields(request)
    if not {"token", "client_id"} <= fields.keys():
        raise OAuthRefusal("invalid_request", "oauth.field_missing")
    if not await revoke_by_refresh(session, fields["token"], fields["client_id"]):
        await session.rollback()
        await throttle.count_try(DEVICE_SECRET, origin)


def _grant_type(fields: Mapping[str, str]) -> str:
    grant = fields.get("grant_type", "")
    if not grant:
        raise OAuthRefusal("invalid_request", "oauth.no_grant_type")
    if grant not in {OF_SOFTWARE, *OF_PHONES}:
        raise OAuthRefusal("unsupported_grant_type", "oauth.other_grant_type")
    return grant


HANDLERS = [issue_access_token, revoke_device]
