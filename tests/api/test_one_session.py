"""A request gives its connection back, also when it is refused before its handler runs."""

import asyncio
import gc
from collections.abc import Iterator
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar
from litestar.types import Scope
from sqlalchemy import text

from asm.api.one_session import close_opened, provide_session
from asm.demo.cast import WARD_A, Cast
from tests.people import fresh_key, party, sign_in


@pytest.fixture
def no_collector() -> Iterator[None]:
    """What only the garbage collector gives back stays away."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def held(app: Litestar) -> int:
    return int(app.state.engine.pool.checkedout())


@pytest.mark.parametrize("path", ["/api/v1/me", f"/api/v1/wards/{WARD_A}/tonight"])
async def test_wrong_tokens_hold_no_connection(
    path: str, app: Litestar, client: httpx.AsyncClient, no_collector: None
) -> None:
    for number in range(25):
        answer = await client.get(path, headers={"Authorization": f"Bearer nobody-{number}"})
        assert answer.status_code == 401, answer.text
        assert held(app) == 0


async def test_what_the_collector_finds_ends_in_silence(app: Litestar, no_collector: None) -> None:
    loop = asyncio.get_running_loop()
    complaints: list[dict[str, Any]] = []
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    try:
        for _ in range(5):
            scope = cast("Scope", {"state": {}})
            opened = provide_session(app.state, scope)
            await (await anext(opened)).execute(text("SELECT 1"))
            dropped: list[Any] = [opened]
            dropped.append(dropped)  # as a request and its exception hold each other
            del opened, dropped
            await close_opened(scope)
            gc.collect()
            for _ in range(20):
                await asyncio.sleep(0)
        gc.collect()
    finally:
        loop.set_exception_handler(before)
    assert complaints == []


async def test_refused_and_answered_requests_hold_no_connection(
    app: Litestar, client: httpx.AsyncClient, cast: Cast, no_collector: None
) -> None:
    lan = await sign_in(client, cast, "lan")
    at = f"/api/v1/facilities/{cast.hoa_sen}/stays"
    for _ in range(3):
        assert (await client.get(at, headers=lan)).status_code == 200
        assert (await client.get(f"/api/v1/wards/{WARD_A}/tonight", headers=lan)).status_code == 404
        assert (await client.post(at, json={}, headers=lan)).status_code == 422
        sent = await client.post(at, json=party(), headers=lan | fresh_key())
        assert sent.status_code == 201, sent.text
        assert (await client.get("/desk", headers={"Cookie": "asm_session=x"})).status_code in {
            303,
            302,
            401,
        }
        assert held(app) == 0
