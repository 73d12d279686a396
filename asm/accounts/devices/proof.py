"""A proof that who asks holds a key, made for this one request (DPoP, RFC 9449). Pure.

The signature is joserfc's. Members of the header that it does not know are ignored, as RFC 7515
(section 4) has it and as joserfc by itself does not; what is said to be critical is refused, since
nothing beyond the standard is understood here. ES256 is the one algorithm.
"""

import base64
import hashlib
import hmac
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

from asm.accounts.devices.signing_key import key_of_text, public_key_text
from asm.errors import Unauthenticated

ALGORITHM: Final = "ES256"
_TYPE: Final = "dpop+jwt"
_LONGEST: Final = 4096
_SHORTEST_ID: Final = 8
_LONGEST_ID: Final = 256
_PORTS: Final = {"https": 443, "http": 80}


class ProofRefused(Unauthenticated):
    """No proof, or one of something else; `clock_offset_s`: how far the clock of who made it is
    ahead, where it is far off. The code is the standard's own word.
    """

    def __init__(self, code: str, *, clock_offset_s: int | None = None, **said: Any) -> None:
        super().__init__(code, **said)
        self.clock_offset_s = clock_offset_s


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What was proved. `made_at`: by the clock of who made it, in seconds since 1970."""

    jkt: str
    public_key: str
    proof_id: str
    nonce: str | None
    made_at: float


class _Claims(msgspec.Struct, frozen=True):
    jti: str
    htm: str
    htu: str
    iat: int | float
    ath: str | None = None
    nonce: str | None = None


class _Registry(JWSRegistry):
    """A header with its key in it is longer than what joserfc takes by itself."""

    max_header_length = 2048


_REGISTRY: Final = _Registry(algorithms=[ALGORITHM], strict_check_header=False)


def wrong_proof(text: str) -> ProofRefused:
    """The refusal of a proof, under the name of its text."""
    return ProofRefused("invalid_dpop_proof", text=f"invalid_dpop_proof.{text}")


def read_proof(text: str, *, method: str, url: str, token: str | None) -> Proof:
    """What a proof says, its signature, its request and its token compared. Whether its nonce is
    ours and it comes for the first time is for `asm.accounts.devices.proof_guard`. Raises
    ProofRefused.
    """
    if len(text) > _LONGEST or not text.isascii():
        raise wrong_proof("unreadable")
    try:
        key, payload = _verified(text)
        claims = msgspec.json.decode(payload, type=_Claims)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise wrong_proof("unreadable") from error
    if not _SHORTEST_ID <= len(claims.jti) <= _LONGEST_ID:
        raise wrong_proof("unreadable")
    if claims.htm not in _methods(method) or not same_url(claims.htu, url):
        raise wrong_proof("request")
    if token is not None and not _is_hash_of(claims.ath, token):
        raise wrong_proof("token")
    return Proof(
        jkt=key.thumbprint(),
        public_key=public_key_text(key),
        proof_id=claims.jti,
        nonce=claims.nonce,
        made_at=float(claims.iat),
    )


def same_url(said: str, url: str) -> bool:
    """Whether both name the same address, without query and fragment (RFC 9449, section 4.3)."""
    try:
        return _address(said) == _address(url)
    except ValueError:
        return False


def _verified(text: str) -> tuple[ECKey, bytes]:
    signature = jws.extract_compact(text.encode(), registry=_REGISTRY)
    header = signature.headers()
    if header.get("alg") != ALGORITHM:
        raise wrong_proof("algorithm")
    if header.get("typ") != _TYPE or "crit" in header:
        raise wrong_proof("unreadable")
    jwk: dict[str, Any] = header["jwk"]
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256" or "d" in jwk:
        raise wrong_proof("algorithm")
    key = key_of_text(f"{jwk['x']}.{jwk['y']}")
    if not jws.validate_compact(signature, key, registry=_REGISTRY):
        raise wrong_proof("signature")
    return key, signature.payload


def _methods(method: str) -> frozenset[str]:
    # HEAD is answered by what GET does, and comes here as GET.
    return frozenset({method, "HEAD"} if method == "GET" else {method})


def _address(url: str) -> tuple[str, str | None, int | None, str]:
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme.lower())
    return parts.scheme.lower(), parts.hostname, port, unquote(parts.path) or "/"


def _is_hash_of(said: str | None, token: str) -> bool:
    digest = hashlib.sha256(token.encode()).digest()
    right = base64.urlsafe_b64encode(digest).rstrip(b"=")
    return hmac.compare_digest((said or "").encode(), right)
