"""Idempotency keys: the same key and body get the stored answer, another body is refused.

A change claims its key first. Declarations look first and keep key and answer together at the end,
with one statement for many: who finds the key taken by then was raced, undoes all and looks again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Access
from asm.db.direct import Direct, hexed, insert_of
from asm.errors import Invalid, field_error
from asm.headers import Header
from asm.identity.vault.keys import Keys
from asm.identity.vault.sealing import fingerprint, fingerprint_fits
from asm.stays.model import IdempotencyRow, idempotency

MAX_KEY = 128
#: How long a key is remembered (the worker removes older ones).
KEPT_DAYS = 45
_FIND = (
    "SELECT i.facility_id, i.key, i.fingerprint, CAST(i.outcome AS text) AS outcome "
    "FROM unnest($1::uuid[], $2::text[]) AS asked(facility_id, key) "
    "JOIN idempotency i ON i.facility_id = asked.facility_id AND i.key = asked.key"
)
#: A key, and the answer that this transaction makes true: (keys, facility, key, body, answer).
Kept = tuple[Keys, UUID, str, bytes, msgspec.Struct]


class KeyRaced(Exception):  # noqa: N818 -- not a fault: look again
    """Another transaction kept one of the keys first: undo all, and find its answer."""


async def claim_key(access: Access, facility_id: UUID, key: str, body: bytes) -> bytes | None:
    """Take `key` for this transaction, or return the answer that it got before (JSON).

    A second request with the same key waits here until the first has committed. Raises Invalid
    (422 idempotency_key_reused) when the key came with another body.
    """
    check_key(key)
    claimed = await access.session.execute(
        insert(idempotency)
        .values(
            facility_id=facility_id,
            key=key,
            fingerprint=fingerprint(access.keys, body),
            outcome=None,
        )
        .on_conflict_do_nothing()
        .returning(idempotency.c.key)
    )
    if claimed.one_or_none() is not None:
        return None
    stored = await access.session.execute(
        select(idempotency.c.fingerprint, idempotency.c.outcome).where(
            idempotency.c.facility_id == facility_id, idempotency.c.key == key
        )
    )
    row = stored.one()
    if not fingerprint_fits(access.keys, bytes(row.fingerprint), body):
        raise _reused()
    return msgspec.json.encode(row.outcome)


async def answered_at(session: AsyncSession, facility_id: UUID, key: str | None) -> datetime | None:
    """When the key got its answer, whatever it came with: limits and deadlines of today say nothing
    of what was answered before them. Raises Invalid idempotency_key_malformed.
    """
    if key is None:
        return None
    check_key(key)
    answered = await session.execute(
        select(idempotency.c.created_at).where(
            idempotency.c.facility_id == facility_id, idempotency.c.key == key
        )
    )
    return answered.scalar_one_or_none()


async def outcome_stored(session: AsyncSession, facility_id: UUID, key: str) -> Any:
    """The answer that the key got, as JSON's values; None for a key that has none."""
    stored = await session.execute(
        select(idempotency.c.outcome).where(
            idempotency.c.facility_id == facility_id, idempotency.c.key == key
        )
    )
    return stored.scalar_one_or_none()


async def answers_before(
    driver: Direct, requests: Sequence[tuple[Keys, UUID, str, bytes]]
) -> list[bytes | Invalid | None]:
    """For each (keys, facility, key, body) in order: the answer that the key got before (JSON), a
    refusal when it came with another body, or None for a new key.
    """
    rows = await driver.fetch(
        _FIND, [request[1] for request in requests], [request[2] for request in requests]
    )
    stored = {(row["facility_id"], row["key"]): row for row in rows}
    return [_answer(stored.get((f, key)), keys, body) for keys, f, key, body in requests]


def _answer(row: Any, keys: Keys, body: bytes) -> bytes | Invalid | None:
    if row is None:
        return None
    if not fingerprint_fits(keys, row["fingerprint"], body):
        return _reused()
    answer: str = row["outcome"]
    return answer.encode()


def insert_answers(parameter: str) -> str:
    """The statement that keeps `answer_rows`: it returns the keys that nobody else had taken."""
    insert_keys = insert_of(idempotency, IdempotencyRow, parameter)
    return f"{insert_keys} ON CONFLICT DO NOTHING RETURNING key"


def answer_rows(answers: Sequence[Kept]) -> list[IdempotencyRow]:
    """Keys with their answers as rows. Where fewer are kept than these, another transaction was
    first with one of them: raise KeyRaced.
    """
    return [
        IdempotencyRow(
            facility_id=facility_id,
            key=key,
            fingerprint=hexed(fingerprint(keys, body)),
            outcome=answer,
        )
        for keys, facility_id, key, body, answer in sorted(answers, key=lambda kept: kept[1:3])
    ]


def _reused() -> Invalid:
    return Invalid(
        "idempotency_key_reused",
        errors=[
            field_error(
                f"/headers/{Header.IDEMPOTENCY_KEY}",
                "idempotency_key_reused",
                text="idempotency_key_reused:field",
            )
        ],
    )


async def store_answer(
    session: AsyncSession, facility_id: UUID, key: str, answer: msgspec.Struct
) -> None:
    """Keep the answer for resends, in the transaction that made it true."""
    await session.execute(
        update(idempotency)
        .where(idempotency.c.facility_id == facility_id, idempotency.c.key == key)
        .values(outcome=literal(msgspec.to_builtins(answer), idempotency.c.outcome.type))
    )


def check_key(key: str) -> None:
    """Raises Invalid idempotency_key_malformed."""
    if not 8 <= len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise Invalid(
            "idempotency_key_malformed",
            errors=[
                field_error(
                    f"/headers/{Header.IDEMPOTENCY_KEY}",
                    "idempotency_key_malformed",
                    text="idempotency_key_malformed:field",
                )
            ],
        )
