"""Web push from the page's button to the notification, in a real Chromium.

A Chromium without Google's push service cannot subscribe: it refuses, and the first test sees what
the page then says. In the second one the test stands in for that one call of the browser's
(`PushManager.subscribe`) and answers with a subscription at a push service of its own; everything
before it (permission, service worker, our key) and after it (the form, the sealed address, the
encrypted message, the worker's script that shows it) is real.
"""

import asyncio
import json
from typing import Any

import pytest
from playwright.async_api import BrowserContext, CDPSession, Page, expect
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.identity.vault.keys import read_keys
from asm.notify.channels.guarded_http import GuardedHttp, Reach
from asm.notify.channels.web_push.send import WebPushChannel
from asm.notify.channels.web_push.vapid import vapid_public
from asm.notify.deliver import deliver
from asm.notify.installed_channels import open_sender
from asm.notify.messages.announce import announce
from asm.outbox.drain import drain
from asm.settings import Settings
from asm.worker.subscribers import HANDLERS
from tests.browser.person import PATIENCE_MS, Person
from tests.notify.channels.test_web_push import Browser
from tests.notify.messages.rows import rows
from tests.notify.servers import answer, http_server

BUTTON = "Nhận thông báo đẩy trên thiết bị này"
#: Stands in for the browser's own call: keeps what it was asked for and gives `told`.
STAND_IN = """told => {
  PushManager.prototype.subscribe = async function (options) {
    const { active } = await navigator.serviceWorker.ready;
    await window.keep(options.userVisibleOnly, options.applicationServerKey, active.scriptURL);
    return { toJSON: () => told };
  };
}"""


@pytest.fixture
def settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation that has web push: the server's environment says so."""
    monkeypatch.setenv("ASM_PUSH_CONTACT", "ops@asm.test")
    return settings


async def open_settings(page: Page, person: Person) -> None:
    await page.context.grant_permissions(["notifications"], origin=person.address)
    await person.sign_in(page, "hai")
    await page.goto(f"{person.address}/inbox/settings")


async def test_a_browser_that_cannot_subscribe_is_told_so(
    desk_page: Page, person: Person, admin_engine: AsyncEngine
) -> None:
    await open_settings(desk_page, person)
    await desk_page.get_by_role("button", name=BUTTON).click()
    said = desk_page.locator("[data-refused]")
    await expect(said).to_have_text("Trình duyệt không cho nhận thông báo đẩy.")
    assert await rows(admin_engine, "SELECT id FROM contact") == []


async def test_from_the_button_to_the_notification(
    desk_page: Page,
    person: Person,
    settings: Settings,
    worker_engine: AsyncEngine,
    admin_engine: AsyncEngine,
) -> None:
    secret = read_keys(settings.secrets_dir).vapid
    browser = Browser()
    async with http_server(answer(201)) as service:
        await open_settings(desk_page, person)
        calls: list[tuple[Any, ...]] = []
        await desk_page.expose_function("keep", lambda *options: calls.append(options))
        await desk_page.evaluate(STAND_IN, browser.subscription(f"{service.url}/push/1"))
        button = desk_page.get_by_role("button", name=BUTTON)
        async with desk_page.expect_navigation():
            await button.click()
        worker = f"{person.address}/push-worker.js"
        assert calls == [(True, vapid_public(secret), worker)]
        await expect(desk_page.locator("li.contact")).to_contain_text("127.0.0.1")
        (contact,) = await rows(admin_engine, "SELECT * FROM contact")
        assert contact.confirmed_at is not None
        assert b"push/1" not in bytes(contact.sealed)

        async with one_transaction(worker_engine) as session:
            await announce(session, "Bảo trì lúc 02:00.", "Works at 02:00.")
        await drain(worker_engine, HANDLERS)
        outside = GuardedHttp(Reach(("127.0.0.1",), ("127.0.0.0/8",)))
        channel = WebPushChannel(secret, "ops@asm.test", outside)
        assert (await deliver(worker_engine, open_sender(settings), channel)).sent == 1
        await channel.close()
    (sent,) = service.requests
    message = browser.opened(sent.body)
    assert message["text"] == "Bảo trì lúc 02:00."
    shown = await pushed(desk_page, person.address, json.dumps(message))
    assert shown == [{"title": message["title"], "body": message["text"], "tag": message["tag"]}]


async def pushed(page: Page, origin: str, data: str) -> list[dict[str, Any]]:
    """Let the browser's own machinery hand `data` to the page's worker; what it shows then."""
    context: BrowserContext = page.context
    devtools: CDPSession = await context.new_cdp_session(page)
    known: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def note(event: dict[str, Any]) -> None:
        for entry in event["registrations"]:
            if entry["scopeURL"].startswith(origin) and not known.done():
                known.set_result(entry["registrationId"])

    devtools.on("ServiceWorker.workerRegistrationUpdated", note)
    await devtools.send("ServiceWorker.enable")
    async with asyncio.timeout(PATIENCE_MS / 1000):
        registration = await known
    await devtools.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": origin, "registrationId": registration, "data": data},
    )
    notifications = await page.wait_for_function(
        """async () => {
          const registration = await navigator.serviceWorker.ready;
          const all = await registration.getNotifications();
          return all.length && all.map(({title, body, tag}) => ({title, body, tag}));
        }"""
    )
    shown: list[dict[str, Any]] = await notifications.json_value()
    return shown
