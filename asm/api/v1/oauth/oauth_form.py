"""Forms of the token endpoint and its neighbours, read as the standards have it, and the answers
that their errors get (RFC 6749, section 5.2). Ordinary OAuth 2.0 libraries work with them; where
the standard leaves room, they say what the rest of the interface says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema

from asm.accounts.devices.proof import ProofRefused
from asm.errors import Refusal, TooMany
from asm.headers import Header
from asm.locales.texts import both

FORM: Final = "application/x-www-form-urlencoded"
#: A form of these few fields is far smaller.
_MOST_BYTES: Final = 8192
_MOST_FIELDS: Final = 20
_SECRETS: Final = frozenset(
    {"client_id", "client_secret", "grant_type", "code", "code_verifier", "refresh_token", "token"}
)
#: Of every answer with a token, or about one.
NOT_KEPT: Final = {Header.CACHE_CONTROL: "no-store", Header.PRAGMA: "no-cache"}
#: Litestar fills in each instance's schema; this is what all the forms' fields are.
_TEXT: Final = OpenAPIType.STRING


class OAuthError(msgspec.Struct, kw_only=True, omit_defaults=True):
    """RFC 6749, section 5.2: `error` is stable, `error_description` English. `detail` says the
    same in Vietnamese. `code`: our own word where it says more (`device_ended`: the phone was
    signed out); `clock_offset_s`: how far the phone's clock is ahead, where it is far off.
    """

    error: str
    error_description: str
    detail: str
    code: str | None = None
    clock_offset_s: int | None = None


class OAuthRefusal(Exception):  # noqa: N818 -- as Refusal: an answer, not a fault
    """An answer other than a token: the standard's word for it, and our text of it."""

    def __init__(self, error: str, text: str, status: int = 400, code: str | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.code = code
        self.detail, self.description = both("refusals", text)


@dataclass
class FormOperation(Operation):
    """The body is read by hand, since the errors are the standard's: so it is described by hand."""

    def describe(self, required: list[str], fields: dict[str, Schema]) -> None:
        """Say what the form holds."""
        schema = Schema(type=OpenAPIType.OBJECT, required=required, properties=dict(fields))
        media = OpenAPIMediaType(schema=schema)
        self.request_body = RequestBody(required=True, content={FORM: media})


def text_field(description: str | None = None, values: list[str] | None = None) -> Schema:
    """A field of a form; `values`: it is one of these."""
    return Schema(type=_TEXT, description=description, enum=values)


def refuse_oauth(_: Request[Any, Any, Any], refusal: OAuthRefusal) -> Response[OAuthError]:
    """The standard's answer. A wrong client hears which way of saying who it is there is."""
    answer = _answer(
        refusal.status,
        OAuthError(
            error=refusal.error,
            error_description=refusal.description,
            detail=refusal.detail,
            code=refusal.code,
        ),
    )
    if refusal.status == 401:
        answer.headers[Header.WWW_AUTHENTICATE] = 'Basic realm="asm", charset="UTF-8"'
    return answer


def refuse_too_many(_: Request[Any, Any, Any], refusal: TooMany) -> Response[OAuthError]:
    """429 is not of the standard, nor is it forbidden: the word is that of its section 4.1.2.1."""
    answer = _answer(refusal.status, _said_by(refusal, "temporarily_unavailable"))
    answer.headers[Header.RETRY_AFTER] = str(refusal.retry_after_s)
    return answer


def refuse_proof(_: Request[Any, Any, Any], refusal: ProofRefused) -> Response[OAuthError]:
    """No proof, or a wrong or stale one: 400 here (RFC 9449, sections 5 and 8)."""
    said = _said_by(refusal, refusal.code)
    said.clock_offset_s = refusal.clock_offset_s
    return _answer(400, said)


EXCEPTION_HANDLERS: Final[dict[int | type[Exception], Any]] = {
    OAuthRefusal: refuse_oauth,
    TooMany: refuse_too_many,
    ProofRefused: refuse_proof,
}


def described(answers: Mapping[int, str]) -> dict[int, ResponseSpec]:
    """OpenAPI entries for the standard's errors."""
    return {
        status: ResponseSpec(
            data_container=OAuthError, description=description, generate_examples=False
        )
        for status, description in answers.items()
    }


async def read_fields(request: Request[Any, Any, Any]) -> Mapping[str, str]:
    """The form's fields; those without a value are as if left out (section 3.2). Raises
    OAuthRefusal.
    """
    if _SECRETS & request.query_params.keys():
        raise OAuthRefusal("invalid_request", "oauth.in_address")
    if request.headers.get(Header.CONTENT_TYPE, "").partition(";")[0].strip().lower() != FORM:
        raise OAuthRefusal("invalid_request", "oauth.not_a_form")
    body = await request.body()
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


def _said_by(refusal: Refusal, error: str) -> OAuthError:
    return OAuthError(error=error, error_description=refusal.message_en, detail=refusal.message)


def _answer(status: int, said: OAuthError) -> Response[OAuthError]:
    return Response(said, status_code=status, headers=dict(NOT_KEPT))
