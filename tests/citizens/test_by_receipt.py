"""By a receipt: that stay alone, whoever holds the paper."""

import re
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.citizens.sessions import receipt_as_printed
from asm.demo.cast import Cast
from tests.accounts.throttling.doors import STRANGER, coming_from
from tests.lookups.officers import HOA, MAI, declare, look_up, officer
from tests.notify.messages.rows import change, messages_by_login, rows
from tests.notify.messages.test_host_messages import empty
from tests.web.visitor import Visitor

_STAY = re.compile(
    r'name="facility" value="([^"]+)">\s*<input type="hidden" name="stay" value="([^"]+)"'
)


async def by_receipt(
    visitor: Visitor, number: str, receipt: str, status: int = 200, **fields: Any
) -> httpx.Response:
    await visitor.open("/mine/sign-in")
    form = {"kind": "personal", "number": number, "receipt": receipt, **fields}
    return await visitor.send("/mine/sign-in", status, **form)


async def test_the_clerk_sees_no_more_than_what_was_declared_here(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    """The clerk knows the number and the receipt of the own house: nothing of other houses."""
    here = await declare(client, cast, HOA)
    there = await declare(client, cast, HOA, login="tuan")
    visitor = Visitor(client)
    answer = await by_receipt(visitor, HOA, here["receipt"]["number"])
    assert answer.url.path == "/mine"
    assert visitor.html.count("data-stay") == 1
    assert "Khách sạn Hoa Sen" in visitor.html
    assert there["receipt"]["number"] not in visitor.html
    assert "Sao Mai" not in visitor.html
    ((facility, _),) = _STAY.findall(visitor.html)
    other = {"facility": str(cast.guest_house_b), "stay": there["stay_id"]}
    await visitor.send("/mine/not-me", 404, **other)
    assert facility == str(cast.hoa_sen)


async def test_wrong_number_wrong_receipt_and_void_tell_nothing_apart(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    here = await declare(client, cast, HOA)
    other = await declare(client, cast, MAI)
    pages = []
    for number, receipt in (
        (MAI, here["receipt"]["number"]),
        (HOA, other["receipt"]["number"]),
        (HOA, "LT-0000-0000-0000"),
        ("001190299999", here["receipt"]["number"]),
    ):
        visitor = Visitor(client)
        await by_receipt(visitor, number, receipt, 422)
        pages.append(
            visitor.html.replace(number, "-").replace(receipt, "-").replace(visitor.token, "-")
        )
    assert len(set(pages)) == 1
    assert "Không có lượt lưu trú nào khớp" in pages[0]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("lt-4k7p 9q2m 1abc", "LT-4K7P-9Q2M-1ABC"),
        ("LT4K7P9Q2MlABC", "LT-4K7P-9Q2M-1ABC"),
        ("LT-OOOO-OOOO-OOOO", "LT-0000-0000-0000"),
        ("4K7P-9Q2M-1ABC", "LT-4K7P-9Q2M-1ABC"),
        ("LT-4K7P-9Q2M-1AB", None),
        ("LT-4K7P-9Q2M-1ABU", None),
        ("", None),
        ("LT-４K7P-9Q2M-1ABCC", None),
    ],
)
def test_a_receipt_is_read_as_people_type_it(typed: str, read: str | None) -> None:
    assert receipt_as_printed(typed) == read


async def guesses(client: httpx.AsyncClient, receipt: str, forged: bool) -> list[int]:
    """What comes of 25 numbers that are tried with a receipt that somebody found."""
    visitor = Visitor(client)
    await visitor.open("/mine/sign-in")
    statuses = []
    for guess in range(25):
        if forged:
            client.headers["X-Forwarded-For"] = f"203.0.113.{guess}"
        form = {
            "_csrf_token": visitor.token, "kind": "personal",
            "number": f"0011902100{guess:02}", "receipt": receipt,
        }  # fmt: skip
        statuses.append((await client.post("/mine/sign-in", data=form)).status_code)
    return statuses


