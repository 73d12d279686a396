"""A citizen's sign-in, for a quarter of an hour: by a receipt, or by the identity provider.

By a receipt: its number (`LT-…`, of which sixty bits are chance) with the number of the person
whose stay it is. The clerk who declared knows both, so it opens that stay alone, and who could see
it in a look-up. Everything declared in one's name opens only to who proves to be that person.

The sessions lie in a table that no web process reads or writes: functions of the owner's do.
"""

import secrets
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.login import token_hash
from asm.db.base import NO_FACILITY, new_id
from asm.errors import Invalid, TooMany, Unauthenticated, field_error
from asm.identity.pasted_text import clean_line
from asm.identity.typed_number import DocumentNumber, read_number
from asm.identity.vault.keys import Keys
from asm.identity.vault.sealing import BlindIndex, blind_index, seal

SESSION_MINUTES: Final = 15
_BY_RECEIPT: Final = text("SELECT open_citizen_by_receipt(:token, :a, :b, :receipt)")
_BY_IDENTITY: Final = text("SELECT open_citizen_by_identity(:token, CAST(:wanted AS jsonb))")
_OF: Final = text("SELECT kind, expires_at FROM citizen_of(:token)")
_CLOSE: Final = text("SELECT close_citizen(:token)")
_WHOLE: Final = 12


class Citizen(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in: nothing but the hash of the session's secret, and how they came."""

    token_hash: bytes
    kind: Literal["receipt", "identity"]
    expires_at: datetime


class ReceiptSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """What is typed from a paper and a receipt."""

    kind: str
    number: str
    nationality: str
    receipt: str

    def __repr__(self) -> str:
        return "ReceiptSignIn(…)"


async def sign_in_by_receipt(session: AsyncSession, keys: Keys, form: ReceiptSignIn) -> str:
    """The session's secret. The try was counted before. Raises Invalid: for fields that cannot be,
    and the same one whichever of the two numbers is wrong.
    """
    document, errors = read_number(form.kind, form.number, form.nationality)
    receipt = receipt_as_printed(form.receipt)
    if receipt is None:
        errors.append(field_error("/receipt", "citizen_receipt"))
    if errors or document is None:
        raise Invalid("citizen_sign_in_invalid", errors=errors)
    token = secrets.token_urlsafe(32)
    parts = _parts(token, keys, document)
    result = await session.execute(_BY_RECEIPT, {**parts, "receipt": receipt})
    if not result.scalar_one():
        error = field_error("/receipt", "citizen_unknown")
        raise Invalid("citizen_sign_in_invalid", errors=[error])
    return token


async def sign_in_by_identity(session: AsyncSession, keys: Keys, personal_number: str) -> str:
    """The session's secret, for somebody whom the identity provider vouched for. That it was opened
    is written down with it. Raises TooMany.
    """
    document, errors = read_number("personal", personal_number, "")
    if document is None:
        raise Invalid("oidc_no_number", errors=errors)
    token = secrets.token_urlsafe(32)
    result = await session.execute(
        _BY_IDENTITY, {"token": token_hash(token), "wanted": _opening(keys, document)}
    )
    if result.scalar_one() != "open":
        raise TooMany("citizens_too_many", retry_after_s=3600)
    return token


async def citizen_of(session: AsyncSession, token: str | None) -> Citizen:
    """Raises Unauthenticated when nobody is signed in any more."""
    hashed = token_hash(token or "")
    row = (await session.execute(_OF, {"token": hashed})).one_or_none()
    if row is None:
        raise Unauthenticated("sign_in_required")
    return Citizen(token_hash=hashed, kind=row.kind, expires_at=row.expires_at)


async def sign_citizen_out(session: AsyncSession, token: str) -> None:
    """End the session on the server; an unknown secret is no error."""
    await session.execute(_CLOSE, {"token": token_hash(token)})


def receipt_as_printed(typed: str) -> str | None:
    """`LT-XXXX-XXXX-XXXX` of what people type: without hyphens, in small letters, O for 0, I and L
    for 1 (Crockford's base 32 has none of these). None when it can be no receipt's number.
    """
    bare = "".join(char for char in clean_line(typed).upper() if char.isalnum())
    symbols = bare.removeprefix("LT").translate(str.maketrans("OIL", "011"))
    if len(symbols) != _WHOLE or not symbols.isascii() or "U" in symbols:
        return None
    return f"LT-{symbols[:4]}-{symbols[4:8]}-{symbols[8:]}"


def _opening(keys: Keys, document: DocumentNumber) -> str:
    index = blind_index(keys, document.document_type, document.number, document.nationality)
    opening_id = new_id()
    # So that the next index key finds it too, as with look-ups.
    sealed = seal(keys, NO_FACILITY, opening_id, document)
    return msgspec.json.encode(
        {
            "id": opening_id,
            "index_a": index.a and index.a.hex(),
            "index_b": index.b and index.b.hex(),
            "key_id": sealed.key_id,
            "sealed": sealed.sealed.hex(),
        }
    ).decode()


def _parts(token: str, keys: Keys, document: DocumentNumber) -> dict[str, Any]:
    index: BlindIndex = blind_index(
        keys, document.document_type, document.number, document.nationality
    )
    return {"token": token_hash(token), "a": index.a, "b": index.b}
