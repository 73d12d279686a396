"""One way to answer: JSON with a link to itself, an ETag of what it says, and 304 when known."""

import hashlib
from typing import Any

import msgspec
from litestar import Request, Response

GEOJSON = "application/geo+json"
JSON = "application/json"


def answer(
    request: Request[Any, Any, Any], body: object, *, media_type: str = JSON, max_age_s: int
) -> Response[bytes]:
    """`body` as JSON, cacheable by anyone; 304 without a body when `If-None-Match` knows it."""
    encoded = msgspec.json.encode(body)
    tag = f'"{hashlib.sha256(encoded).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": f"public, max-age={max_age_s}",
        "Access-Control-Allow-Origin": "*",
    }
    known = {item.strip().removeprefix("W/") for item in _known(request).split(",")}
    if tag in known or "*" in known:
        return Response(b"", status_code=304, media_type=media_type, headers=headers)
    return Response(encoded, media_type=media_type, headers=headers)


def _known(request: Request[Any, Any, Any]) -> str:
    return request.headers.get("if-none-match", "")
