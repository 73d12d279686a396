"""Sessions, tokens and passwords of one's own: ended is ended, in every process at once."""

import json
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.actor_cache import ActorCache
from asm.accounts.login import token_hash
from asm.accounts.own.device import device_name, device_of
from asm.accounts.token_cache import FRESH_S
from asm.db.session import make_sessions
from asm.demo.cast import Cast
from asm.notify.messages.account_messages import write_password_messages
from asm.outbox.drain import Event
from tests.accounts.own.hosts import token_of
from tests.accounts.page_sessions import open_session
from tests.accounts.test_actor_cache import Watch
from tests.notify.messages.rows import rows
from tests.people import fresh_key, party, sign_in, stays_of

NEW = "ba con vit bau duoi ao"


async def _listed(
    client: httpx.AsyncClient, what: str, headers: dict[str, str]
) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/v1/me/{what}", headers=headers)
    assert answer.status_code == 200, answer.text
    listed: list[dict[str, Any]] = answer.json()
    return listed


async def test_tokens_are_listed_and_ended_one_by_one(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    mine, other = [await sign_in(client, cast, "lan") for _ in range(2)]
    hai = await sign_in(client, cast, "hai")
    await client.get("/api/v1/me", headers=other)
    tokens = await _listed(client, "tokens", mine)
    assert [each["current"] for each in tokens] == [False, True]
    assert all(each["last_used_at"] for each in tokens)
    assert [each["label"] for each in tokens] == ["test", "test"]
    ended = f"/api/v1/me/tokens/{tokens[0]['id']}"
    assert (await client.delete(ended, headers=hai)).status_code == 404  # as one that never was
    assert (await client.delete(ended, headers=mine)).status_code == 204
    assert (await client.get("/api/v1/me", headers=other)).status_code == 401
    assert len(await _listed(client, "tokens", mine)) == 1
    assert (await client.delete(ended, headers=mine)).status_code == 404
    (entry,) = await rows(
        admin_engine, "SELECT * FROM audit_entry WHERE action = 'account.token_ended'"
    )
    assert str(entry.subject_id) == tokens[0]["id"]


async def test_a_busy_token_is_written_once_an_hour(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    lan = await sign_in(client, cast, "lan")
    used = "SELECT last_used_at FROM api_token"
    assert (await rows(admin_engine, used))[0].last_used_at is None
    seen = []
    for _ in range(2):
        await client.get("/api/v1/me", headers=lan)
        seen.append((await rows(admin_engine, used))[0].last_used_at)
    assert seen[0] == seen[1] is not None
    back = "UPDATE api_token SET last_used_at = last_used_at - interval '61 minutes' RETURNING id"
    await rows(admin_engine, back)
    await client.get("/api/v1/me", headers=lan)
    assert (await rows(admin_engine, used))[0].last_used_at > seen[0]


async def test_sessions_are_listed_without_their_secrets_and_ended(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    password = cast.people["lan"].password
    async with make_sessions(admin_engine)() as session:
        opened = [
            await open_session(session, "lan", password, device=device)
            for device in ("chrome/android", "firefox/windows", None)
        ]
        await session.commit()
    lan, hai = await sign_in(client, cast, "lan"), await sign_in(client, cast, "hai")
    sessions = await _listed(client, "sessions", lan)
    assert {each["device"] for each in sessions} == {"Chrome, Android", "Firefox, Windows", ""}
    for each in opened:
        assert each.token not in str(sessions)
        assert token_hash(each.token).hex() not in str(sessions)
    browser = f"/api/v1/me/sessions/{sessions[0]['id']}"
    assert (await client.delete(browser, headers=hai)).status_code == 404
    assert (await client.delete(browser, headers=lan)).status_code == 204
    assert len(await _listed(client, "sessions", lan)) == 2
    assert (await client.delete("/api/v1/me/sessions", headers=lan)).status_code == 204
    assert await _listed(client, "sessions", lan) == []


async def test_another_password_ends_the_others_and_says_so(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    old = cast.people["lan"].password
    async with make_sessions(admin_engine)() as session:
        await open_session(session, "lan", old)
        await session.commit()
    lan, other = [await sign_in(client, cast, "lan") for _ in range(2)]

    async def change(current: str, new: str, **more: bool) -> httpx.Response:
        body = {"current": current, "new": new, **more}
        return await client.post("/api/v1/me/password", json=body, headers=lan)

    for current, new, pointer in (
        ("not the password", NEW, "/current"),
        (old, "ngan", "/new"),
        (old, old, "/new"),
        (old, "123456789012", "/new"),
    ):
        refused = await change(current, new)
        assert refused.status_code == 422
        assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert len(await _listed(client, "sessions", lan)) == 1
    assert (await change(old, NEW)).status_code == 204
    assert await _listed(client, "sessions", lan) == []
    assert (await client.get("/api/v1/me", headers=other)).status_code == 200
    assert (await change(NEW, f"{NEW} nua", end_tokens=True)).status_code == 204
    assert (await client.get("/api/v1/me", headers=other)).status_code == 401
    assert (await client.get("/api/v1/me", headers=lan)).status_code == 200  # the one that asked
    events = await rows(
        admin_engine, "SELECT * FROM outbox WHERE topic = 'account.password_changed'"
    )
    assert len(events) == 2
    async with make_sessions(worker_engine).begin() as session:
        event = Event(
            id=events[0].id,
            facility_id=events[0].facility_id,
            topic=events[0].topic,
            payload=events[0].payload,
        )
        for _ in range(2):  # it may come twice
            await write_password_messages(session, [event])
    messages = (await client.get("/api/v1/notices", headers=lan)).json()["notices"]
    assert [each["topic"] for each in messages] == ["account.password"]


async def test_who_sits_at_a_screen_left_open_cannot_guess(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    lan = await sign_in(client, cast, "lan")
    body = {"current": "not the password", "new": NEW}
    for _ in range(10):
        assert (await client.post("/api/v1/me/password", json=body, headers=lan)).status_code == 422
    right = body | {"current": cast.people["lan"].password}
    refused = await client.post("/api/v1/me/password", json=right, headers=lan)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tries")
    assert int(refused.headers["retry-after"]) > 0
    # That keeps nobody from declaring, nor from signing in.
    declared = await client.post(stays_of(cast), json=party(), headers=lan | fresh_key())
    assert declared.status_code == 201
    assert await sign_in(client, cast, "lan")


@pytest.mark.parametrize(
    "ended",
    [
        "UPDATE api_token SET revoked_at = clock_timestamp() RETURNING id",
        "UPDATE account SET disabled_at = clock_timestamp() WHERE login = 'lan' RETURNING id",
    ],
    ids=["token ended", "account disabled"],
)
async def test_a_process_that_remembers_lets_nobody_declare_who_was_ended(
    app: Litestar,
    client: httpx.AsyncClient,
    cast: Cast,
    admin_engine: AsyncEngine,
    ended: str,
) -> None:
    """Ended elsewhere, while this one has the token in its cache, fresh for FRESH_S: its next write
    asks.
    """
    watch = Watch()
    app.state.grants._known._seen = ActorCache(timer=watch)
    lan = await sign_in(client, cast, "lan")
    url = stays_of(cast)
    assert (await client.post(url, json=party(), headers=lan | fresh_key())).status_code == 201
    hashed = token_hash(lan["Authorization"].removeprefix("Bearer "))
    assert app.state.grants._known._seen.find(hashed, cast.hoa_sen, FRESH_S) is not None
    await rows(admin_engine, ended)
    # At once, though the process still knows the token.
    assert app.state.grants._known._seen.find(hashed, cast.hoa_sen, FRESH_S) is not None
    assert (await client.post(url, json=party(), headers=lan | fresh_key())).status_code == 401
    # After FRESH_S it asks, and forgets: nothing is left for an outage either.
    watch.at += FRESH_S + 1
    assert (await client.post(url, json=party(), headers=lan | fresh_key())).status_code == 401
    assert app.state.grants._known._seen.find(hashed, cast.hoa_sen) is None


@pytest.mark.parametrize(
    ("header", "device", "name"),
    [
        (("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/126.0.0.0 Mobile Safari/537.36"), "chrome/android", "Chrome, Android"),
        (("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
         "like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"), "safari/iphone", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
         "firefox/windows", "Firefox, Windows"),
        (("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"), "edge/windows", "Edge, Windows"),
        ("curl/8.5", None, ""),
        ("", None, ""),
        ("chrome" * 100_000, "chrome", "Chrome"),
    ],
)  # fmt: skip
def test_a_device_is_a_few_known_words(header: str, device: str | None, name: str) -> None:
    assert device_of(header) == device
    assert device_name(device) == name


def test_what_is_stored_of_a_device_by_another_version_shows_nothing_strange() -> None:
    assert device_name("netscape/beos") == ""


@pytest.mark.parametrize("label", ["x" * 121, "máy\x1b[2J", "m\u202eáy", "\ud800"])
async def test_a_label_that_cannot_be_read_is_refused_by_name(
    label: str, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    lan = cast.people["lan"]
    body = json.dumps({"login": lan.login, "password": lan.password, "label": label})
    answer = await client.post(
        "/api/v1/tokens", content=body, headers={"Content-Type": "application/json"}
    )
    if label != "\ud800":  # which is no JSON at all (RFC 8259, 8.2)
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["pointer"], error["code"]) == (
            422, "/label", "token_label",
        )  # fmt: skip
        assert "120" in error["remedy"]
        assert "120" in error["remedy_en"]
    assert answer.status_code in {400, 422}
    assert not await rows(admin_engine, "SELECT 1 FROM api_token")


@pytest.mark.parametrize(
    ("label", "kept"), [("", ""), (" Máy lễ tân\u200b ", "Máy lễ tân"), ("x" * 120, "x" * 120)]
)
async def test_a_label_is_kept_as_it_is_read(
    label: str, kept: str, client: httpx.AsyncClient, cast: Cast
) -> None:
    lan = cast.people["lan"]
    headers = await token_of(client, lan.login, lan.password, label)
    assert headers is not None
    (token,) = (await client.get("/api/v1/me/tokens", headers=headers)).json()
    assert token["label"] == kept
