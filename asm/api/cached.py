"""Public JSON that seldom changes: an ETag of what it says, 304 when that is known, gzip."""

import gzip
import hashlib
from typing import Any, Final

import msgspec
from cachetools import LRUCache, cached
from litestar import Request, Response

from asm.headers import Header

GEOJSON: Final = "application/geo+json"
JSON: Final = "application/json"
#: Below it the answer fits into a packet or two as it is.
_WORTH_PACKING: Final = 1400
#: What one process keeps, in bytes of packed answers.
_MOST_KEPT: Final = 16_000_000


def answer(
    request: Request[Any, Any, Any], body: object, *, media_type: str = JSON, max_age_s: int
) -> Response[Any]:
    """`body` as JSON, cacheable by anyone; 304 without a body when `If-None-Match` knows it.

    The handler's own annotation says what the answer holds, for the contract.
    """
    encoded = msgspec.json.encode(body)
    tag = f'"{hashlib.sha256(encoded).hexdigest()[:32]}"'
    headers = {
        Header.ETAG: tag,
        Header.CACHE_CONTROL: f"public, max-age={max_age_s}",
        Header.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
        Header.VARY: Header.ACCEPT_ENCODING,
    }
    content = encoded
    if _knows(request, tag):
        return Response(b"", status_code=304, media_type=media_type, headers=headers)
    if len(encoded) > _WORTH_PACKING and "gzip" in request.headers.get(Header.ACCEPT_ENCODING, ""):
        headers[Header.CONTENT_ENCODING] = "gzip"
        content = _packed(tag, encoded)
    return Response(content, media_type=media_type, headers=headers)


def _knows(request: Request[Any, Any, Any], tag: str) -> bool:
    header = request.headers.get(Header.IF_NONE_MATCH, "")
    known = {item.strip().removeprefix("W/") for item in header.split(",")}
    return tag in known or "*" in known


@cached(LRUCache[str, bytes](_MOST_KEPT, getsizeof=len), key=lambda tag, _: tag)
def _packed(_tag: str, encoded: bytes) -> bytes:
    return gzip.compress(encoded, 6, mtime=0)
