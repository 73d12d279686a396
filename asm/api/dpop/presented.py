"""The token that a request brings: a plain one as `Bearer`, a phone's as `DPoP` with its proof.

    presented = await present(scope)          # the proof is looked at, once for a request
    actor = ...of presented.hashed...
    require_possession(presented, actor)      # the token is bound to that key, or to none

A phone's token opens nothing without the proof of its key, and a plain one is not dressed up.
"""

import asyncio
from typing import Any, Final

import msgspec
from litestar.types import HTTPScope, Scope

from asm.accounts.actor import Actor
from asm.accounts.devices.proof import ALGORITHM, ProofRefused, wrong_proof
from asm.accounts.devices.proof_guard import ProofGuard
from asm.accounts.login import token_hash
from asm.accounts.sessions import sign_in_required
from asm.errors import Refusal, Unauthenticated
from asm.headers import Header, raw

_BEARER: Final = "bearer "
_BOUND: Final = "dpop "
#: What an Authorization header with a token begins with, in lower case.
SCHEMES: Final = (_BEARER.encode(), _BOUND.encode())
_AUTHORIZATION: Final = raw(Header.AUTHORIZATION)
PROOF: Final = raw(Header.DPOP)
_PRESENTED: Final = "asm_presented"
_LOOKING: Final = "asm_looking_at_proof"


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """A token by its hash; `jkt`: the key that was proved with it."""

    token: str
    hashed: bytes
    jkt: str | None = None

    def __repr__(self) -> str:
        return "Presented(…)"


async def present(scope: Scope) -> Presented:
    """The token of the Authorization header. Raises Unauthenticated, ProofRefused.

    Cookies are never looked at here: a page of another site must not be able to declare.
    """
    # What a handler depends on is resolved at once: a proof must not be its own second one.
    async with scope["state"].setdefault(_LOOKING, asyncio.Lock()):
        presented: Presented = scope["state"].get(_PRESENTED) or await _look(scope)
        scope["state"][_PRESENTED] = presented
    return presented


async def _look(scope: Scope) -> Presented:
    header = _values(scope, _AUTHORIZATION)
    scheme = (header[0] if len(header) == 1 else "").lower()
    if scheme.startswith(_BEARER):
        token = header[0][len(_BEARER) :].strip()
        return Presented(token=token, hashed=token_hash(token))
    if scheme.startswith(_BOUND):
        token = header[0][len(_BOUND) :].strip()
        proof = await _guard(scope).check(
            proof_of(scope), method=_http(scope)["method"], path=scope["path"], token=token
        )
        return Presented(token=token, hashed=token_hash(token), jkt=proof.jkt)
    raise sign_in_required()


def require_possession(presented: Presented, actor: Actor) -> None:
    """Let on who holds the key that the actor's token is bound to. Raises Unauthenticated."""
    if actor.device is None:
        if presented.jkt is not None:
            raise Unauthenticated("token_not_bound")
    elif presented.jkt is None:
        raise Unauthenticated("token_is_bound")
    elif presented.jkt != actor.device.jkt:
        raise wrong_proof("key")


def proof_of(scope: Scope) -> str:
    """The one proof of a request. Raises ProofRefused."""
    values = _values(scope, PROOF)
    if not values:
        raise wrong_proof("missing")
    if len(values) > 1:
        raise wrong_proof("twice")
    return values[0].strip()


def nonce_headers(scope: Scope) -> dict[str, str]:
    """What every answer to a request with a proof says: which nonce the next one is to carry."""
    if not any(name == PROOF for name, _ in scope["headers"]):
        return {}
    return {Header.DPOP_NONCE: _guard(scope).nonce()}


def challenge(scope: Scope, refusal: Refusal) -> str:
    """What a 401 asks for (RFC 9449, section 7.1)."""
    bound = any(value.lower().startswith(_BOUND) for value in _values(scope, _AUTHORIZATION))
    if not bound and refusal.code != "token_is_bound":
        return "Bearer"
    error = refusal.code if isinstance(refusal, ProofRefused) else "invalid_token"
    return f'DPoP error="{error}", algs="{ALGORITHM}"'


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for header, value in scope["headers"] if header == name]


def _http(scope: Any) -> HTTPScope:
    http: HTTPScope = scope
    return http


def _guard(scope: Any) -> ProofGuard:
    guard: ProofGuard = scope["litestar_app"].state.proofs
    return guard
