"""The service worker: its updates, the outbox with the tab closed, push messages."""

import asyncio
import json
import re
from typing import Any

from playwright.async_api import CDPSession, Page, Route

from tests.browser.app.conftest import OpenPhone
from tests.browser.app.network import PhoneNetwork
from tests.browser.app.phone import LandlordPhone
from tests.browser.person import PATIENCE_MS

VERSION = re.compile(r"(?<=[\"=])[0-9a-f]{12}(?=\")")
CACHES = "caches.keys().then((names) => names.filter((name) => name.startsWith('asm-shell-')))"


class Release:
    """Serves what the server serves as if it were another release of it."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.whole = True
        self.pages = 0

    async def answer(self, route: Route) -> None:
        served = await route.fetch()
        text = VERSION.sub(self.version, await served.text())
        self.pages += route.request.url.endswith("/app/")
        if not self.whole and route.request.url.endswith("/app/"):
            text = "<!DOCTYPE html><title>Wi-Fi miễn phí</title>"
        await route.fulfill(response=served, body=text)

    async def lead(self, phone: LandlordPhone) -> None:
        await phone.context.route("**/app/worker.js*", self.answer)
        await phone.context.route("**/app/", self.answer)


async def look_for_update(phone: LandlordPhone, number: int) -> None:
    """As the browser does by itself: it is led past Playwright's routes, another address is not."""
    await phone.page.evaluate(
        "address => navigator.serviceWorker.register(address, {scope: '/app/'}).then(() => 1)",
        f"/app/worker.js?{number}",
    )


async def test_an_update_waits_for_forms_and_keeps_the_outbox(
    phone: LandlordPhone, network: PhoneNetwork
) -> None:
    old = await phone.page.evaluate(CACHES)
    release = Release("0123456789ab")
    release.whole = False
    await release.lead(phone)
    # A shell that is not whole never counts: the old one stays.
    await look_for_update(phone, 1)
    await phone.until(
        "navigator.serviceWorker.getRegistration('/app/')"
        ".then((it) => { window.gone = !it.installing && !it.waiting; }), window.gone"
    )
    assert release.pages == 1
    assert await phone.page.evaluate(CACHES) == old
    network.mode = "captive"
    await phone.declare("1")
    await phone.page.evaluate("asm.touched(true)")
    release.whole = True
    await look_for_update(phone, 2)
    await phone.until("asm.net().updateReady")
    assert await phone.page.evaluate("asm.applyUpdate()") is False
    assert await phone.page.evaluate("document.body.dataset.version") != release.version
    assert set(old) < set(await phone.page.evaluate(CACHES))
    await phone.page.evaluate("asm.touched(false)")
    async with phone.page.expect_navigation():
        await phone.page.evaluate("void asm.applyUpdate()")
    await phone.until("window.asm")
    assert await phone.page.evaluate("document.body.dataset.version") == release.version
    await phone.until(
        f"{CACHES}.then((names) => {{ window.kept = names; }}), window.kept?.length === 1"
    )
    assert await phone.page.evaluate(CACHES) == [f"asm-shell-{release.version}"]
    assert (await phone.net())["unsent"] == 1
    network.mode = "good"
    await phone.sync()
    await phone.until("asm.net().unsent === 0")


async def worker_session(phone: LandlordPhone) -> tuple[CDPSession, str]:
    """The browser's own hand on the worker: what the system would make it do."""
    devtools = await phone.context.new_cdp_session(phone.page)
    known: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def note(event: dict[str, Any]) -> None:
        for each in event["registrations"]:
            if each["scopeURL"] == f"{phone.address}/app/" and not known.done():
                known.set_result(each["registrationId"])

    devtools.on("ServiceWorker.workerRegistrationUpdated", note)
    await devtools.send("ServiceWorker.enable")
    async with asyncio.timeout(PATIENCE_MS / 1000):
        return devtools, await known


async def test_a_phone_may_install_it(phone: LandlordPhone) -> None:
    devtools = await phone.context.new_cdp_session(phone.page)
    errors = (await devtools.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    # A test's browser forgets everything, so nothing is ever installed in it.
    assert {error["errorId"] for error in errors} <= {"in-incognito"}
    manifest = await devtools.send("Page.getAppManifest")
    assert manifest["url"] == f"{phone.address}/app/manifest.webmanifest"
    assert manifest["errors"] == []


async def test_the_outbox_goes_with_the_tab_closed_and_a_push_shows_once(
    phone: LandlordPhone, network: PhoneNetwork
) -> None:
    await phone.context.grant_permissions(["notifications"], origin=phone.address)
    await phone.context.set_offline(True)
    keys = [(await phone.declare(room))["key"] for room in ("1", "2")]
    # The app is closed. Through a page that is none of its own the browser is told what to do.
    await phone.page.close()
    phone.page = await phone.context.new_page()
    await phone.context.set_offline(False)
    await phone.page.goto(f"{phone.address}/verify")
    devtools, registration = await worker_session(phone)
    origin = {"origin": phone.address, "registrationId": registration}
    sync = {**origin, "tag": "asm-outbox", "lastChance": True}
    await devtools.send("ServiceWorker.dispatchSyncEvent", sync)
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while network.received != keys:
            await phone.page.evaluate("0")
    await phone.open()
    await phone.until("asm.net().unsent === 0")
    assert network.received == keys
    message = {"title": "Còn 1 giờ", "text": "Khai báo trước 23:00", "url": "/app/", "tag": "t1"}
    for data in (json.dumps(message), "not JSON", ""):
        await devtools.send("ServiceWorker.deliverPushMessage", {**origin, "data": data})
    shown = (
        "navigator.serviceWorker.ready.then((it) => it.getNotifications())"
        ".then((all) => { window.shown = all.map((each) => each.title); })"
    )
    await phone.until(f"{shown}, window.shown?.length === 2")
    assert await phone.page.evaluate("window.shown.sort()") == ["ASM", "Còn 1 giờ"]


async def test_a_part_that_the_server_no_longer_has_is_fetched_by_one_reload(
    open_phone: OpenPhone,
) -> None:
    phone = await open_phone(service_workers="block")
    loads: list[str] = []
    again = asyncio.Event()

    def count(page: Page) -> None:
        loads.append(page.url)
        if len(loads) == 2:
            again.set()

    phone.page.on("load", count)
    await phone.context.route("**/assets/exchange-*.js", lambda route: route.fulfill(status=404))
    # The app asks for it as soon as it is open, and then opens a second time by itself.
    await phone.page.goto(f"{phone.address}/app/", wait_until="commit")
    async with asyncio.timeout(PATIENCE_MS / 1000):
        await again.wait()
    await phone.until("window.asm")
    # It is still not there: a second reload would be one too many.
    await phone.page.evaluate("asm.syncNow().catch(() => 0)")
    assert len(loads) == 2
    await phone.context.unroute_all()
    await phone.reload()
    await phone.sync()
