"""Idempotency keys: the same key and body get the stored answer, another body is refused."""

from uuid import UUID

import msgspec
from sqlalchemy import literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import Invalid, field_error
from asm.identity.keys import Keys
from asm.identity.vault import fingerprint, fingerprint_fits
from asm.stays.model import idempotency

MAX_KEY = 128
#: How long a key is remembered (the worker removes older ones).
KEPT_DAYS = 45


async def claim_key(
    session: AsyncSession, keys: Keys, facility_id: UUID, key: str, body: bytes
) -> bytes | None:
    """Take `key` for this transaction, or return the answer that it got before (JSON).

    A second request with the same key waits here until the first has committed. Raises Invalid
    (422 idempotency_key_reused) when the key came with another body.
    """
    _check_key(key)
    claimed = await session.execute(
        insert(idempotency)
        .values(facility_id=facility_id, key=key, fingerprint=fingerprint(keys, body), outcome=None)
        .on_conflict_do_nothing()
        .returning(idempotency.c.key)
    )
    if claimed.one_or_none() is not None:
        return None
    stored = await session.execute(
        select(idempotency.c.fingerprint, idempotency.c.outcome).where(
            idempotency.c.facility_id == facility_id, idempotency.c.key == key
        )
    )
    row = stored.one()
    if not fingerprint_fits(keys, bytes(row.fingerprint), body):
        raise Invalid(
            "idempotency_key_reused",
            "Khóa Idempotency-Key này đã dùng cho một nội dung khác.",
            "This Idempotency-Key was used for another request.",
            errors=[
                field_error(
                    "/headers/Idempotency-Key",
                    "idempotency_key_reused",
                    "Tạo khóa mới cho mỗi khai báo mới; chỉ dùng lại khi gửi lại đúng nội dung.",
                    "Make a new key for each new declaration; reuse it only to resend the same.",
                )
            ],
        )
    return msgspec.json.encode(row.outcome)


async def store_answer(
    session: AsyncSession, facility_id: UUID, key: str, answer: msgspec.Struct
) -> None:
    """Keep the answer for resends, in the transaction that made it true."""
    await session.execute(
        update(idempotency)
        .where(idempotency.c.facility_id == facility_id, idempotency.c.key == key)
        .values(outcome=literal(msgspec.to_builtins(answer), idempotency.c.outcome.type))
    )


def _check_key(key: str) -> None:
    if not 8 <= len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise Invalid(
            "idempotency_key_malformed",
            "Idempotency-Key phải có từ 8 đến 128 ký tự ASCII.",
            "Idempotency-Key must be 8 to 128 printable ASCII characters.",
            errors=[
                field_error(
                    "/headers/Idempotency-Key",
                    "idempotency_key_malformed",
                    "Dùng một UUID mới.",
                    "Use a fresh UUID.",
                )
            ],
        )
