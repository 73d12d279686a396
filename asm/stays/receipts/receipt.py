"""The signed receipt (giấy tiếp nhận): what was received, when, and whether in time.

Token: `ASM1.<key id>.<number>.<facility>.<version>.<content hash>.<received>.<due>.<T|F>.<recorded>
.<signature>`: facility and hash in unpadded base64url, times in Unix milliseconds, Ed25519 over all
before the last dot. It reveals no one: the content enters as a salted SHA-256.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from asm.db.base import VIETNAM, vietnam_time
from asm.errors import Invalid
from asm.identity.pasted_text import clean_text
from asm.identity.vault.keys import KeyFiles, Keys

PREFIX = "ASM1"
SALT_BYTES = 16
_PARTS = 11
_TOKEN = re.compile(r"ASM1\.[A-Za-z0-9_.-]+")
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """One receipt. `on_time`, `due_at` and `received_at` were decided when the stay was first
    received and never change; `version` and `recorded_at` tell which change this receipt is for.
    """

    number: str
    facility_id: UUID
    stay_id: UUID
    version: int
    received_at: datetime
    due_at: datetime
    on_time: bool
    recorded_at: datetime
    content_hash: str
    content_salt: str
    key_id: str
    token: str


class VerifiedReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a genuine token says."""

    number: str
    facility_id: UUID
    version: int
    received_at: datetime
    due_at: datetime
    on_time: bool
    recorded_at: datetime
    content_hash: str
    key_id: str


class ReceiptFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be signed. `content` is the stay as told, with the guest."""

    stay_id: UUID
    facility_id: UUID
    number: str
    version: int
    received_at: datetime
    due_at: datetime
    on_time: bool
    recorded_at: datetime
    content: object


def receipt_number(stay_id: UUID) -> str:
    """`LT-XXXX-XXXX-XXXX`: sixty of the random bits of the stay's id in Crockford base 32."""
    value = stay_id.int & ((1 << 60) - 1)
    symbols = "".join(_ALPHABET[(value >> (5 * k)) & 31] for k in range(11, -1, -1))
    return f"LT-{symbols[:4]}-{symbols[4:8]}-{symbols[8:]}"


def sign_receipt(keys: Keys | KeyFiles, facts: ReceiptFacts) -> Receipt:
    """Sign the facts; the same salt and facts always give the same token."""
    salt = secrets.token_bytes(SALT_BYTES)
    digest = content_hash(salt, facts.content)
    body = ".".join(
        (
            PREFIX,
            keys.receipt_key_id,
            facts.number.replace("-", ""),
            b64(facts.facility_id.bytes),
            str(facts.version),
            b64(digest),
            millis(facts.received_at),
            millis(facts.due_at),
            "T" if facts.on_time else "F",
            millis(facts.recorded_at),
        )
    )
    token = f"{body}.{b64(keys.receipt.sign(body.encode('ascii')))}"
    return Receipt(
        number=facts.number,
        facility_id=facts.facility_id,
        stay_id=facts.stay_id,
        version=facts.version,
        received_at=vietnam_time(facts.received_at),
        due_at=vietnam_time(facts.due_at),
        on_time=facts.on_time,
        recorded_at=vietnam_time(facts.recorded_at),
        content_hash=digest.hex(),
        content_salt=salt.hex(),
        key_id=keys.receipt_key_id,
        token=token,
    )


def content_hash(salt: bytes, content: object) -> bytes:
    """SHA-256 over salt and the content in canonical JSON (keys sorted, UTF-8)."""
    return hashlib.sha256(salt + msgspec.json.encode(content, order="deterministic")).digest()


def verify_url(public_url: str, receipt: Receipt) -> str:
    """The address in the QR. The token stands behind `#`: a browser never sends it anywhere."""
    return f"{public_url}/verify#{receipt.token}"


def hash_in_token(token: str) -> str:
    """The content hash (hexadecimal) that a token of ours carries."""
    return unb64(token.split(".")[5]).hex()


def verify_token(token: str, public_keys: Mapping[str, Ed25519PublicKey]) -> VerifiedReceipt:
    """Check a token with public keys alone.

    Raises Invalid: receipt_unreadable, receipt_key_unknown or receipt_not_genuine.
    """
    body, _, signature = token.strip().rpartition(".")
    parts = body.split(".")
    if len(parts) != _PARTS - 1 or parts[0] != PREFIX:
        raise refused("receipt_unreadable")
    key = public_keys.get(parts[1])
    if key is None:
        raise refused("receipt_key_unknown")
    try:
        key.verify(unb64(signature), body.encode("ascii"))
        return _parsed(parts)
    except (InvalidSignature, ValueError) as error:
        raise refused("receipt_not_genuine") from error


def token_in(text: str) -> str:
    """Find the token in what people keep: the bare token, the QR's address, a receipt as JSON."""
    text = clean_text(text)
    token_match = _TOKEN.search(text)
    return token_match.group() if token_match else text.strip()


def read_public_keys(data: bytes) -> dict[str, Ed25519PublicKey]:
    """Public keys from the JSON that is published: key id → 64 hexadecimal digits.

    Raises Invalid public_keys_unreadable.
    """
    try:
        hex_keys = msgspec.json.decode(data, type=dict[str, str])
        return {
            key_id: Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
            for key_id, text in hex_keys.items()
        }
    except (msgspec.DecodeError, ValueError) as error:
        raise refused("public_keys_unreadable") from error


def _parsed(parts: list[str]) -> VerifiedReceipt:
    number = parts[2]
    return VerifiedReceipt(
        number=f"{number[:2]}-{number[2:6]}-{number[6:10]}-{number[10:]}",
        facility_id=UUID(bytes=unb64(parts[3])),
        version=int(parts[4]),
        content_hash=unb64(parts[5]).hex(),
        received_at=moment(parts[6]),
        due_at=moment(parts[7]),
        on_time=parts[8] == "T",
        recorded_at=moment(parts[9]),
        key_id=parts[1],
    )


def refused(code: str, text: str | None = None) -> Invalid:
    """Why a token is not taken."""
    return Invalid(code, text=text)


def b64(raw: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    """Raises ValueError for what is no canonical base64url."""
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    # Base64 has spare bits at its end: a text that says the same in other letters is refused.
    if b64(raw) != text:
        raise ValueError("not canonical")
    return raw


def millis(at: datetime) -> str:
    """A time as it stands in a token."""
    return str(round(at.timestamp() * 1000))


def moment(text: str) -> datetime:
    """A time of a token, on Vietnam's clock."""
    return datetime.fromtimestamp(int(text) / 1000, tz=VIETNAM)
