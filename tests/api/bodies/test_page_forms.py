"""Every form answers, whatever kind it says that it is of; no text is taken that cannot be kept."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from tests.api.every_route import ENDING, addresses
from tests.people import fresh_key, sign_in
from tests.web.desk.desk_form import count, typed
from tests.web.visitor import Visitor

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
#: Pages that take a file; it is there that a form may come in parts.
WITH_FILE = {"/verify", "photo", "import", "marked.xlsx"}
#: Far longer than any of them takes; without it one that never answers would stop the tests.
PATIENCE_S = 120
NO_TEXT = {
    "nul": (b"1\0", None),
    "half a character": (b"\xed\xa0\x80abc", None),
    "half a character, by its encoding": (b"\\ud800", "unicode_escape"),
    "an encoding that there is not": (b"abc", "of-nobody"),
}


def pages(app: Litestar, cast: Cast) -> list[tuple[str, Any]]:
    """Pages that take forms, but for those that end the session that tries them."""
    posted = addresses(app, cast, "POST")
    return [each for each in posted if not each[0].startswith("/api/") and each[0] not in ENDING]


def takes_file(url: str) -> bool:
    return url == "/verify" or url.rpartition("/")[2] in WITH_FILE


async def at_the_screen(client: httpx.AsyncClient, cast: Cast, login: str) -> Visitor:
    visitor = Visitor(client)
    await visitor.sign_in(cast, login)
    await visitor.open("/account")
    return visitor


def parts(fields: dict[str, bytes], encoding: str | None = None) -> dict[str, Any]:
    """A body in parts, and its header."""
    kind = f"Content-Type: text/plain; charset={encoding}\r\n" if encoding else ""
    body = b"".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n{kind}\r\n'.encode()
        + value
        + b"\r\n"
        for name, value in fields.items()
    )
    return {
        "content": body + b"--x--\r\n",
        "headers": {"Content-Type": "multipart/form-data; boundary=x"},
    }


async def test_every_address_answers_a_form_in_parts(
    app: Litestar, client: httpx.AsyncClient, cast: Cast
) -> None:
    visitor = await at_the_screen(client, cast, "lan")
    bearer, kept = await sign_in(client, cast, "lan"), dict(client.cookies)
    answered: dict[str, int] = {}
    for url, _ in addresses(app, cast, "POST"):
        if url in ENDING:
            continue
        sent = parts({"_csrf_token": visitor.token.encode(), "room": b"1"})
        sent["headers"] |= {"x-csrftoken": visitor.token}
        if url.startswith("/api/"):
            sent["headers"] |= bearer | fresh_key()
        async with asyncio.timeout(PATIENCE_S):
            answered[url] = (await client.post(url, **sent)).status_code
        client.cookies.update(kept)
    assert len(answered) > 100
    assert {url: status for url, status in answered.items() if status >= 500} == {}
    refused = {url for url, status in answered.items() if status == 415}
    assert {"/account", f"/desk/{cast.hoa_sen}", "/officers", "/sign-in"} <= refused
    assert {url for url in refused if takes_file(url)} == set()


async def test_a_file_is_no_text(client: httpx.AsyncClient, cast: Cast) -> None:
    visitor = await at_the_screen(client, cast, "lan")
    await visitor.send(
        "/account", 415, display_name="Lan", files={"display_name": ("a.txt", b"Lan")}
    )
    assert "không nhận tệp" in visitor.html


async def test_no_page_takes_what_cannot_be_kept(
    app: Litestar, client: httpx.AsyncClient, cast: Cast
) -> None:
    """Whatever the field, and whoever asks: no role reaches past the reading of the form."""
    visitor = await at_the_screen(client, cast, "lan")
    token, kept = visitor.token, dict(client.cookies)
    answered, tried = {}, 0
    for url, _ in pages(app, cast):
        if url.endswith("/one-click"):  # reads no form
            continue
        answer = await client.post(url, content=f"_csrf_token={token}&x1=%00", headers=FORM)
        answered[url] = (answer.status_code, "“x1”" in answer.text)
        client.cookies.update(kept)
        tried += 1
    assert tried > 50
    assert {url: each for url, each in answered.items() if each != (422, True)} == {}


@pytest.mark.parametrize("what", NO_TEXT)
async def test_no_part_is_taken_for_text_that_is_none(
    what: str, app: Litestar, client: httpx.AsyncClient, cast: Cast
) -> None:
    visitor = await at_the_screen(client, cast, "lan")
    value, encoding = NO_TEXT[what]
    for url, _ in pages(app, cast):
        if takes_file(url):
            sent = parts({"_csrf_token": visitor.token.encode()})
            body = sent["content"].removesuffix(b"--x--\r\n")
            sent["content"] = body + parts({"token": value}, encoding)["content"]
            answer = await client.post(url, **sent)
            assert answer.status_code == 422, (url, answer.text)


async def test_each_field_by_itself_in_a_form_that_is_right(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    """A form is refused for its first fault: each stands alone here."""
    visitor = await at_the_screen(client, cast, "lan")
    desk = f"/desk/{cast.hoa_sen}"
    for name in typed():
        await visitor.open(desk)
        await visitor.send(desk, 422, **typed(key=visitor.key) | {name: "1\0"})
        assert f"“{name}”" in visitor.html
    assert await count(admin_session) == 0
    await visitor.open(desk)
    await visitor.send(desk, 200, **typed(key=visitor.key))
    stay = re.search(rf"{desk}/stays/([0-9a-f-]{{36}})", visitor.html)
    assert stay is not None
    for change, name in (("move", "room"), ("void", "reason"), ("depart", "time")):
        await visitor.open(f"{stay[0]}/{change}")
        await visitor.send(f"{stay[0]}/{change}", 422, key=visitor.key, **{name: "1\0"})
        assert f"“{name}”" in visitor.html


async def test_an_office_has_no_other_reading(client: httpx.AsyncClient, cast: Cast) -> None:
    visitor = Visitor(client)
    await visitor.sign_in(cast, "quang")
    await visitor.open("/officers")
    form = {"login": "thu-xa", "display_name": "Người Thử", "role": "ward_officer"}
    await visitor.send("/officers", 422, ward_code="\0abc", **form)
    assert "“ward_code”" in visitor.html
