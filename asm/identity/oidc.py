"""Who somebody is, from an identity provider that speaks OpenID Connect: a citizen by their number,
a host by the subject alone.

1. `start`: where the browser goes, with a state, a nonce and a PKCE challenge (S256, always). The
   browser keeps what belongs to them in a cookie of its own, so nobody else's answer fits. The
   provider is to ask who is there anew: who sat at the same screen before may be signed in there.
2. `finish`: the answer's state and issuer, then code against tokens with the verifier; which scope
   came back (a provider may drop some in silence); the ID token's signature, issuer, audience, time
   nonce, and when the person proved who they are.
3. A citizen's number is taken from the userinfo answer, never from the ID token: providers put
   nothing but `sub` there. Its `sub` must be the ID token's.

Access and refresh tokens are thrown away: nothing is asked for later, so `offline_access` is never
wished for.
"""

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import quote_plus, urlencode

import httpx
import msgspec
import structlog
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from cachetools import TTLCache
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from asm.errors import Invalid, Unavailable
from asm.headers import Header
from asm.settings import CitizenSettings

log = structlog.get_logger()
_ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
_FRESH_S: Final = 3600.0
_LEEWAY_S: Final = 60
#: A sign-in takes no longer, from the first page at the provider to the way back.
SIGN_IN_S: Final = 600
_MOST_BYTES: Final = 256 * 1024
_Kind = TypeVar("_Kind")
_PATIENCE: Final = httpx.Timeout(8.0, connect=4.0)


