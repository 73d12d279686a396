"""What an app asks for at the authorization endpoint (RFC 6749, 4.1.1), read before anything else.

An unknown app, or an address that is not the app's, gets a page here: nobody is sent anywhere.
Whatever else is wrong goes back to the app, in the standard's words.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec

from asm.accounts.devices.clients import BUILT_IN, find_client, may_answer_at
from asm.accounts.devices.sign_in_code import CodeWish
from asm.accounts.typed.typed_line import read_line
from asm.errors import Invalid
from asm.settings import Settings
from asm.variables.native_clients import is_loopback

_SHA256: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_LONGEST_LABEL: Final = 60
_LONGEST_STATE: Final = 1024
_SCOPE: Final = "host"
#: Values of `prompt` with which the person is asked whose account it is to be.
_ASKING: Final = frozenset({"select", "select_account", "consent", "login"})


class SentBack(Exception):  # noqa: N818 -- an answer, not a fault
    """The app is answered with an error; `url`: where."""

    def __init__(self, url: str) -> None:
        super().__init__("sent back")
        self.url = url


class SignInRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request that may be granted. `app_name`: for people; `asks`: whether the person is asked
    first, which an app of others always is.
    """

    wish: CodeWish
    app_name: str
    issuer: str
    state: str | None
    asks: bool

    @property
    def built_in(self) -> bool:
        """Whether it is the app of this installation."""
        return self.wish.client_id == BUILT_IN

    def answer(self, **said: str) -> str:
        """Where the browser goes, with what the app is told (RFC 9207 for `iss`)."""
        return _answer(self.wish.redirect_uri, self.state, self.issuer, said)

    @property
    def form_target(self) -> str:
        """What a form's answer may lead to, as a Content-Security-Policy names it."""
        uri = self.wish.redirect_uri
        parts = urlsplit(uri)
        if parts.scheme not in {"http", "https"} or (
            is_loopback(uri) and ":" in str(parts.hostname)
        ):
            return f"{parts.scheme}:"
        return f"{parts.scheme}://{parts.netloc}"


def read_request(
    pairs: Sequence[tuple[str, str]], settings: Settings, kind: str | None
) -> SignInRequest:
    """The request of these parameters. Raises Invalid where nobody may be sent back, SentBack."""
    given = dict(pairs)
    client = find_client(given.get("client_id", ""), settings.public_url, settings.native_clients)
    names = [name for name, _ in pairs]
    if client is None or names.count("client_id") != 1:
        raise Invalid("sign_in_request", text="sign_in_request.client")
    uri = given.get("redirect_uri", "")
    if names.count("redirect_uri") != 1 or not may_answer_at(client, uri):
        raise Invalid("sign_in_request", text="sign_in_request.redirect")
    state, issuer = given.get("state"), settings.public_url
    error = _error(given, doubled=len(given) != len(pairs))
    if error is not None:
        raise SentBack(
            _answer(uri, state, issuer, {"error": error[0], "error_description": error[1]})
        )
    wish = CodeWish(
        client_id=client.client_id,
        redirect_uri=uri,
        challenge=given["code_challenge"],
        jkt=given["dpop_jkt"],
        label=read_line(given.get("device_label", ""), _LONGEST_LABEL, least=0) or "",
        kind=kind,
    )
    asks = client.client_id != BUILT_IN or given.get("prompt") in _ASKING
    return SignInRequest(wish=wish, app_name=client.name, issuer=issuer, state=state, asks=asks)


def _error(given: Mapping[str, str], *, doubled: bool) -> tuple[str, str] | None:
    """The standard's word, and English for whoever writes the app."""
    wrong = (
        (doubled, "invalid_request", "A parameter stands there twice."),
        (
            len(given.get("state", "")) > _LONGEST_STATE,
            "invalid_request",
            "state must be no longer than 1024 characters.",
        ),
        (
            given.get("response_type") != "code",
            "unsupported_response_type",
            "Only response_type=code is taken.",
        ),
        (
            given.get("response_mode", "query") != "query",
            "invalid_request",
            "Only response_mode=query is taken.",
        ),
        (
            given.get("scope", _SCOPE) != _SCOPE,
            "invalid_scope",
            "The only scope is host; it may be left out.",
        ),
        (
            given.get("code_challenge_method") != "S256",
            "invalid_request",
            "code_challenge_method=S256 is needed (RFC 7636).",
        ),
        (
            not _SHA256.fullmatch(given.get("code_challenge", "")),
            "invalid_request",
            "code_challenge must be 43 characters of base64url.",
        ),
        (
            not _SHA256.fullmatch(given.get("dpop_jkt", "")),
            "invalid_request",
            "dpop_jkt must be the thumbprint of the phone's key (RFC 9449, section 10).",
        ),
    )
    return next(((error, said) for is_wrong, error, said in wrong if is_wrong), None)


def _answer(uri: str, state: str | None, issuer: str, said: Mapping[str, str]) -> str:
    query = {**said, **({} if state is None else {"state": state}), "iss": issuer}
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(query)}"
