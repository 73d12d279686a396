"""The inbox without scripts, its mark in the head of every page, and its stream."""

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.login import token_hash
from asm.accounts.sessions import actor_of_login, actor_of_session
from asm.db.session import make_sessions, one_transaction
from asm.demo.cast import Cast
from asm.notify.channels.inbox.read_inbox import mark_read, read_inbox
from asm.notify.channels.inbox.watch import InboxWatch
from asm.notify.messages.reminders import remind
from asm.notify.messages.write_messages import NewMessage, Recipient, write_messages
from tests.notify.messages.clock import tomorrow_at
from tests.notify.messages.rows import account_id, change, rows
from tests.web.visitor import Visitor


async def put(engine: AsyncEngine, login: str, key: str, said: str = "Bảo trì lúc 02:00.") -> None:
    """An announcement for one person."""
    person = Recipient(account_id=await account_id(engine, login), role="landlord")
    facts = {"said": said, "said_en": "Maintenance at 02:00."}
    message = NewMessage(topic="outage", event_key=key, recipients=[person], facts=facts)
    async with one_transaction(engine) as session:
        await write_messages(session, tomorrow_at(12), [message])


async def test_an_empty_inbox(visitor: Visitor, cast: Cast) -> None:
    await visitor.sign_in(cast, "hai")
    await visitor.open("/inbox")
    assert "Chưa có thông báo nào." in visitor.html
    assert "data-unread hidden" in visitor.html


