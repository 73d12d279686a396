"""Tiles that are ready to send, kept in this process for as long as their data stay as they are."""

import time
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from cachetools import LRUCache, TTLCache

from asm.geo.maps.tiles import Tile

#: What one process keeps, in bytes of packed tiles.
MOST_KEPT: Final = 16_000_000
#: How long a data version is believed without asking again. A map may be so much behind.
BELIEVED_S: Final = 5.0
#: More layers than there are.
_LAYERS: Final = 100


class Key(NamedTuple):
    """One tile of one layer in one state of its data."""

    layer: str
    tile: Tile
    version: str


class TileShelf:
    """The least recently asked tiles leave first. Everything in it is public: what depends on who
    asks never comes here.
    """

    def __init__(
        self,
        *,
        most: int = MOST_KEPT,
        believed_s: float = BELIEVED_S,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tiles: LRUCache[Key, bytes] = LRUCache(most, getsizeof=len)
        self._versions: TTLCache[str, str] = TTLCache(_LAYERS, believed_s, timer)

    async def version(self, layer: str, ask: Callable[[], Awaitable[str]]) -> str:
        """The layer's data version, asked again when the last answer is too old."""
        version = self._versions.get(layer)
        if version is None:
            version = self._versions[layer] = await ask()
        return version

    def take(self, key: Key) -> bytes | None:
        """The packed tile, or None when it has to be made."""
        return self._tiles.get(key)

    def put(self, key: Key, packed: bytes) -> None:
        """Keep a packed tile, and let go of old ones until all fit; one that never would is not
        kept.
        """
        if len(packed) <= self._tiles.maxsize:
            self._tiles[key] = packed
