"""The token endpoint for hotel software: client credentials (RFC 6749, section 4.4).

Its form, its errors and its headers are those of the standard, so that ordinary OAuth 2.0 libraries
work; where the standard leaves room, it says what the rest of the interface says.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_plus

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.throttling.limits import CLIENT_SECRET, CLIENT_TOKEN
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.errors import TooMany
from asm.facilities.software.issue import TOKEN_HOURS, client_of_secret, issue_client_token
from asm.headers import Header
from asm.locales.texts import both

SCOPE: Final = "declare"
FORM: Final = "application/x-www-form-urlencoded"
#: A form of these four fields is far smaller.
_MOST_BYTES: Final = 8192
_MOST_FIELDS: Final = 20
_BASIC: Final = "basic "
_CREDENTIALS: Final = frozenset({"client_id", "client_secret", "grant_type"})


class AccessToken(msgspec.Struct, kw_only=True):
    """RFC 6749, section 5.1. `expires_in` in seconds; ask again then, there is no refresh token."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


class OAuthError(msgspec.Struct, kw_only=True):
    """RFC 6749, section 5.2: `error` is stable, `error_description` English. `detail` says the
    same in Vietnamese.
    """

    error: str
    error_description: str
    detail: str


class OAuthRefusal(Exception):  # noqa: N818 -- as Refusal: an answer, not a fault
    """An answer other than a token: the standard's word for it, and our text of it."""

    def __init__(self, error: str, text: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.detail, self.description = both("refusals", text)


class TokenForm(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for, and by whom."""

    client_id: str
    client_secret: str


def _answer(status: int, error: str, description: str, detail: str) -> Response[OAuthError]:
    return Response(
        OAuthError(error=error, error_description=description, detail=detail),
        status_code=status,
        headers={Header.CACHE_CONTROL: "no-store", Header.PRAGMA: "no-cache"},
    )


def refuse_oauth(_: Request[Any, Any, Any], refusal: OAuthRefusal) -> Response[OAuthError]:
    """The standard's answer. A wrong client hears which way of saying who it is there is."""
    answer = _answer(refusal.status, refusal.error, refusal.description, refusal.detail)
    if refusal.status == 401:
        answer.headers[Header.WWW_AUTHENTICATE] = 'Basic realm="asm", charset="UTF-8"'
    return answer


def refuse_too_many(_: Request[Any, Any, Any], refusal: TooMany) -> Response[OAuthError]:
    """429 is not of the standard, nor is it forbidden: the word is that of its section 4.1.2.1."""
    answer = _answer(refusal.status, "temporarily_unavailable", refusal.message_en, refusal.message)
    answer.headers[Header.RETRY_AFTER] = str(refusal.retry_after_s)
    return answer


@dataclass
class _FormOperation(Operation):
    """The body is read by hand, since the errors are the standard's: so it is described by hand."""

    def __post_init__(self) -> None:
        text = Schema(type=OpenAPIType.STRING)
        self.request_body = RequestBody(
            required=True,
            content={
                FORM: OpenAPIMediaType(
                    schema=Schema(
                        type=OpenAPIType.OBJECT,
                        required=["grant_type"],
                        properties={
                            "grant_type": Schema(
                                type=OpenAPIType.STRING, const="client_credentials"
                            ),
                            "client_id": text,
                            "client_secret": text,
                            "scope": Schema(type=OpenAPIType.STRING, const=SCOPE),
                        },
                    )
                )
            },
        )


@post(
    "/oauth/token",
    operation_id="issueClientToken",
    operation_class=_FormOperation,
    security=[{"clientSecret": []}, {}],
    status_code=200,
    exception_handlers={OAuthRefusal: refuse_oauth, TooMany: refuse_too_many},
    responses={
        status: ResponseSpec(
            data_container=OAuthError, description=description, generate_examples=False
        )
        for status, description in (
            (400, "Not as RFC 6749 has it: `error` says what"),
            (401, "`invalid_client`: unknown, revoked, or another secret"),
            (429, TooMany.meaning),
        )
    },
)
async def issue_for_client(
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[AccessToken]:
    """Exchange a facility's client credentials for an access token of an hour. The form is
    `grant_type=client_credentials`; id and secret come by HTTP Basic, or in the form.
    """
    form = await _read_form(request)
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
    token = await issue_client_token(session, client)
    return Response(
        AccessToken(
            access_token=token,
            token_type="Bearer",
            expires_in=TOKEN_HOURS * 3600,
            scope=SCOPE,
        ),
        headers={Header.CACHE_CONTROL: "no-store", Header.PRAGMA: "no-cache"},
    )


async def _read_form(request: Request[Any, Any, Any]) -> TokenForm:
    """Raises OAuthRefusal for whatever is not as sections 2.3.1, 3.2 and 4.4.2 have it."""
    if _CREDENTIALS & request.query_params.keys():
        raise OAuthRefusal("invalid_request", "oauth.in_address")
    if request.headers.get(Header.CONTENT_TYPE, "").partition(";")[0].strip().lower() != FORM:
        raise OAuthRefusal("invalid_request", "oauth.not_a_form")
    fields = _fields(await request.body())
    basic = _basic(request.headers.get(Header.AUTHORIZATION, ""))
    if fields.get("grant_type", "") != "client_credentials":
        if "grant_type" not in fields:
            raise OAuthRefusal("invalid_request", "oauth.no_grant_type")
        raise OAuthRefusal("unsupported_grant_type", "oauth.other_grant_type")
    if fields.get("scope", SCOPE) != SCOPE:
        raise OAuthRefusal("invalid_scope", "oauth.other_scope")
    return _credentials(fields, basic)


def _fields(body: bytes) -> Mapping[str, str]:
    """The form's fields; those without a value are as if left out (section 3.2)."""
    if len(body) > _MOST_BYTES:
        raise OAuthRefusal("invalid_request", "oauth.not_a_form")
    try:
        pairs = parse_qsl(body.decode("utf-8"), errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise OAuthRefusal("invalid_request", "oauth.not_a_form") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise OAuthRefusal("invalid_request", "oauth.field_twice")
    return fields


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