async def test_reading_marks_and_everybody_has_their_own(
    visitor: Visitor, cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await remind(worker_engine, tomorrow_at(21, 30))
    await put(admin_engine, "hai", "second")
    await visitor.sign_in(cast, "hai")
    assert '<span class="unread-mark num" data-unread >2</span>' in " ".join(visitor.html.split())
    await visitor.open("/inbox")
    assert "Chưa có khai báo cho đêm nay" in visitor.html
    assert "Nhà trọ Hải Yến" in visitor.html
    assert "Khách sạn Hoa Sen" not in visitor.html
    assert visitor.html.count(">chưa đọc</span>") == 2
    first = visitor.html.split('name="id" value="')[1].split('"')[0]
    await visitor.send("/inbox/read", id=first)
    assert visitor.html.count(">chưa đọc</span>") == 1
    await visitor.send("/inbox/read")
    assert "data-unread hidden" in visitor.html
    assert ">chưa đọc</span>" not in visitor.html


async def test_a_strangers_message_cannot_be_read_or_marked(
    cast: Cast, api_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(admin_engine, "hai", "one")
    (row,) = await rows(admin_engine, "SELECT id, account_id FROM message")
    async with make_sessions(api_engine).begin() as session:
        lan = await actor_of_login(session, "lan")
        # Even a query that names the other account finds nothing: the database says so.
        assert await read_inbox(session, row.account_id, 1) == []
        assert await mark_read(session, row.account_id, lan.now, [row.id]) == 0


async def test_english_and_pages(visitor: Visitor, cast: Cast, admin_engine: AsyncEngine) -> None:
    for number in range(51):
        await put(admin_engine, "hai", f"number {number}")
    await visitor.sign_in(cast, "hai")
    await visitor.send("/language", language="en", next="/inbox")
    assert "Maintenance at 02:00." in visitor.html
    assert "Older" in visitor.html
    await visitor.open("/inbox?page=2")
    assert visitor.html.count("<article") == 1
    assert "Newer" in visitor.html


async def counts(watch: InboxWatch, account: UUID, opened_by: bytes) -> AsyncIterator[int]:
    async for count in watch.stream(account, opened_by):
        yield count


async def signed_in(visitor: Visitor, cast: Cast, login: str) -> bytes:
    """The hash of a fresh session."""
    await visitor.sign_in(cast, login)
    return token_hash(visitor.client.cookies["asm"])


async def test_the_stream_tells_of_changes_and_ends_when_told(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    watch = InboxWatch(make_sessions(api_engine))
    opened_by = await signed_in(visitor, cast, "hai")
    stream = counts(watch, await account_id(admin_engine, "hai"), opened_by)
    assert await anext(stream) == 0
    await put(admin_engine, "hai", "one")
    assert await anext(stream) == 1
    watch.end_streams()
    assert [count async for count in stream] == []
    await watch.close()


async def test_a_stream_ends_by_itself(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    watch = InboxWatch(make_sessions(api_engine))
    opened_by = await signed_in(visitor, cast, "hai")
    hai = await account_id(admin_engine, "hai")
    assert [count async for count in watch.stream(hai, opened_by, seconds=0.5)] in ([0], [])
    await watch.close()


@pytest.mark.parametrize(
    "end",
    [
        "DELETE FROM web_session WHERE token_hash = :hash",
        "UPDATE web_session SET expires_at = clock_timestamp() WHERE token_hash = :hash",
        "UPDATE web_session SET last_seen_at = now() - interval '9 h' WHERE token_hash = :hash",
        "UPDATE account SET disabled_at = now() WHERE CAST(:hash AS bytea) IS NOT NULL",
    ],
    ids=["signed out", "expired", "idle for eight hours", "disabled"],
)
async def test_a_stream_ends_with_its_session_before_it_tells_anything_more(
    visitor: Visitor,
    cast: Cast,
    admin_engine: AsyncEngine,
    api_engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
    end: str,
) -> None:
    monkeypatch.setattr("asm.notify.channels.inbox.watch.LOOK_EVERY_S", 0.05)
    watch = InboxWatch(make_sessions(api_engine))
    hai = await account_id(admin_engine, "hai")
    gone = counts(watch, hai, await signed_in(visitor, cast, "hai"))
    hashed = token_hash(visitor.client.cookies["asm"])
    assert await anext(gone) == 0
    visitor.client.cookies.clear()
    other_hash = await signed_in(visitor, cast, "hai")
    other = counts(watch, hai, other_hash)
    assert await anext(other) == 0
    await change(admin_engine, end, hash=hashed)
    await put(admin_engine, "hai", "later")
    assert [count async for count in gone] == []
    if "disabled_at" not in end:
        # The control: a session of the same account that goes on.
        assert await anext(other) == 1
    await watch.close()


async def test_a_live_server_streams_holds_no_connection_and_stops(
    live_server: str, cast: Cast, admin_engine: AsyncEngine
) -> None:
    async with httpx.AsyncClient(base_url=live_server, timeout=60) as client:
        assert (await client.get("/inbox/events")).status_code == 303
        visitor = Visitor(client)
        await visitor.sign_in(cast, "hai")
        async with client.stream("GET", "/inbox/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert "content-encoding" not in answer.headers
            lines = answer.aiter_lines()
            assert await next_count(lines) == 0
            (told_at,) = await rows(admin_engine, "SELECT clock_timestamp() AS at")
            await put(admin_engine, "hai", "one")
            assert await next_count(lines) == 1
            # It looks again and again in short transactions; none spans two looks.
            held = await rows(
                admin_engine,
                "SELECT xact_start FROM pg_stat_activity WHERE application_name = 'asm-api' "
                "AND datname = current_database() AND xact_start IS NOT NULL",
            )
            assert [row.xact_start for row in held if row.xact_start < told_at.at] == []


async def next_count(lines: AsyncIterator[str]) -> int:
    async with asyncio.timeout(60):
        async for line in lines:
            if line.startswith("data:"):
                return int(json.loads(line.removeprefix("data:")))
    raise AssertionError("the stream ended")


async def test_signing_out_elsewhere_ends_the_stream(
    live_server: str, cast: Cast, admin_engine: AsyncEngine
) -> None:
    async with httpx.AsyncClient(base_url=live_server, timeout=60) as client:
        visitor = Visitor(client)
        await visitor.sign_in(cast, "hai")
        async with client.stream("GET", "/inbox/events") as answer:
            lines = answer.aiter_lines()
            assert await next_count(lines) == 0
            await visitor.send("/sign-out")
            await put(admin_engine, "hai", "one")
            assert [line async for line in lines if line.startswith("data:")] == []


async def test_looking_by_itself_is_no_sign_of_life(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    await visitor.sign_in(cast, "minh")
    await change(
        admin_engine,
        "UPDATE web_session SET last_seen_at = clock_timestamp() - interval '10 min'",
    )
    before = await rows(admin_engine, "SELECT last_seen_at FROM web_session")
    token = visitor.client.cookies["asm"]
    async with make_sessions(api_engine).begin() as session:
        minh = await actor_of_session(session, token, touch=False)
    assert minh.login == "minh"
    assert await rows(admin_engine, "SELECT last_seen_at FROM web_session") == before
    async with make_sessions(api_engine).begin() as session:
        await actor_of_session(session, token)
    assert await rows(admin_engine, "SELECT last_seen_at FROM web_session") != before
