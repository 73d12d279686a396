"""The script that shows push messages. It is served at the root, under a name that never changes:
a browser keeps the one it registered.
"""

from typing import Any

from litestar import Response, get

from asm.errors import not_found
from asm.headers import Header
from asm.web.assets import STATIC_DIR, Assets

_SCRIPT = Assets()("islands/push-worker.ts")
_SOURCE = None if _SCRIPT is None else (STATIC_DIR / _SCRIPT.removeprefix("/static/")).read_bytes()


@get("/push-worker.js", include_in_schema=False)
async def push_worker() -> Response[Any]:
    """404 where the pages have not been built."""
    if _SOURCE is None:
        raise not_found("script")
    return Response(
        _SOURCE, media_type="text/javascript", headers={Header.CACHE_CONTROL: "no-cache"}
    )
