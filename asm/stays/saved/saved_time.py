"""When a phone says that it saved a record, and whether it signed that. Pure.

Lateness is never decided by it: a clock that its owner sets proves nothing. It stands beside the
time of receipt, for the officer who asks why a declaration came late.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

from asm.db.base import vietnam_time
from asm.errors import Invalid, field_error

_ALGORITHM: Final = "ES256"
_TYPE: Final = "asm-saved+jwt"
_LONGEST: Final = 2048
_CLOSE_ENOUGH_S: Final = 300
_REGISTRY: Final = JWSRegistry(algorithms=[_ALGORITHM], strict_check_header=False)


class SavedTime(msgspec.Struct, frozen=True, kw_only=True):
    """`at`: by the phone's clock. `signed`: with the key of the device that it was sent from, over
    this very record. `clock_ahead_s`: how far that clock was ahead when the record was sent.
    """

    at: datetime
    signed: bool = False
    device_id: UUID | None = None
    clock_ahead_s: int | None = None

    @property
    def clock_off_min(self) -> int:
        """How many minutes the phone's clock was off, where that is worth a word; else 0."""
        off = abs(self.clock_ahead_s or 0)
        return off // 60 if off > _CLOSE_ENOUGH_S else 0


def saved_of(stored: Any) -> SavedTime | None:
    """As it lies beside a stay or a version; on Vietnam's clock."""
    if stored is None:
        return None
    saved = msgspec.convert(stored, SavedTime)
    return msgspec.structs.replace(saved, at=vietnam_time(saved.at))


class SavedProof(msgspec.Struct, frozen=True, kw_only=True):
    """The record that a proof must be about: its key, its time, its body's bytes as sent."""

    key: str
    at: datetime
    body: bytes


class _SavedClaims(msgspec.Struct, frozen=True):
    key: str
    saved_at: datetime
    body_sha256: str


def verify_saved(text: str, saved: SavedProof, device_key: ECKey | None) -> None:
    """That `text`, a compact JWS, is the device's and about this record. Raises Invalid
    `saved_proof_wrong`.
    """
    claims = None if device_key is None else _claims(text, device_key)
    if claims is None or not _is_about(claims, saved):
        raise Invalid(
            "saved_proof_wrong", errors=[field_error("/saved/proof", "saved_proof_wrong")]
        )


def _claims(text: str, key: ECKey) -> _SavedClaims | None:
    if len(text) > _LONGEST or not text.isascii():
        return None
    try:
        signature = jws.extract_compact(text.encode(), registry=_REGISTRY)
        header: dict[str, Any] = signature.headers()
        # Nothing beyond the standard is understood here (RFC 7515, section 4.1.11).
        if (header.get("alg"), header.get("typ")) != (_ALGORITHM, _TYPE) or "crit" in header:
            return None
        if not jws.validate_compact(signature, key, registry=_REGISTRY):
            return None
        return msgspec.json.decode(signature.payload, type=_SavedClaims)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _is_about(claims: _SavedClaims, saved: SavedProof) -> bool:
    digest = base64.urlsafe_b64encode(hashlib.sha256(saved.body).digest()).rstrip(b"=")
    return (
        claims.key == saved.key
        and claims.saved_at == saved.at
        and hmac.compare_digest(claims.body_sha256.encode(), digest)
    )
