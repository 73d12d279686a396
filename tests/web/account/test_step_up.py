"""The password once more: where it leads, what it refuses, and that nobody is sent elsewhere."""

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from tests.notify.messages.rows import rows
from tests.web.visitor import Visitor

_STEPPED_UP = "SELECT stepped_up_at FROM web_session WHERE stepped_up_at IS NOT NULL"


async def test_the_right_password_is_noted_in_this_session_alone(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await visitor.sign_in(cast, "minh")
    await visitor.sign_in(cast, "minh")  # a second session, that the first's password is not for
    await visitor.open("/step-up?next=/ward")
    await visitor.send("/step-up", 422, password="sai-mat-khau-roi", next="/ward")
    assert "Mật khẩu hiện tại không đúng" in visitor.html
    assert await rows(admin_engine, _STEPPED_UP) == []
    answer = await visitor.send("/step-up", password=cast.people["minh"].password, next="/ward")
    assert answer.url.path == "/ward"
    assert len(await rows(admin_engine, _STEPPED_UP)) == 1
    trail = "SELECT actor_role FROM audit_entry WHERE action = 'account.stepped_up'"
    assert [row.actor_role for row in await rows(admin_engine, trail)] == ["ward_officer"]


@pytest.mark.parametrize(
    "elsewhere",
    ["https://example.org/", "//example.org/", "/\\example.org", "javascript:alert(1)", "/\n/a"],
)
async def test_nobody_is_sent_elsewhere(client: AsyncClient, cast: Cast, elsewhere: str) -> None:
    visitor = Visitor(client)
    await visitor.sign_in(cast, "minh")
    await visitor.open("/step-up")
    form = {
        "_csrf_token": visitor.token,
        "password": cast.people["minh"].password,
        "next": elsewhere,
    }
    answer = await client.post("/step-up", data=form)
    assert answer.headers["location"] == "/"
    kept = form | {"to": elsewhere, "kept.number": "1"}
    answer = await client.post("/step-up", data=kept)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_guessing_at_an_open_screen_is_slowed(visitor: Visitor, cast: Cast) -> None:
    await visitor.sign_in(cast, "minh")
    await visitor.open("/step-up")
    statuses = []
    for guess in range(12):
        form = {"_csrf_token": visitor.token, "password": f"doan-mo-{guess:08}", "next": "/"}
        answer = await visitor.client.post("/step-up", data=form)
        statuses.append(answer.status_code)
    assert statuses == [422] * 10 + [429] * 2
    right = cast.people["minh"].password
    answer = await visitor.send("/step-up", 429, password=right, next="/")
    assert int(answer.headers["retry-after"]) > 0


async def test_who_is_not_signed_in_types_nothing_here(visitor: Visitor) -> None:
    answer = await visitor.open("/step-up")
    assert answer.url.path == "/sign-in"
