"""What the database needs every day: room for new months, and what has ended removed."""

import msgspec
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.answers.keep_answer import ANSWER_KEPT_DAYS
from asm.accounts.throttling.known_origins import KNOWN_DEVICE_DAYS
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
_OLD_ANSWERS = text(
    "DELETE FROM account_answer WHERE (account_id, key) IN (SELECT account_id, key "
    "FROM account_answer WHERE created_at < clock_timestamp() - make_interval(days => :days) "
    "LIMIT :chunk)"
).bindparams(days=ANSWER_KEPT_DAYS)
_ENDED_SESSIONS = text(
    "DELETE FROM web_session WHERE token_hash IN (SELECT token_hash FROM web_session "
    "WHERE expires_at < clock_timestamp() LIMIT :chunk)"
)

#: Counters of tries that are empty say nothing any more.
_EMPTY_COUNTERS = text(
    "DELETE FROM tries WHERE key IN (SELECT key FROM tries WHERE empty_at < clock_timestamp() "
    "AND coalesce(blocked_until, empty_at) < clock_timestamp() LIMIT :chunk)"
)
#: Whoever has more networks than this at hand fills no disk: the emptiest counters go first.
MOST_COUNTERS = 500_000
_TOO_MANY_COUNTERS = text(
    "DELETE FROM tries WHERE key IN (SELECT key FROM tries ORDER BY empty_at "
    "LIMIT least(:chunk, greatest((SELECT count(*) FROM tries) - :most, 0)))"
)
_OLD_ORIGINS = text(
    "DELETE FROM known_origin WHERE (account_id, kind, hash) IN (SELECT account_id, kind, hash "
    "FROM known_origin WHERE last_at < clock_timestamp() - make_interval(days => :days) "
    "LIMIT :chunk)"
).bindparams(days=KNOWN_DEVICE_DAYS)
#: Of software, which gets a new one each hour, and of phones, every ten minutes: a day longer, so
#: that a phone that was signed out hears so.
_ENDED_CLIENT_TOKENS = text(
    "DELETE FROM api_token WHERE token_hash IN (SELECT token_hash FROM api_token "
    "WHERE coalesce(software_secret_id, device_id) IS NOT NULL "
    "AND expires_at < clock_timestamp() - interval '1 day' LIMIT :chunk)"
)

#: Codes that signed a phone in, for a day: one that comes again was stolen.
_OLD_DEVICE_CODES = text(
    "DELETE FROM device_code WHERE code_hash IN (SELECT code_hash FROM device_code "
    "WHERE expires_at < clock_timestamp() - interval '1 day' LIMIT :chunk)"
)
#: A refresh token that was spent is known again for a week; later it opens nothing all the same.
_SPENT_REFRESH = text(
    "DELETE FROM device_refresh WHERE token_hash IN (SELECT token_hash FROM device_refresh "
    "WHERE spent_at < clock_timestamp() - interval '7 days' LIMIT :chunk)"
)
#: A device that ended, or was not used, answers for as long as its last refresh token would.
_OLD_DEVICES = text(
    "DELETE FROM device WHERE id IN (SELECT id FROM device "
    "WHERE expires_at < clock_timestamp() - interval '1 day' LIMIT :chunk)"
)

#: Challenges that passkeys answered, once they are too old to be answered again.
_OLD_CHALLENGES = text(
    "DELETE FROM passkey_answered WHERE challenge_hash IN (SELECT challenge_hash "
    "FROM passkey_answered WHERE expires_at < clock_timestamp() LIMIT :chunk)"
)

#: A code that nobody can use any more is kept for a month, to answer what became of it.
CODE_DAYS = 30
_OLD_CODES = text(
    "DELETE FROM account_code WHERE id IN (SELECT id FROM account_code "
    "WHERE expires_at < clock_timestamp() - make_interval(days => :days) LIMIT :chunk)"
).bindparams(days=CODE_DAYS)
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
    origins_removed: int = 0
    client_tokens_removed: int = 0
    device_codes_removed: int = 0
    refresh_tokens_removed: int = 0
    devices_removed: int = 0
    answers_removed: int = 0
    challenges_removed: int = 0


class TriesForgotten(msgspec.Struct, frozen=True, kw_only=True):
    """What one round did."""

    counters_removed: int


async def keep_up(engine: AsyncEngine) -> Upkeep:
    """One round; harmless to repeat and to run twice at once."""
    return Upkeep(
        partitions_made=await _make_partitions(engine),
        keys_removed=await _remove(engine, _OLD_KEYS),
        sessions_removed=await _remove(engine, _ENDED_SESSIONS),
        deliveries_removed=await _remove(engine, _OLD_DELIVERIES),
        messages_removed=await _remove(engine, _OLD_MESSAGES),
        codes_removed=await _remove(engine, _OLD_CODES),
        origins_removed=await _remove(engine, _OLD_ORIGINS),
        client_tokens_removed=await _remove(engine, _ENDED_CLIENT_TOKENS),
        device_codes_removed=await _remove(engine, _OLD_DEVICE_CODES),
        refresh_tokens_removed=await _remove(engine, _SPENT_REFRESH),
        devices_removed=await _remove(engine, _OLD_DEVICES),
        answers_removed=await _remove(engine, _OLD_ANSWERS),
        challenges_removed=await _remove(engine, _OLD_CHALLENGES),
    )


async def forget_tries(engine: AsyncEngine, most: int = MOST_COUNTERS) -> TriesForgotten | None:
    """Remove the counters of tries that are empty, and what there is beyond `most`. None when there
    was nothing to do. Harmless to repeat and to run twice at once.
    """
    removed = await _remove(engine, _EMPTY_COUNTERS)
    removed += await _remove(engine, _TOO_MANY_COUNTERS.bindparams(most=most))
    return TriesForgotten(counters_removed=removed) if removed else None


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
