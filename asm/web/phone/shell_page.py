"""The addresses below /app. Everybody gets the same page: who signed in, only the phone knows."""

from pathlib import Path
from typing import Any, Final

from litestar import MediaType, Response, get
from litestar.params import FromPath
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from asm.errors import not_found
from asm.headers import Header
from asm.web.page import WebRequest
from asm.web.page_headers import CONTENT_POLICY, PAGE_HEADERS
from asm.web.phone.shell_files import HOME, read_shell_files

_SHELL: Final = read_shell_files()
_ICONS: Final = {
    path.name: path.read_bytes() for path in (Path(__file__).parent / "icons").glob("*.png")
}
#: Browsers and caches keep it, and ask each time whether it is still the same.
_ASK_AGAIN: Final = "public, no-cache"
_A_DAY: Final = "public, max-age=86400"
_HEADERS: Final = {
    Header.CACHE_CONTROL: _ASK_AGAIN,
    # A manifest that the policy does not name is not fetched, and the app cannot be installed.
    Header.CONTENT_SECURITY_POLICY: f"{CONTENT_POLICY}; manifest-src 'self'",
    # The one page that reads cards with the phone's camera.
    Header.PERMISSIONS_POLICY: PAGE_HEADERS[Header.PERMISSIONS_POLICY].replace(
        "camera=()", "camera=(self)"
    ),
}


@get(["/app", "/app/{path:path}"], include_in_schema=False)
async def app_page(request: WebRequest) -> Response[Any]:
    """The same for every address below /app: the app itself reads which of its pages is meant."""
    if request.scope["raw_path"] == HOME.rstrip("/").encode():
        return Redirect(HOME, status_code=308)
    if _SHELL is None:
        raise not_found("script")
    return Template(
        "phone/shell.html",
        context={"language": "vi", "shell": _SHELL},
        media_type=MediaType.HTML,
        headers={**_HEADERS, Header.ETAG: f'W/"{_SHELL.version}"'},
    )


@get("/app/worker.js", include_in_schema=False)
async def app_worker() -> Response[bytes]:
    """Its name never changes: a browser keeps the one it registered."""
    if _SHELL is None:
        raise not_found("script")
    headers = {Header.CACHE_CONTROL: _ASK_AGAIN}
    return Response(_SHELL.worker, media_type="text/javascript", headers=headers)


@get("/app/manifest.webmanifest", include_in_schema=False)
async def app_manifest() -> Response[Any]:
    """What a phone shows of the installed app."""
    return Template(
        "phone/manifest.webmanifest",
        context={"language": "vi", "home": HOME, "sizes": (192, 512)},
        media_type="application/manifest+json",
        headers={Header.CACHE_CONTROL: _ASK_AGAIN},
    )


@get("/app/icons/{name:str}", include_in_schema=False)
async def app_icon(name: FromPath[str]) -> Response[bytes]:
    """Raises not_found for any but ours."""
    if name not in _ICONS:
        raise not_found("file")
    return Response(_ICONS[name], media_type="image/png", headers={Header.CACHE_CONTROL: _A_DAY})


HANDLERS: Final[list[ControllerRouterHandler]] = [app_page, app_worker, app_manifest, app_icon]
