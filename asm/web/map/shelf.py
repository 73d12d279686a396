"""Tiles that are ready to send, kept in this process for as long as their data stay as they are."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from asm.geo.maps.tiles import Tile

#: What one process keeps, in bytes of packed tiles.
MOST_KEPT: Final = 16_000_000
#: How long a data version is believed without asking again. A map may be so much behind.
BELIEVED_S: Final = 5.0


class Key(NamedTuple):
    """One tile of one layer in one state of its data."""

    layer: str
    tile: Tile
    version: str


class TileShelf:
    """The least recently asked tiles leave first. Everything in it is public: what depends on who
    asks never comes here.
    """

    def __init__(self, *, most: int = MOST_KEPT, believed_s: float = BELIEVED_S) -> None:
        self._most = most
        self._believed_s = believed_s
        self._held = 0
        self._tiles: OrderedDict[Key, bytes] = OrderedDict()
        self._versions: dict[str, tuple[float, str]] = {}

    async def version(self, layer: str, ask: Callable[[], Awaitable[str]]) -> str:
        """The layer's data version, asked again when the last answer is too old."""
        told = self._versions.get(layer)
        if told is not None and time.monotonic() - told[0] < self._believed_s:
            return told[1]
        version = await ask()
        self._versions[layer] = (time.monotonic(), version)
        return version

    def take(self, key: Key) -> bytes | None:
        """The packed tile, or None when it has to be made."""
        packed = self._tiles.get(key)
        if packed is not None:
            self._tiles.move_to_end(key)
        return packed

    def put(self, key: Key, packed: bytes) -> None:
        """Keep a packed tile, and let go of old ones until all fit."""
        self._held += len(packed) - len(self._tiles.pop(key, b""))
        self._tiles[key] = packed
        while self._held > self._most:
            self._held -= len(self._tiles.popitem(last=False)[1])
