"""What every page tells the browser to refuse."""

from typing import Final

from litestar.datastructures import MutableScopeHeaders
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from asm.headers import Header

# No inline script or style anywhere; wasm-unsafe-eval is for the barcode reader.
CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
PAGE_HEADERS: Final = {
    Header.CONTENT_SECURITY_POLICY: CONTENT_POLICY,
    Header.X_CONTENT_TYPE_OPTIONS: "nosniff",
    Header.REFERRER_POLICY: "same-origin",
    Header.CROSS_ORIGIN_OPENER_POLICY: "same-origin",
    Header.PERMISSIONS_POLICY: "geolocation=(self), camera=(), microphone=()",
    # Pages show guests: neither a shared computer's cache nor its back button may keep them.
    Header.CACHE_CONTROL: "no-store",
}


def page_headers(app: ASGIApp) -> ASGIApp:
    """Add the headers to every page; what a handler set itself stays. What caches may keep for
    everybody sets no cookie: they would hand one reader's form token to all.
    """

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders.from_message(message)
                for name, value in PAGE_HEADERS.items():
                    headers.setdefault(name, value)
                if headers[Header.CACHE_CONTROL].startswith("public"):
                    headers.pop(Header.SET_COOKIE, None)
            await send(message)

        await app(scope, receive, send_with_headers)

    return wrapped
