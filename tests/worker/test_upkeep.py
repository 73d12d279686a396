"""Upkeep: months ahead have their partition, old keys and sessions go, young ones stay."""

import asyncio
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.throttling.known_origins import KNOWN_DEVICE_DAYS
from asm.db.session import one_transaction
from asm.stays.intake.idempotency import KEPT_DAYS
from asm.worker.upkeep import (
    CHUNK,
    CODE_DAYS,
    MESSAGE_DAYS,
    MONTHS_AHEAD,
    forget_tries,
    keep_up,
)


async def run(engine: AsyncEngine, statement: str, **values: Any) -> None:
    async with one_transaction(engine) as session:
        await session.execute(text(statement), values)


async def ask(engine: AsyncEngine, query: str, **values: Any) -> list[Any]:
    async with one_transaction(engine) as session:
        return list((await session.execute(text(query), values)).all())


PARTITIONS = (
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits "
    "WHERE inhparent = 'stay'::regclass AND inhrelid <> 'stay_other'::regclass"
)
MONTHS = (
    "SELECT to_regclass('public.stay_' || to_char(date_trunc('month', "
    "clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh') + make_interval(months => step), "
    "'YYYYMM')) "
    "IS NOT NULL AS there FROM generate_series(0, :months - 1) AS step"
)


