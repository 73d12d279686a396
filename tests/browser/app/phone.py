"""A landlord's phone with the app: what it is asked, through the same core that its pages use."""

import asyncio
from typing import Any

from playwright.async_api import BrowserContext, Page

from asm.demo.cast import Cast
from tests.browser.person import PATIENCE_MS, Person
from tests.people import party

#: Nothing is sent by itself before an app has asked what is new.
_READY = "asm.session().status === 'signed_in' && asm.session().facilities.length > 0"


class LandlordPhone:
    """One browser with its own storage. `page`: the tab that is looked at."""

    def __init__(self, context: BrowserContext, page: Page, address: str, cast: Cast) -> None:
        self.context, self.page, self.address, self.cast = context, page, address, cast
        self.house = str(cast.boarding_house)

    async def open(self) -> None:
        await self.page.goto(f"{self.address}/app/")
        await self.until("window.asm")

    async def reload(self) -> None:
        await self.page.reload()
        await self.until("window.asm")

    async def sign_in(self, login: str = "hai", *, ready: str = _READY) -> None:
        """At the server's own page, then over the app's redirect and back."""
        await Person(self.address, self.cast).sign_in(self.page, login)
        await self.open()
        async with self.page.expect_navigation(url="**/app/signed-in*"):
            await self.page.evaluate("void asm.signIn()")
        await self.until("window.asm")
        await self.until(ready)

    async def controlled(self) -> None:
        """Until the worker keeps the shell and holds this page."""
        await self.page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
        if not await self.page.evaluate("!!navigator.serviceWorker.controller"):
            # It was ready while the page was on its way back from signing in.
            await self.reload()
        await self.until("navigator.serviceWorker.controller")

    async def until(self, condition: str) -> None:
        """The page's policy forbids Playwright's own waiting, which needs `eval`."""
        look = f"""() => new Promise((come) => {{
          const look = () => (({condition}) ? come() : setTimeout(look, 40));
          look();
        }})"""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            await self.page.evaluate(look)

    async def declare(self, room: str, **changes: Any) -> dict[str, Any]:
        """A guest of `room`; the record, once the store's transaction is complete."""
        body = party(room=room, **changes)
        return await self.save({"deed": "declare", "body": body})

    async def save(self, deed: dict[str, Any]) -> dict[str, Any]:
        record: dict[str, Any] = await self.page.evaluate(
            "([house, deed]) => asm.save(house, deed)", [self.house, deed]
        )
        return record

    async def records(self) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = await self.page.evaluate("asm.records()")
        return records

    async def states(self) -> dict[str, str]:
        """Of each declared room."""
        return {
            record["deed"]["body"]["room"]: record["state"]
            for record in await self.records()
            if record["deed"]["deed"] == "declare"
        }

    async def until_states(self, wanted: dict[str, str]) -> None:
        """Until the declared rooms are in these states."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while await self.states() != wanted:
                await self.page.wait_for_timeout(20)

    async def net(self) -> dict[str, Any]:
        net: dict[str, Any] = await self.page.evaluate("asm.net()")
        return net

    async def sync(self) -> None:
        await self.page.evaluate("asm.syncNow()")
