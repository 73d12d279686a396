"""The part of the world that a list of features is asked for, and how much of it is given."""

from datetime import date

import msgspec

from asm.geo.points import EAST, NORTH, SOUTH, WEST

MOST_FEATURES = 1000


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """West, south, east, north in degrees (WGS 84), `limit` features from `offset` on. `day`: as
    areas were then.
    """

    west: float = WEST
    south: float = SOUTH
    east: float = EAST
    north: float = NORTH
    limit: int = 100
    offset: int = 0
    day: date | None = None


class Feature(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One GeoJSON feature; `geometry` is GeoJSON text, longitude first."""

    type: str = "Feature"
    id: str
    geometry: msgspec.Raw
    properties: dict[str, object]
