"""However slowly somebody sends, nobody else waits: a body is there before anything is held."""

import asyncio
from urllib.parse import urlsplit

import httpx
import pytest
from litestar import Litestar

from asm.api.bodies import whole_body
from asm.api.bodies.whole_body import BodyReader, WholeRequest
from asm.db.connections import REQUESTS
from asm.demo.cast import Cast
from tests.api.bodies.slow import CROWD, FORM, Slow, answers
from tests.people import fresh_key, party, sign_in, stays_of
from tests.web.desk.desk_form import typed
from tests.web.visitor import Visitor


async def at_the_screen(client: httpx.AsyncClient, cast: Cast, login: str) -> Visitor:
    visitor = Visitor(client)
    await visitor.sign_in(cast, login)
    await visitor.open("/account")
    return visitor


def held(app: Litestar) -> int:
    return int(app.state.engine.pool.checkedout())


async def test_slow_forms_hold_no_connection(
    app: Litestar, client: httpx.AsyncClient, cast: Cast
) -> None:
    visitor = await at_the_screen(client, cast, "lan")
    bearer = await sign_in(client, cast, "hai")
    slow = Slow()
    crowd = [slow.send(client, "/account", FORM | {"x-csrftoken": visitor.token})
             for _ in range(CROWD)]  # fmt: skip
    await slow.all_wait(CROWD)
    assert held(app) == 0
    assert (await client.get("/api/v1/facilities", headers=bearer)).status_code == 200
    await visitor.open(f"/desk/{cast.hoa_sen}")
    await visitor.send(f"/desk/{cast.hoa_sen}", 200, key=visitor.key, **typed())
    assert "ASM" in visitor.html
    slow.go.set()
    assert await answers(crowd) == [303] * CROWD


async def test_read_by_the_handler_they_would_hold_all(
    app: Litestar, client: httpx.AsyncClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the frame reads nothing, and the page asks for the body itself."""

    async def nothing(*_: object) -> None:
        pass

    visitor = await at_the_screen(client, cast, "lan")
    monkeypatch.setattr(BodyReader, "read", nothing)
    monkeypatch.delattr(WholeRequest, "stream")
    slow = Slow()
    crowd = [slow.send(client, "/account", FORM | {"x-csrftoken": visitor.token})
             for _ in range(CROWD)]  # fmt: skip
    await slow.all_wait(CROWD)
    assert held(app) == REQUESTS
    assert (await client.get("/account")).status_code == 503
    slow.go.set()
    assert await answers(crowd) == [303] * CROWD


async def test_open_sockets_stop_no_house(live_server: str, cast: Cast) -> None:
    """The same against the server as it runs, by sockets on which nothing more comes."""
    async with httpx.AsyncClient(base_url=live_server) as client:
        visitor = await at_the_screen(client, cast, "lan")
        bearer = await sign_in(client, cast, "hai")
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        address = urlsplit(live_server)
        head = (
            f"POST /account HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 5000\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Cookie: {cookie}\r\nx-csrftoken: {visitor.token}\r\n\r\n"
        ).encode()
        sockets = []
        for _ in range(2 * CROWD):
            _, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(head)
            await writer.drain()
            sockets.append(writer)
        for _ in range(3):
            assert (await client.get("/api/v1/facilities", headers=bearer)).status_code == 200
            sent = await client.post(
                stays_of(cast),
                json=party(),
                headers=await sign_in(client, cast, "lan") | fresh_key(),
            )
            assert sent.status_code == 201, sent.text
            await visitor.open(f"/desk/{cast.hoa_sen}")
        for writer in sockets:
            writer.close()


async def test_what_never_comes_is_told_so(
    app: Litestar, client: httpx.AsyncClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_body, "FIRST_S", 0.05)
    visitor = await at_the_screen(client, cast, "lan")
    bearer = await sign_in(client, cast, "lan")
    page = await Slow().send(client, "/account", FORM | {"x-csrftoken": visitor.token})
    assert page.status_code == 408
    assert page.headers["connection"] == "close"
    assert "chưa có gì được lưu" in page.text
    answer = await Slow(b"{").send(client, stays_of(cast), bearer | fresh_key())
    assert (answer.status_code, answer.json()["code"]) == (408, "body_too_slow")
    assert held(app) == 0


async def test_what_comes_steadily_has_time(
    client: httpx.AsyncClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has come buys time: without that the rest would be too late."""
    monkeypatch.setattr(whole_body, "FIRST_S", 0.05)
    visitor = await at_the_screen(client, cast, "lan")
    headers = FORM | {"x-csrftoken": visitor.token}
    slow = Slow(b"x=" + b"x" * 4_000_000 + b"&")
    sending = slow.send(client, "/account", headers)
    await slow.all_wait(1)
    # One of which nothing came gives up, and this one has not.
    assert (await Slow().send(client, "/account", headers)).status_code == 408
    assert not sending.done()
    slow.go.set()
    assert (await sending).status_code == 303


async def test_a_body_that_is_too_large_is_refused(
    app: Litestar, client: httpx.AsyncClient, cast: Cast
) -> None:
    most = app.state.settings.upload_limit_bytes
    bearer = await sign_in(client, cast, "lan")
    announced = await client.post(stays_of(cast), content=b"x" * (most + 1), headers=bearer)
    slow = Slow(b"x" * most, b"x")
    slow.go.set()
    unannounced = await slow.send(client, stays_of(cast), bearer)
    assert [answer.status_code for answer in (announced, unannounced)] == [413, 413]


async def test_large_ones_take_turns_and_small_ones_pass(
    app: Litestar, client: httpx.AsyncClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_body, "OF_ONE_NETWORK", 1)
    most = app.state.settings.upload_limit_bytes
    visitor = await at_the_screen(client, cast, "lan")
    headers = FORM | {"x-csrftoken": visitor.token}
    slow = Slow(b"x=" + b"x" * (most // 2) + b"&")
    first = slow.send(client, "/account", headers)
    await slow.all_wait(1)
    refused = await slow.send(client, "/account", headers)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    await visitor.open(f"/desk/{cast.hoa_sen}")
    await visitor.send(f"/desk/{cast.hoa_sen}", 200, key=visitor.key, **typed())
    slow.go.set()
    assert (await first).status_code == 303
    assert (await slow.send(client, "/account", headers)).status_code == 303


async def test_who_hangs_up_is_no_fault(
    app: Litestar, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    gone: list[str] = []

    async def receive() -> dict[str, str]:
        gone.append("asked")
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        raise AssertionError(message)

    scope = {
        "type": "http", "method": "POST", "path": "/sign-in", "raw_path": b"/sign-in",
        "query_string": b"", "headers": [], "http_version": "1.1", "scheme": "http",
        "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 4000), "root_path": "",
    }  # fmt: skip
    await app(scope, receive, send)  # type: ignore[arg-type]
    assert gone == ["asked"]
    assert [each for each in caplog.records if each.levelname in {"ERROR", "WARNING"}] == []