class OidcStart(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in under way. `url`: where the browser goes; the rest stays with the browser."""

    url: str = ""
    state: str
    nonce: str
    verifier: str

    def __repr__(self) -> str:
        return "OidcStart(…)"


class Vouched(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the provider vouches for: its `subject` is stable at this `issuer`, and means nothing
    elsewhere.
    """

    issuer: str
    subject: str
    access_token: str

    def __repr__(self) -> str:
        return "Vouched(…)"


class _Metadata(msgspec.Struct, frozen=True, kw_only=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: list[str] = []
    authorization_response_iss_parameter_supported: bool = False


class _Tokens(msgspec.Struct, frozen=True, kw_only=True):
    access_token: str
    id_token: str
    token_type: str
    scope: str | None = None


class IdentityProvider:
    """One for each process and way back. What it publishes is kept for an hour. `scope`: what is
    wished for, where that is less than the settings say.
    """

    def __init__(
        self,
        settings: CitizenSettings,
        redirect_uri: str,
        *,
        scope: str | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self._redirect_uri = redirect_uri
        self._scope = settings.scope if scope is None else scope
        self._kept: TTLCache[str, Any] = TTLCache(2, _FRESH_S, timer)

    async def start(self) -> OidcStart:
        """Raises Unavailable while the provider does not answer."""
        metadata = await self._metadata()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": self._scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
            "prompt": "login",
            "max_age": str(SIGN_IN_S),
        }
        mark = "&" if "?" in metadata.authorization_endpoint else "?"
        url = f"{metadata.authorization_endpoint}{mark}{urlencode(query)}"
        return OidcStart(url=url, state=state, nonce=nonce, verifier=verifier)

    async def finish(self, started: OidcStart | None, answer: Mapping[str, str]) -> Vouched:
        """Who came back with `answer` (the query). Raises Invalid for an answer that is not to this
        start, or proves nothing; Unavailable.
        """
        if started is None:
            raise _refused("not_started")
        metadata = await self._metadata()
        if not hmac.compare_digest(answer.get("state", "").encode(), started.state.encode()):
            raise _refused("state")
        said = answer.get("iss")
        if said != metadata.issuer and (
            said is not None or metadata.authorization_response_iss_parameter_supported
        ):
            raise _refused("issuer")
        if "error" in answer or not answer.get("code"):
            raise _refused("no_code")
        tokens = await self._tokens(metadata, answer["code"], started.verifier)
        self._require_scope(tokens)
        subject = await self._subject(metadata, tokens, started.nonce)
        return Vouched(issuer=metadata.issuer, subject=subject, access_token=tokens.access_token)

    async def personal_number(self, vouched: Vouched) -> str:
        """What the provider says is their number. Raises Invalid, Unavailable."""
        metadata = await self._metadata()
        headers = {Header.AUTHORIZATION: f"Bearer {vouched.access_token}"}
        claims = await self._fetched(
            "GET", metadata.userinfo_endpoint, kind=dict[str, Any], headers=headers
        )
        if claims.get("sub") != vouched.subject:
            raise _refused("subject")
        number = claims.get(self.settings.number_claim)
        if not isinstance(number, str) or not number:
            log.warning("oidc_claim_missing", claim=self.settings.number_claim)
            raise Invalid("oidc_no_number")
        return number

    def _require_scope(self, tokens: _Tokens) -> None:
        granted = tokens.scope
        if granted is not None and not set(self._scope.split()) <= set(granted.split()):
            log.warning("oidc_scope_dropped")
            raise Invalid("oidc_scope")

    async def _metadata(self) -> _Metadata:
        known: _Metadata | None = self._kept.get("metadata")
        if known is None:
            issuer = self.settings.issuer
            url = issuer.rstrip("/") + "/.well-known/openid-configuration"
            known = await self._fetched("GET", url, kind=_Metadata)
            addresses = (
                known.authorization_endpoint,
                known.token_endpoint,
                known.userinfo_endpoint,
            )
            if known.issuer.rstrip("/") != issuer.rstrip("/") or (
                issuer.startswith("https:")
                and not all(each.startswith("https:") for each in (*addresses, known.jwks_uri))
            ):
                log.warning("oidc_issuer_differs")
                raise _unavailable()
            self._kept["metadata"] = known
        return known

    async def _tokens(self, metadata: _Metadata, code: str, verifier: str) -> _Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        auth, secret = None, self._secret()
        by_form = metadata.token_endpoint_auth_methods_supported
        if not secret:
            form["client_id"] = self.settings.client_id
        elif by_form and "client_secret_basic" not in by_form:
            form |= {"client_id": self.settings.client_id, "client_secret": secret}
        else:
            # RFC 6749, 2.3.1: both are form-encoded before they are joined.
            auth = (quote_plus(self.settings.client_id), quote_plus(secret))
        tokens = await self._fetched(
            "POST", metadata.token_endpoint, kind=_Tokens, data=form, auth=auth
        )
        if tokens.token_type.lower() != "bearer":
            raise _refused("token_type")
        return tokens

    async def _subject(self, metadata: _Metadata, tokens: _Tokens, nonce: str) -> str:
        try:
            token = await self._verified(metadata, tokens.id_token)
            claims = CodeIDToken(
                token.claims,
                token.header,
                options={
                    "iss": {"essential": True, "value": metadata.issuer},
                    "aud": {"essential": True, "value": self.settings.client_id},
                },
                params={
                    "nonce": nonce,
                    "client_id": self.settings.client_id,
                    "access_token": tokens.access_token,
                    "max_age": SIGN_IN_S,
                },
            )
            claims.validate(leeway=_LEEWAY_S)
        except (JoseError, ValueError) as error:
            log.warning("oidc_id_token_refused", error=type(error).__name__)
            raise _refused("id_token") from error
        if not claims["auth_time"] >= time.time() - SIGN_IN_S - _LEEWAY_S:
            raise _refused("signed_in_earlier")
        return str(claims["sub"])

    async def _verified(self, metadata: _Metadata, id_token: str) -> jwt.Token:
        keys: KeySet | None = self._kept.get("keys")
        if keys is not None:
            try:
                return jwt.decode(id_token, keys, algorithms=_ALGORITHMS)
            except (JoseError, ValueError):
                log.info("oidc_keys_read_again")  # it may have a new key
        jwks = await self._fetched("GET", metadata.jwks_uri, kind=KeySetSerialization)
        keys = self._kept["keys"] = KeySet.import_key_set(jwks)
        return jwt.decode(id_token, keys, algorithms=_ALGORITHMS)

    def _secret(self) -> str:
        path = self.settings.secret_file
        return path.read_text("utf-8").strip() if path.is_file() else ""

    async def _fetched(self, method: str, url: str, *, kind: type[_Kind], **sent: Any) -> _Kind:
        """What the provider answers, as `kind`. Its texts go nowhere: they may name somebody."""
        try:
            async with (
                httpx.AsyncClient(timeout=_PATIENCE, follow_redirects=False) as http,
                http.stream(method, url, **sent) as response,
            ):
                body = b""
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > _MOST_BYTES:
                        raise _unavailable()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            # The last two: an address or a token that is none.
            log.warning("oidc_away", error=type(error).__name__)
            raise _unavailable() from error
        if response.status_code >= 500:
            log.warning("oidc_away", status=response.status_code)
            raise _unavailable()
        if response.status_code != 200:
            raise _refused("status")
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.DecodeError as error:
            log.warning("oidc_answer_not_read", error=type(error).__name__)
            raise _unavailable() from error


def _refused(why: str) -> Invalid:
    log.info("oidc_refused", why=why)
    return Invalid("oidc_refused")


def _unavailable() -> Unavailable:
    return Unavailable("oidc_away", retry_after_s=60)
