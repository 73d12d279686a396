"""Pages that open the inbox's stream and read nothing of it."""

import asyncio
import json
from contextlib import AsyncExitStack

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from tests.checks.desks import rows
from tests.web.inbox.test_inbox import put
from tests.web.visitor import Visitor

#: More than a web process has connections for requests.
READERS = 14
_HELD = """
SELECT count(*) AS held FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'asm-api'
  AND state LIKE 'idle in transaction%' AND xact_start < CAST(:since AS timestamptz)
"""


async def test_more_readers_than_connections_leave_all_of_them_to_others(
    live_server: str, cast: Cast, admin_engine: AsyncEngine
) -> None:
    limits = httpx.Limits(max_connections=READERS + 4)
    async with (
        httpx.AsyncClient(base_url=live_server, timeout=60, limits=limits) as client,
        AsyncExitStack() as opened,
    ):
        visitor = Visitor(client)
        await visitor.sign_in(cast, "hai")
        streams = [
            await opened.enter_async_context(client.stream("GET", "/inbox/events"))
            for _ in range(READERS)
        ]
        assert {stream.status_code for stream in streams} == {200}
        (before,) = await rows(admin_engine, "SELECT clock_timestamp() AS at")
        # Twelve pages at once, while none of the streams is read.
        pages = await asyncio.gather(
            *(client.get(path) for path in ("/inbox", "/account", "/inbox/settings") * 4)
        )
        assert {answer.status_code for answer in pages} == {200}
        (counted,) = await rows(admin_engine, _HELD, since=before.at)
        assert counted.held == 0


async def test_what_the_stream_says_is_json_and_no_event_is_empty(
    live_server: str, cast: Cast, admin_engine: AsyncEngine
) -> None:
    """A page that takes what comes for JSON never meets Python's own writing, nor an event without
    anything where nothing is new.
    """
    said: list[str] = []
    async with httpx.AsyncClient(base_url=live_server, timeout=60) as client:
        visitor = Visitor(client)
        await visitor.sign_in(cast, "hai")
        async with client.stream("GET", "/inbox/events") as answer, asyncio.timeout(60):
            async for line in answer.aiter_lines():
                said.append(line)
                if line.startswith("data:") and (count := len(counts_in(said))) < 3:
                    await put(admin_engine, "hai", f"number {count}")
                elif line.startswith("data:"):
                    break
    assert counts_in(said) == [0, 1, 2]
    assert {line.partition(":")[0] for line in said} <= {"event", "data", "retry", ""}
    assert said.count("event: unread") == 3


def counts_in(lines: list[str]) -> list[object]:
    return [json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:")]