async def test_whose_receipt_it_is_is_not_to_be_guessed(
    app: Litestar, client: httpx.AsyncClient, cast: Cast
) -> None:
    """Five tries from one network, whatever addresses it claims; twenty from everywhere."""
    here = (await declare(client, cast, HOA))["receipt"]["number"]
    async with coming_from(app, STRANGER) as stranger:
        assert await guesses(stranger, here, forged=True) == [422] * 5 + [429] * 20
    # Through our own proxy these are addresses indeed.
    other = (await declare(client, cast, MAI))["receipt"]["number"]
    assert await guesses(client, other, forged=True) == [422] * 20 + [429] * 5
    await by_receipt(Visitor(client), MAI, other, 429)


async def test_it_ends_after_a_quarter_of_an_hour_or_when_one_leaves(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    here = await declare(client, cast, HOA)
    visitor = Visitor(client)
    await by_receipt(visitor, HOA, here["receipt"]["number"])
    cookie = client.cookies["asm-citizen"]
    await visitor.send("/mine/sign-out")
    client.cookies.set("asm-citizen", cookie)
    answer = await visitor.open("/mine")
    assert answer.url.path == "/mine/sign-in"
    await by_receipt(visitor, HOA, here["receipt"]["number"])
    await change(
        admin_engine,
        "UPDATE citizen_session SET expires_at = expires_at - interval '15 minutes 1 second'",
    )
    answer = await visitor.open("/mine")
    assert answer.url.path == "/mine/sign-in"
    stored = await rows(admin_engine, "SELECT token_hash FROM citizen_session")
    assert cookie.encode() not in {bytes(row.token_hash) for row in stored}


async def test_this_was_not_me(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    here = await declare(client, cast, HOA)
    visitor = Visitor(client)
    await by_receipt(visitor, HOA, here["receipt"]["number"])
    ((facility, stay),) = _STAY.findall(visitor.html)
    await visitor.send("/mine/not-me", facility=facility, stay=stay)
    assert "Đã báo Công an nơi đó" in visitor.html
    assert "bạn đã báo không phải bạn" in visitor.html
    await visitor.send("/mine/not-me", facility=facility, stay=stay)
    await visitor.send("/mine/not-me", 404, facility="x", stay=stay)
    await empty(worker_engine)
    assert dict(await messages_by_login(admin_engine, "stay.disputed")) == {"minh": 1}
    (message,) = await rows(
        admin_engine, "SELECT facts, link FROM message WHERE topic = 'stay.disputed'"
    )
    assert message.facts == {
        "facility": "Khách sạn Hoa Sen", "receipt": here["receipt"]["number"],
    }  # fmt: skip
    client.cookies.clear()
    minh = Visitor(client)
    await minh.sign_in(cast, "minh")
    await minh.open(message.link)


async def test_by_a_receipt_only_look_ups_that_could_see_the_stay(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    """And none before thirty days are over, nor why: whoever works at the desk has the receipt."""
    here = await declare(client, cast, HOA)
    await declare(client, cast, HOA, login="tuan")
    for login in ("minh", "thao", "quang"):
        client.cookies.clear()
        await look_up(await officer(client, cast, login), HOA)
    client.cookies.clear()
    visitor = Visitor(client)
    for days, shown in ((0, 0), (29, 0), (2, 2)):  # Minh's and the province's
        for aged in ("look_up SET at = at", "stay SET received_at = received_at"):
            await change(admin_engine, f"UPDATE {aged} - interval '{days} days'")
        await by_receipt(visitor, HOA, here["receipt"]["number"])
        assert visitor.html.count("tra cứu theo số giấy tờ") == shown
        assert ("Chưa có lần tra cứu nào để hiện" in visitor.html) == (not shown)
    assert "Phường Hoàn Kiếm" in visitor.html
    assert "Tìm người mất tích" not in visitor.html
    assert "12/TB-2026" not in visitor.html
