"""The same key and request of an account get the answer that was given before.

1. `claim_answer` takes the key in the transaction that does the work; a second request with it
   waits there until the first has committed, and then finds its answer.
2. `store_kept_answer` seals the answer in that same transaction. A refusal undoes both.

Stays and their changes have keys of their own, by facility (`asm.stays.intake.idempotency`).
"""

from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from asm.accounts.access import Access
from asm.accounts.answers.model import account_answer
from asm.errors import Invalid, field_error, still_running
from asm.headers import Header
from asm.identity.vault.sealed_answers import open_answer, seal_answer
from asm.identity.vault.sealing import fingerprint, fingerprint_fits

#: How long an answer is kept (the worker removes older ones); as long as those of stays.
ANSWER_KEPT_DAYS: Final = 45


async def claim_answer(access: Access, key: str, request: bytes) -> bytes | None:
    """Take `key` for this transaction, or return what was answered (JSON). Raises Invalid
    `idempotency_key_reused` when it came with another request, Conflict still_running.
    """
    mine = account_answer.c.account_id == access.actor.id
    claimed = await access.session.execute(
        insert(account_answer)
        .values(account_id=access.actor.id, key=key, fingerprint=fingerprint(access.keys, request))
        .on_conflict_do_nothing()
        .returning(account_answer.c.key)
    )
    if claimed.one_or_none() is not None:
        return None
    stored = await access.session.execute(
        select(account_answer.c.fingerprint, account_answer.c.sealed).where(
            mine, account_answer.c.key == key
        )
    )
    row = stored.one()
    if not fingerprint_fits(access.keys, bytes(row.fingerprint), request):
        pointer = f"/headers/{Header.IDEMPOTENCY_KEY}"
        raise Invalid(
            "idempotency_key_reused",
            errors=[
                field_error(pointer, "idempotency_key_reused", text="idempotency_key_reused:field")
            ],
        )
    if row.sealed is None:
        raise still_running()
    return open_answer(access.keys, access.actor.id, key, bytes(row.sealed))


async def store_kept_answer(access: Access, key: str, answer: bytes) -> None:
    """Keep the answer for resends, in the transaction that made it true."""
    await access.session.execute(
        update(account_answer)
        .where(account_answer.c.account_id == access.actor.id, account_answer.c.key == key)
        .values(sealed=seal_answer(access.keys, access.actor.id, key, answer))
    )
