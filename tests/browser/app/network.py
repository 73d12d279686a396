"""The network between a phone and the server: cut, slow to answer, or a hotspot's."""

from typing import Final

from playwright.async_api import BrowserContext, Request, Route

from tests.browser.app.batch_stand_in import BatchStandIn

_API: Final = "**/api/v1/**"
#: What a hotspot says to everything until its own page was agreed to.
_HOTSPOT: Final = "<!DOCTYPE html><title>Wi-Fi miễn phí</title><form>…</form>"


class PhoneNetwork:
    """`mode`: `good`; `lost`: the server gets everything and its answers to batches are lost;
    `captive`; `half captive`: only to batches; `away` (503, with the seconds of `Retry-After`);
    `expired`: no token counts any more.
    """

    def __init__(self, stand_in: BatchStandIn, login: str = "hai") -> None:
        self.stand_in = stand_in
        self.login = login
        self.mode = "good"
        self.retry_after_s = 2
        self.requests: list[str] = []
        self._led: list[BrowserContext] = []

    async def lead(self, context: BrowserContext) -> None:
        """From now on everything that the context's pages and worker ask of the interface."""
        self._led.append(context)
        await context.route(_API, self._answer)

    async def close(self) -> None:
        """Once nothing is on its way any more."""
        for context in self._led:
            await context.unroute_all(behavior="wait")
        await self.stand_in.http.aclose()

    async def _answer(self, route: Route, request: Request) -> None:
        path = request.url.partition("?")[0]
        self.requests.append(f"{request.method} {path.rpartition('/')[2]}")
        if self.mode == "captive" or (self.mode == "half captive" and path.endswith("/batch")):
            await route.fulfill(status=200, content_type="text/html", body=_HOTSPOT)
        elif self.mode == "away":
            await self._refuse(route, 503, "intake_full")
        elif self.mode == "expired" and path.endswith("/token"):
            await self._refuse(route, 400, "grant_wrong")
        elif self.mode == "expired":
            await self._refuse(route, 401, "sign_in_required")
        elif path.endswith("/batch"):
            await self._batch(route, request)
        elif path.endswith("/changes"):
            await self._json(route, 200, {"changes": [], "next": "here", "more": False})
        else:
            await route.continue_()

    async def _batch(self, route: Route, request: Request) -> None:
        path = "/api/v1" + request.url.partition("/api/v1")[2]
        answer = await self.stand_in.answer(self.login, path, request.post_data or "")
        if self.mode == "lost":
            await route.abort("connectionreset")
        else:
            await self._json(route, 200, answer)

    async def _refuse(self, route: Route, status: int, code: str) -> None:
        said = {"status": status, "code": code, "error": "invalid_grant", "title": code}
        await self._json(route, status, said)

    async def _json(self, route: Route, status: int, body: object) -> None:
        headers = {"ASM-Contract-Version": "1.0.0"}
        if status == 503:
            headers["Retry-After"] = str(self.retry_after_s)
        await route.fulfill(status=status, json=body, headers=headers)
