"""The network between a phone and the server: cut, slow to answer, or a hotspot's."""

import json
from typing import Final

from playwright.async_api import BrowserContext, Request, Route

_API: Final = "**/api/v1/**"
#: What a hotspot says to everything until its own page was agreed to.
_HOTSPOT: Final = "<!DOCTYPE html><title>Wi-Fi miễn phí</title><form>…</form>"


class PhoneNetwork:
    """`mode`: `good`; `lost`: the server gets everything and its answers to batches are lost;
    `captive`; `half captive`: only to batches; `away` (503, with the seconds of `Retry-After`);
    `expired`: no token counts any more. `received`: keys in the order in which they came to the
    server, however often.
    """

    def __init__(self) -> None:
        self.mode = "good"
        self.retry_after_s = 2
        self.requests: list[str] = []
        self.received: list[str] = []
        self._led: list[BrowserContext] = []

    async def lead(self, context: BrowserContext) -> None:
        """From now on everything that the context's pages and worker ask of the interface."""
        self._led.append(context)
        await context.route(_API, self._answer)

    async def close(self) -> None:
        """Once nothing is on its way any more."""
        for context in self._led:
            await context.unroute_all(behavior="wait")

    async def _answer(self, route: Route, request: Request) -> None:
        path = request.url.partition("?")[0]
        batch = path.endswith("/batch")
        self.requests.append(f"{request.method} {path.rpartition('/')[2]}")
        if self.mode == "captive" or (self.mode == "half captive" and batch):
            await route.fulfill(status=200, content_type="text/html", body=_HOTSPOT)
        elif self.mode == "away":
            await self._refuse(route, 503, "intake_full")
        elif self.mode == "expired":
            token = path.endswith("/token")
            await self._refuse(route, 400 if token else 401, "sign_in_required")
        elif not batch:
            await route.continue_()
        else:
            items = json.loads(request.post_data or "")["items"]
            self.received += [item["key"] for item in items]
            await (self._lose(route) if self.mode == "lost" else route.continue_())

    async def _lose(self, route: Route) -> None:
        await route.fetch()
        await route.abort("connectionreset")

    async def _refuse(self, route: Route, status: int, code: str) -> None:
        headers = {"ASM-Contract-Version": "1.0.0"}
        if status == 503:
            headers["Retry-After"] = str(self.retry_after_s)
        said = {"status": status, "code": code, "error": "invalid_grant", "title": code}
        await route.fulfill(status=status, json=said, headers=headers)
