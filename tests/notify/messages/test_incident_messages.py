"""From the incident log to those concerned: once when it opens, once when it ends."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.sessions import actor_of_login
from asm.db.base import NO_FACILITY
from asm.db.session import one_transaction
from asm.demo.cast import WARD_B, Cast
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic
from asm.stays.incidents.incident_log import (
    NewIncident,
    close_incident,
    open_incident,
    withdraw_incident,
)
from asm.stays.incidents.watch_intake import open_outage_incident
from tests.notify.messages.rows import messages_by_login, put_contact, rows
from tests.notify.messages.test_host_messages import empty
from tests.web.visitor import Visitor


async def opened(engine: AsyncEngine, **scope: Any) -> int:
    started = datetime.now(UTC) - timedelta(hours=1)
    async with one_transaction(engine) as session:
        admin = await actor_of_login(session, "admin")
        return await open_incident(session, admin, NewIncident(started_at=started, **scope))


async def steps(engine: AsyncEngine, login: str) -> list[str]:
    step_rows = await rows(
        engine,
        "SELECT facts ->> 'step' AS step FROM message JOIN account ON account.id = account_id "
        "WHERE topic = 'outage' AND login = :login ORDER BY message.created_at",
        login=login,
    )
    return [row.step for row in step_rows]


async def test_everybody_hears_of_its_beginning_and_its_end_once(
    cast: Cast, api_engine: AsyncEngine, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put_contact(admin_engine, "lan", "email", {"email": "lan@example.com"})
    number = await opened(api_engine)
    await empty(worker_engine)
    # Whether declaring works is no business of who reads figures alone.
    everybody = cast.people.keys() - {"nga", "van"}
    assert await messages_by_login(admin_engine, "outage") == Counter(dict.fromkeys(everybody, 1))
    async with one_transaction(api_engine) as session:
        await close_incident(session, await actor_of_login(session, "admin"), number)
    await empty(worker_engine)
    # An event that comes again, as after an operator's retry, tells nobody anything.
    async with one_transaction(worker_engine) as session:
        await enqueue(session, Topic.INCIDENT_CHANGED, [(NO_FACILITY, {"incident": number})] * 3)
    await empty(worker_engine)
    assert await messages_by_login(admin_engine, "outage") == Counter(dict.fromkeys(everybody, 2))
    assert await steps(admin_engine, "lan") == ["opened", "ended"]
    (mails,) = await rows(admin_engine, "SELECT count(*) AS n FROM delivery")
    assert mails.n == 2


@pytest.mark.parametrize(
    ("scope", "hears"),
    [
        ("one facility", {"hai", "minh", "quang", "admin"}),
        ("a ward", {"tuan", "thao", "quang", "admin"}),
    ],
)
async def test_who_is_not_concerned_hears_nothing(
    scope: str,
    hears: set[str],
    cast: Cast,
    api_engine: AsyncEngine,
    worker_engine: AsyncEngine,
    admin_engine: AsyncEngine,
) -> None:
    named = {"one facility": {"facilities": [cast.boarding_house]}, "a ward": {"wards": [WARD_B]}}
    await opened(api_engine, **named[scope])
    await empty(worker_engine)
    assert await messages_by_login(admin_engine, "outage") == Counter(dict.fromkeys(hears, 1))


async def test_by_rule_it_is_told_too_and_taken_back_as_well(
    cast: Cast,
    visitor: Visitor,
    api_engine: AsyncEngine,
    worker_engine: AsyncEngine,
    admin_engine: AsyncEngine,
) -> None:
    async with one_transaction(admin_engine) as session:
        await session.execute(
            text("INSERT INTO worker_heartbeat VALUES ('x', clock_timestamp() - interval '1 h')")
        )
    number = await open_outage_incident(worker_engine, unreachable=True)
    assert number is not None
    await empty(worker_engine)
    async with one_transaction(api_engine) as session:
        await withdraw_incident(session, await actor_of_login(session, "admin"), number)
    await empty(worker_engine)
    assert await steps(admin_engine, "hai") == ["ended", "withdrawn"]
    await visitor.sign_in(cast, "hai")
    await visitor.open("/inbox")
    assert f"Sự cố số {number} đã xong" in visitor.html
    assert f"Sự cố số {number} đã được rút lại" in visitor.html


async def test_words_outside_name_no_place(
    cast: Cast, api_engine: AsyncEngine, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await opened(api_engine, facilities=[cast.hoa_sen], note="Đứt cáp ở khách sạn Hoa Sen")
    await empty(worker_engine)
    (row,) = await rows(admin_engine, "SELECT DISTINCT facts FROM message")
    assert "Hoa Sen" not in str(row.facts)
