"""Vector tiles over HTTP: the two public layers, and the officer's own night."""

import gzip
import hashlib
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Final

import msgspec
from litestar import Response, Router, get
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.analytics.night_tile import night_tile
from asm.errors import not_found
from asm.facilities.public.facility_tiles import facilities_version, facility_tile
from asm.geo.maps.tiles import Tile, area_tile, areas_version, tile_at
from asm.headers import Header
from asm.web.map.shelf import Key, TileShelf
from asm.web.page import WebRequest
from asm.web.page_access import provide_actor, provide_scope
from asm.web.page_headers import page_headers

MEDIA_TYPE: Final = "application/vnd.mapbox-vector-tile"
_PUBLIC: Final = "public, max-age=300"
#: An officer's tile is asked again every time, so that a signed-out browser shows none.
_OWN: Final = "private, no-cache"


class _Layer(msgspec.Struct, frozen=True):
    version: Callable[[AsyncSession], Awaitable[str]]
    draw: Callable[[AsyncSession, Tile], Awaitable[bytes]]


LAYERS: Final = {
    "areas": _Layer(areas_version, area_tile),
    "facilities": _Layer(facilities_version, facility_tile),
}


@get("/tiles/{layer:str}/{z:int}/{x:int}/{y:int}", include_in_schema=False)
async def public_tile(
    request: WebRequest,
    layer: FromPath[str],
    z: FromPath[int],
    x: FromPath[int],
    y: FromPath[int],
    session: NamedDependency[AsyncSession],
    state: State,
) -> Response[bytes]:
    source = LAYERS.get(layer)
    if source is None:
        raise not_found("tile_layer")
    tile = tile_at(z, x, y)
    shelf: TileShelf = state["tiles"]
    version = await shelf.version(layer, lambda: source.version(session))
    key = Key(layer, tile, version)
    etag = _etag(repr(key).encode())
    if _has(request, etag):
        return _unchanged(etag, _PUBLIC)
    packed = shelf.take(key)
    if packed is None:
        packed = _pack(await source.draw(session, tile))
        shelf.put(key, packed)
    return _answer(request, packed, etag, _PUBLIC)


@get("/tiles/night/{z:int}/{x:int}/{y:int}", include_in_schema=False)
async def own_night_tile(
    request: WebRequest,
    z: FromPath[int],
    x: FromPath[int],
    y: FromPath[int],
    in_scope: NamedDependency[Scope],
    night: FromQuery[date | None] = None,
) -> Response[bytes]:
    drawn = await night_tile(in_scope, tile_at(z, x, y), night)
    # Whether anything changed takes the same reading as the tile itself, which is one ward's.
    etag = _etag(in_scope.actor.id.bytes + drawn)
    if _has(request, etag):
        return _unchanged(etag, _OWN)
    return _answer(request, _pack(drawn), etag, _OWN)


def _etag(content: bytes) -> str:
    # Weak: packed or not, it is the same tile.
    return f'W/"{hashlib.sha256(content).hexdigest()[:24]}"'


def _has(request: WebRequest, etag: str) -> bool:
    known_etags = request.headers.get(Header.IF_NONE_MATCH, "")
    return etag in (part.strip() for part in known_etags.split(","))


def _pack(tile: bytes) -> bytes:
    return gzip.compress(tile, 6, mtime=0) if tile else b""


def _headers(etag: str, caching: str) -> dict[str, str]:
    by = [Header.ACCEPT_ENCODING] if caching == _PUBLIC else [Header.ACCEPT_ENCODING, Header.COOKIE]
    vary = ", ".join(by).lower()
    return {Header.ETAG: etag, Header.CACHE_CONTROL: caching, Header.VARY: vary}


def _unchanged(etag: str, caching: str) -> Response[bytes]:
    return Response(b"", status_code=304, headers=_headers(etag, caching), media_type=MEDIA_TYPE)


def _answer(request: WebRequest, packed: bytes, etag: str, caching: str) -> Response[bytes]:
    """The tile as the browser takes it; 204 for one that holds nothing."""
    headers = _headers(etag, caching)
    if not packed:
        return Response(b"", status_code=204, headers=headers, media_type=MEDIA_TYPE)
    if "gzip" in request.headers.get(Header.ACCEPT_ENCODING, ""):
        headers[Header.CONTENT_ENCODING] = "gzip"
        return Response(packed, headers=headers, media_type=MEDIA_TYPE)
    return Response(gzip.decompress(packed), headers=headers, media_type=MEDIA_TYPE)


#: Tiles that anyone may open; a test holds this list.
PUBLIC_TILES: list[ControllerRouterHandler] = [public_tile]
tile_router: Final = Router(
    path="/",
    route_handlers=[*PUBLIC_TILES, own_night_tile],
    dependencies={"actor": Provide(provide_actor), "in_scope": Provide(provide_scope)},
    middleware=[page_headers],
    include_in_schema=False,
)
