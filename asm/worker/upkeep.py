"""What the database needs every day: room for new months, and what has ended removed."""

import msgspec
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.codes.tries import KEPT_HOURS
from asm.db.locks import Lock, try_to_hold
from asm.db.session import one_transaction
from asm.stays.intake.idempotency import KEPT_DAYS

#: The current month and the three after it. Later arrivals still have the default partition.
MONTHS_AHEAD = 4
#: Rows removed in one transaction: short enough that no declaration waits for it.
CHUNK = 1_000

# A new partition locks the default one for a moment: better tried again than waited for.
_WAIT_BRIEFLY = text("SELECT set_config('lock_timeout', '2s', true)")
_MAKE_ROOM = text(
    "SELECT ensure_stay_partitions("
    "(clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, :months)"
)
_OLD_KEYS = text(
    "DELETE FROM idempotency WHERE (facility_id, key) IN (SELECT facility_id, key FROM idempotency "
    "WHERE created_at < clock_timestamp() - make_interval(days => :days) LIMIT :chunk)"
).bindparams(days=KEPT_DAYS)
_ENDED_SESSIONS = text(
    "DELETE FROM web_session WHERE token_hash IN (SELECT token_hash FROM web_session "
    "WHERE expires_at < clock_timestamp() LIMIT :chunk)"
)


#: A code that nobody can use any more is kept for a month, to answer what became of it.
CODE_DAYS = 30
_OLD_CODES = text(
    "DELETE FROM account_code WHERE id IN (SELECT id FROM account_code "
    "WHERE expires_at < clock_timestamp() - make_interval(days => :days) LIMIT :chunk)"
).bindparams(days=CODE_DAYS)
_OLD_TRIES = text(
    "DELETE FROM code_try WHERE bucket IN (SELECT bucket FROM code_try "
    "WHERE started_at < clock_timestamp() - make_interval(hours => :hours) LIMIT :chunk)"
).bindparams(hours=KEPT_HOURS)
#: Messages are kept for half a year: long enough to show that a reminder was sent.
MESSAGE_DAYS = 180
_OLD_DELIVERIES = text(
    "DELETE FROM delivery WHERE (facility_id, id) IN (SELECT d.facility_id, d.id "
    "FROM delivery AS d "
    "JOIN message AS m ON m.facility_id = d.facility_id AND m.id = d.message_id "
    "WHERE m.created_at < clock_timestamp() - make_interval(days => :days) LIMIT :chunk)"
).bindparams(days=MESSAGE_DAYS)
_OLD_MESSAGES = text(
    "DELETE FROM message WHERE (facility_id, id) IN (SELECT facility_id, id FROM message "
    "WHERE created_at < clock_timestamp() - make_interval(days => :days) LIMIT :chunk)"
).bindparams(days=MESSAGE_DAYS)


class Upkeep(msgspec.Struct, frozen=True, kw_only=True):
    """What one round did."""

    partitions_made: int
    keys_removed: int
    sessions_removed: int
    deliveries_removed: int = 0
    messages_removed: int = 0
    codes_removed: int = 0
    tries_removed: int = 0


async def keep_up(engine: AsyncEngine) -> Upkeep:
    """One round; harmless to repeat and to run twice at once."""
    return Upkeep(
        partitions_made=await _make_partitions(engine),
        keys_removed=await _remove(engine, _OLD_KEYS),
        sessions_removed=await _remove(engine, _ENDED_SESSIONS),
        deliveries_removed=await _remove(engine, _OLD_DELIVERIES),
        messages_removed=await _remove(engine, _OLD_MESSAGES),
        codes_removed=await _remove(engine, _OLD_CODES),
        tries_removed=await _remove(engine, _OLD_TRIES),
    )


async def _make_partitions(engine: AsyncEngine) -> int:
    async with one_transaction(engine) as session:
        if not await try_to_hold(session, Lock.UPKEEP):
            return 0
        await session.execute(_WAIT_BRIEFLY)
        count: int = (await session.execute(_MAKE_ROOM, {"months": MONTHS_AHEAD})).scalar_one()
        return count


async def _remove(engine: AsyncEngine, statement: TextClause) -> int:
    removed = 0
    while True:
        async with one_transaction(engine) as session:
            result = await session.execute(statement, {"chunk": CHUNK})
            count: int = result.rowcount  # type: ignore[attr-defined]  # a DELETE's result has it
        removed += count
        if count < CHUNK:
            return removed
