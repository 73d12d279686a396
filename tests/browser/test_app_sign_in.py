"""Saying yes to an app in a real browser leads to the app, which may be anywhere but here."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.async_api import Page, expect

from asm.demo.cast import Cast
from tests.accounts.devices.phone import AUTHORIZE, Phone
from tests.browser.person import Person


@pytest.fixture(autouse=True)
def _app_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the server starts."""
    monkeypatch.setenv("ASM_NATIVE_CLIENTS", "hoa-sen=Hoa Sen=http://127.0.0.1/cb")


@pytest.fixture
async def app_on_this_machine() -> AsyncIterator[tuple[str, asyncio.Future[str]]]:
    """Where an app listens on the phone itself, and what its browser brings."""
    brought: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readline()).decode()
        if "/cb?" in line and not brought.done():
            brought.set_result(line.split()[1])
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/cb", brought


async def test_yes_leads_to_the_app(
    app_on_this_machine: tuple[str, asyncio.Future[str]],
    desk_page: Page,
    live_server: str,
    cast: Cast,
) -> None:
    redirect_uri, brought = app_on_this_machine
    await Person(live_server, cast).sign_in(desk_page, "hai")
    async with httpx.AsyncClient() as http:
        phone = Phone(http, client_id="hoa-sen", redirect_uri=redirect_uri)
        await desk_page.goto(f"{live_server}{AUTHORIZE}?{urlencode(phone.request())}")
    await expect(desk_page.get_by_role("heading", level=2)).to_contain_text("Hoa Sen")
    await desk_page.get_by_role("button", name="Đăng nhập", exact=True).click()
    said = parse_qs(urlsplit(await asyncio.wait_for(brought, 60)).query)
    assert said["code"][0]
    assert said["state"] == ["xyz"]
    assert said["iss"] == [live_server]