async def test_the_coming_months_have_a_partition(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    for part in await ask(admin_engine, PARTITIONS):
        await run(admin_engine, f"DROP TABLE {part.name}")
    assert (await keep_up(worker_engine)).partitions_made == MONTHS_AHEAD
    assert all(row.there for row in await ask(admin_engine, MONTHS, months=MONTHS_AHEAD))
    secured = await ask(
        admin_engine,
        "SELECT relname FROM pg_class WHERE relname LIKE 'stay\\_2%' AND relkind = 'r' "
        "AND NOT (relrowsecurity AND relforcerowsecurity)",
    )
    assert secured == []
    assert (await keep_up(worker_engine)).partitions_made == 0


async def test_old_keys_go_in_chunks_and_young_ones_stay(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    old = CHUNK * 2 + 5
    await run(
        admin_engine,
        "INSERT INTO idempotency (facility_id, key, fingerprint, created_at) "
        "SELECT gen_random_uuid(), 'key-' || n, '\\x00', clock_timestamp() "
        "- make_interval(days => CASE WHEN n <= :old THEN :days + 1 ELSE :days - 1 END) "
        "FROM generate_series(1, :old + 3) AS n",
        old=old,
        days=KEPT_DAYS,
    )
    assert (await keep_up(worker_engine)).keys_removed == old
    assert len(await ask(admin_engine, "SELECT 1 FROM idempotency")) == 3


async def test_ended_sessions_go(worker_engine: AsyncEngine, admin_engine: AsyncEngine) -> None:
    await run(
        admin_engine,
        "INSERT INTO web_session (token_hash, account_id, expires_at) "
        "SELECT decode(md5(n::text), 'hex'), (SELECT id FROM account LIMIT 1), "
        "clock_timestamp() + make_interval(hours => n) FROM unnest(ARRAY[-30, -1, 1, 12]) AS n",
    )
    assert (await keep_up(worker_engine)).sessions_removed == 2
    assert len(await ask(admin_engine, "SELECT 1 FROM web_session")) == 2


async def test_two_at_once_are_harmless(worker_engine: AsyncEngine) -> None:
    both = await asyncio.gather(keep_up(worker_engine), keep_up(worker_engine))
    assert [done.keys_removed for done in both] == [0, 0]


async def test_messages_go_after_half_a_year_with_their_deliveries(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    for days in (MESSAGE_DAYS + 1, MESSAGE_DAYS - 1):
        await run(
            admin_engine,
            "WITH told AS (INSERT INTO message (facility_id, id, account_id, topic, event_key, "
            "in_inbox, created_at) VALUES (gen_random_uuid(), gen_random_uuid(), "
            "gen_random_uuid(), 'outage', 'x', true, "
            "clock_timestamp() - make_interval(days => :days)) RETURNING facility_id, id, "
            "account_id) INSERT INTO delivery (facility_id, id, message_id, account_id, "
            "contact_id, channel) SELECT facility_id, gen_random_uuid(), id, account_id, "
            "gen_random_uuid(), 'email' FROM told",
            days=days,
        )
    done = await keep_up(worker_engine)
    assert (done.deliveries_removed, done.messages_removed) == (1, 1)
    assert len(await ask(admin_engine, "SELECT 1 FROM message")) == 1
    assert len(await ask(admin_engine, "SELECT 1 FROM delivery")) == 1


async def test_codes_of_long_ago_go(admin_engine: AsyncEngine, worker_engine: AsyncEngine) -> None:
    for days in (CODE_DAYS - 1, CODE_DAYS + 1):
        await run(
            admin_engine,
            "INSERT INTO account_code (id, purpose, expires_at) VALUES (gen_random_uuid(), "
            "'open_account', clock_timestamp() - make_interval(days => :days))",
            days=days,
        )
    done = await keep_up(worker_engine)
    assert done.codes_removed == 1
    done = await keep_up(worker_engine)
    assert done.codes_removed == 0


async def test_counters_go_when_they_are_empty_or_far_too_many(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await run(
        admin_engine,
        "INSERT INTO tries (key, empty_at, blocked_until) SELECT decode(lpad(to_hex(n), 8, '0'), "
        "'hex'), clock_timestamp() + make_interval(mins => n), CASE n WHEN 0 THEN "
        "clock_timestamp() + interval '1 hour' END FROM generate_series(-1200, 5) AS n",
    )
    done = await forget_tries(worker_engine)
    assert done is not None
    assert done.counters_removed == 1200, "those that are empty and block nobody"
    fullest = "SELECT encode(key, 'hex') AS key FROM tries ORDER BY empty_at"
    assert len(await ask(admin_engine, fullest)) == 6
    await forget_tries(worker_engine, most=2)
    left = await ask(admin_engine, fullest)
    assert [row.key for row in left] == ["00000004", "00000005"], "who tried most stays counted"
    assert await forget_tries(worker_engine) is None


async def test_old_devices_and_ended_tokens_of_software_go(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await run(
        admin_engine,
        "INSERT INTO known_origin (account_id, kind, hash, last_at) SELECT id, 'device', "
        "int8send(n), clock_timestamp() - make_interval(days => :days + n) "
        "FROM account, generate_series(-1, 1, 2) AS n WHERE login = 'lan'",
        days=KNOWN_DEVICE_DAYS,
    )
    await run(
        admin_engine,
        "INSERT INTO api_token (token_hash, id, account_id, label, expires_at, "
        "software_secret_id) SELECT int8send(n), gen_random_uuid(), id, 'x', "
        "clock_timestamp() - make_interval(hours => n), CASE n WHEN 26 THEN NULL ELSE "
        "gen_random_uuid() END FROM account, unnest(ARRAY[23, 25, 26]) AS n WHERE login = 'lan'",
    )
    done = await keep_up(worker_engine)
    assert (done.origins_removed, done.client_tokens_removed) == (1, 1)
    assert len(await ask(admin_engine, "SELECT 1 FROM known_origin")) == 1
    assert len(await ask(admin_engine, "SELECT 1 FROM api_token")) == 2


async def test_what_is_left_of_phones_goes(
    admin_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    await run(
        admin_engine,
        "WITH phone AS (INSERT INTO device (id, account_id, client_id, label, jkt, public_key, "
        "binding, expires_at) SELECT gen_random_uuid(), (SELECT id FROM account LIMIT 1), 'x', "
        "'', 'x', 'x.y', n::text, clock_timestamp() + make_interval(days => n) "
        "FROM unnest(ARRAY[-2, -1, 80]) AS n RETURNING id, account_id, binding) "
        "INSERT INTO device_refresh (token_hash, device_id, account_id, expires_at, spent_at) "
        "SELECT decode(md5(binding || spent), 'hex'), id, account_id, clock_timestamp(), "
        "clock_timestamp() - make_interval(days => spent) FROM phone, unnest(ARRAY[8, 6, NULL]) "
        "AS spent",
    )
    await run(
        admin_engine,
        "INSERT INTO device_code (code_hash, account_id, client_id, redirect_uri, challenge, jkt, "
        "label, expires_at) SELECT decode(md5(n::text), 'hex'), (SELECT id FROM account LIMIT 1), "
        "'x', 'x', 'x', 'x', '', clock_timestamp() - make_interval(hours => n) "
        "FROM unnest(ARRAY[25, 23]) AS n",
    )
    await run(
        admin_engine,
        "INSERT INTO api_token (token_hash, id, account_id, label, expires_at, device_id, "
        "device_jkt, device_key) SELECT decode(md5(n::text), 'hex'), gen_random_uuid(), "
        "(SELECT id FROM account LIMIT 1), '', clock_timestamp() - make_interval(hours => n), "
        "gen_random_uuid(), 'x', 'x.y' FROM unnest(ARRAY[25, 23]) AS n",
    )
    done = await keep_up(worker_engine)
    assert done.device_codes_removed == 1
    assert done.client_tokens_removed == 1
    assert done.refresh_tokens_removed == 3
    assert done.devices_removed == 1
    left = await ask(admin_engine, "SELECT device_id FROM device_refresh WHERE spent_at IS NULL")
    assert len(left) == 0 or all(row.device_id for row in left)
    assert len(await ask(admin_engine, "SELECT 1 FROM device")) == 2
