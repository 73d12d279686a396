"""A landlord with a phone, a number and the ward's code: from the app to the app, signed in."""

import re
from urllib.parse import urlencode, urlsplit

import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from tests.accounts.devices.phone import AUTHORIZE, Phone, code_of
from tests.notify.messages.rows import rows
from tests.web.codes.people import PASSWORD, browser, code_on, link_on
from tests.web.visitor import Visitor

NUMBER = "0912 345 678"
OPENED = {"display_name": "Cô Tư", "login": NUMBER, "password": PASSWORD, "terms": "1"}
ZALO = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120 Mobile Zalo/1.0"


async def ward_hands_out(app: Litestar, cast: Cast) -> tuple[str, str]:
    """A code and the link of its slip."""
    async with browser(app) as officer:
        await officer.sign_in(cast, "minh")
        await officer.open("/ward/landlords")
        await officer.send("/ward/landlords", display_name="Cô Tư", facility="")
        return code_on(officer), link_on(officer)


def ways(html: str) -> list[str]:
    """Where a page leads that asks for a code."""
    return re.findall(r'href="(/codes\?next=[^"]*)"', html)


async def test_from_the_app_by_the_code_and_back_signed_in(app: Litestar, cast: Cast) -> None:
    code, _ = await ward_hands_out(app, cast)
    async with browser(app) as landlord:
        phone = Phone(landlord.client)
        wanted = f"{AUTHORIZE}?{urlencode(phone.request())}"
        await landlord.open(wanted)
        assert "Tôi có mã của Công an xã, phường" in landlord.html
        await landlord.open(ways(landlord.html)[0])
        # What is wrong, and another language, lead on to the same.
        await landlord.send("/codes", status=422, code="0000-0000-0000", next=next_on(landlord))
        await landlord.send("/codes", code=code, next=next_on(landlord))
        assert landlord.html.count("<h1>Mở tài khoản</h1>") == 1
        weak = OPENED | {"password": "ngan"}
        await landlord.send("/codes/use", status=422, **weak, next=next_on(landlord))
        form = {"_csrf_token": landlord.token, **OPENED, "next": next_on(landlord)}
        answer = await landlord.client.post("/codes/use", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, wanted)
        given = await landlord.client.get(answer.headers["location"])
        exchanged = await phone.exchange(code_of(given, phone.redirect_uri))
        assert exchanged.json()["token_type"] == "DPoP"
        # Next time the number and the password do.
        await landlord.open("/account")
        await landlord.send("/sign-out")
        await landlord.open("/sign-in")
        await landlord.send("/sign-in", login="+84912345678", password=PASSWORD, next="/account")
        assert "Tài khoản của tôi" in landlord.html


@pytest.mark.parametrize("by_link", [True, False])
async def test_the_link_of_the_slip_and_the_typed_code_do_the_same(
    by_link: bool, app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    code, link = await ward_hands_out(app, cast)
    before = await rows(admin_engine, "SELECT * FROM account_code ORDER BY id")
    async with browser(app) as bot:
        for path in (link, "/codes", f"{link}/qr.svg", "/sign-in?next=/account", "/codes/use"):
            await bot.client.head(path)
            await bot.client.get(path)
    assert await rows(admin_engine, "SELECT * FROM account_code ORDER BY id") == before
    async with browser(app) as landlord:
        await landlord.open(link if by_link else "/codes")
        field = re.search(r'name="code_id" value="([^"]*)"', landlord.html)
        assert field is not None
        await landlord.send("/codes", code=code.lower().replace("-", " "), code_id=field[1])
        answer = await landlord.send("/codes/use", **OPENED)
        assert answer.url.path == "/facilities/new"


async def test_nobody_is_led_elsewhere(app: Litestar, cast: Cast) -> None:
    code, _ = await ward_hands_out(app, cast)
    async with browser(app) as landlord:
        for away in ("https://evil.example/", "//evil.example", "/\\evil.example"):
            await landlord.open(f"/codes?{urlencode({'next': away})}")
            assert next_on(landlord) == "/"
            answer = await landlord.open(f"/codes/use?{urlencode({'next': away})}")
            assert answer.url.path == "/codes"
        await landlord.send("/codes", code=code, next="//evil.example")
        form = {"_csrf_token": landlord.token, **OPENED, "next": "https://evil.example/"}
        answer = await landlord.client.post("/codes/use", data=form)
        assert urlsplit(answer.headers["location"]).netloc == ""


async def test_who_is_in_a_chat_program_is_told_to_open_the_browser(app: Litestar) -> None:
    async with browser(app) as landlord:
        for path in ("/sign-in", "/codes"):
            await landlord.open(path)
            assert "Mở bằng trình duyệt" not in landlord.html
            landlord.client.headers["User-Agent"] = ZALO
            await landlord.open(path)
            assert "Mở bằng trình duyệt" in landlord.html
            del landlord.client.headers["User-Agent"]


def next_on(visitor: Visitor) -> str:
    """Where the form of the page leads on to."""
    hidden = re.findall(
        r'<form class="card".*?name="next" value="([^"]*)"', visitor.html, re.DOTALL
    )
    assert hidden, visitor.html
    where: str = hidden[0]
    return where


async def test_another_language_keeps_where_they_were_going(app: Litestar) -> None:
    async with browser(app) as landlord:
        for path in ("/sign-in?next=/account", "/codes?next=/account"):
            await landlord.open(path)
            switch = re.search(
                r'action="/language".*?name="next" value="([^"]*)"', landlord.html, re.DOTALL
            )
            assert switch is not None
            await landlord.send("/language", language="en", next=switch[1])
            assert next_on(landlord) == "/account"
            await landlord.send("/language", language="vi", next="/")
