"""A point on the ground, and whether it can be in Vietnam: said before any database is asked. Pure.

Below the front door a point is always one `Point`, longitude first as in WKT and GeoJSON; handlers,
forms and command lines build it by name from the `lat` and `lon` that the outside knows.
"""

from collections.abc import Iterable
from typing import Any, Protocol, Self

import msgspec

from asm.errors import Invalid, field_error

#: The box that digital addresses divide (`asm.geo.addresses.door_code`): all of Vietnam lies in it.
SOUTH, NORTH = 6.0, 24.0
WEST, EAST = 102.0, 118.0


class InDegrees(Protocol):
    """What is published with `lat` and `lon` of its own, and a row that has both columns."""

    @property
    def lat(self) -> float: ...

    @property
    def lon(self) -> float: ...


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """Degrees east and north (EPSG:4326). Any two numbers: `check_point` refuses what cannot be."""

    lon: float
    lat: float

    @classmethod
    def of(cls, published: InDegrees) -> Self:
        """The point of what has `lat` and `lon` of its own."""
        return cls(lon=published.lon, lat=published.lat)

    def exchanged(self) -> Self:
        """The point with its two numbers exchanged."""
        return type(self)(lon=self.lat, lat=self.lon)


def fields_with_point(published: msgspec.Struct) -> dict[str, Any]:
    """The fields of a struct, one `point` in place of its `lat` and `lon`."""
    fields = msgspec.structs.asdict(published)
    point = Point(lon=fields.pop("lon"), lat=fields.pop("lat"))
    return fields | {"point": point}


def fields_with_degrees(held: msgspec.Struct) -> dict[str, Any]:
    """The fields of a struct, `lon` and `lat` in place of its `point`: as columns are named."""
    fields = msgspec.structs.asdict(held)
    point: Point = fields.pop("point")
    return fields | msgspec.structs.asdict(point)


def arrays_of(points: Iterable[Point]) -> dict[str, list[float]]:
    """The parameters `lons` and `lats` of a statement about many points."""
    many = list(points)
    return {"lons": [point.lon for point in many], "lats": [point.lat for point in many]}


def in_box(point: Point) -> bool:
    """Whether a point lies in the box that codes can name."""
    return SOUTH <= point.lat < NORTH and WEST <= point.lon < EAST


def check_point(point: Point) -> None:
    """Raise Invalid when a point cannot be in Vietnam: `coordinates_zero` for 0, 0,
    `coordinates_swapped` when it could be with latitude and longitude exchanged, otherwise
    `point_outside_vietnam` (NaN too).
    """
    if in_box(point):
        return
    if point.lat == 0 and point.lon == 0:
        raise invalid_point("coordinates_zero")
    if swapped(point):
        meant = point.exchanged()
        raise invalid_point("coordinates_swapped", lat=meant.lat, lon=meant.lon)
    raise outside_vietnam()


def swapped(point: Point) -> bool:
    """Whether the two numbers make a point of Vietnam's box only when exchanged: no point of the
    box does so both ways, since its latitudes end at 24 and its longitudes begin at 102.
    """
    return not in_box(point) and in_box(point.exchanged())


def outside_vietnam() -> Invalid:
    """The refusal of a point that is in no ward."""
    return invalid_point("point_outside_vietnam")


def invalid_point(code: str, **facts: Any) -> Invalid:
    """An Invalid about `/lat` and `/lon`, with the remedy that the catalogue has for it."""
    error = field_error("/lat", code, **facts)
    return Invalid(code, errors=[error, {**error, "pointer": "/lon"}], **facts)
