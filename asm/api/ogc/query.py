"""What a client of OGC API - Features may ask for, and what is said when it cannot be."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

import msgspec

from asm.api.query_guard import BadOgcQuery
from asm.errors import Invalid, field_error
from asm.geo.areas.wards import check_day
from asm.geo.maps.features import MOST_FEATURES, Frame
from asm.geo.points import EAST, NORTH, SOUTH, WEST
from asm.locales.texts import both

PARAMETERS: Final = frozenset({"bbox", "bbox-crs", "crs", "datetime", "limit", "offset", "f"})
CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_MOST_OFFSET: Final = 10_000_000


class FeatureQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`notes`: what was given less of than asked for, in Vietnamese and English."""

    frame: Frame
    notes: list[tuple[str, str]]


def read_query(query: Mapping[str, str]) -> FeatureQuery:
    """The frame of a query. Raises BadOgcQuery naming the parameter. Unknown ones were refused
    before (OGC 17-069r4, requirement 8).
    """
    if query.get("f", "json") not in {"json", "geojson"}:
        raise _bad("f", both("refusals", "query.format"))
    for name in ("crs", "bbox-crs"):
        if query.get(name, CRS84) != CRS84:
            raise _bad(name, both("refusals", "query.crs", {"crs": CRS84}))
    notes: list[tuple[str, str]] = []
    west, south, east, north = _bbox(query.get("bbox"), notes)
    limit = _whole(query, "limit", 100)
    if limit < 1:
        raise _bad("limit", both("refusals", "query.limit"))
    if limit > MOST_FEATURES:
        notes.append(both("refusals", "query.limit.lowered", {"most": MOST_FEATURES}))
    frame = Frame(
        west=west, south=south, east=east, north=north,
        limit=min(limit, MOST_FEATURES),
        offset=min(_whole(query, "offset", 0), _MOST_OFFSET),
        day=_day(query.get("datetime")),
    )  # fmt: skip
    return FeatureQuery(frame=frame, notes=notes)


def _bbox(given: str | None, notes: list[tuple[str, str]]) -> tuple[float, float, float, float]:
    """Cut to the box around Vietnam, in which everything is: so the world is no special case."""
    if given is None:
        return WEST, SOUTH, EAST, NORTH
    try:
        numbers = [float(part) for part in given.split(",")]
    except ValueError as error:
        raise _bad("bbox", both("refusals", "query.bbox.numbers")) from error
    if len(numbers) not in {4, 6} or not all(map(math.isfinite, numbers)):
        raise _bad("bbox", both("refusals", "query.bbox.count"))
    west, south = numbers[:2]
    east, north = numbers[len(numbers) // 2 :][:2]
    if south > north or west > east or max(abs(south), abs(north)) > 90:
        raise _bad("bbox", both("refusals", "query.bbox.order"))
    if west < WEST - 20 or south < SOUTH - 20 or east > EAST + 20 or north > NORTH + 20:
        edges = {"west": WEST, "south": SOUTH, "east": EAST, "north": NORTH}
        notes.append(both("refusals", "query.bbox.cut", edges))
    return max(west, WEST), max(south, SOUTH), min(east, EAST), min(north, NORTH)


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise _bad(name, both("refusals", "query.whole"))
    return int(text)


def _day(given: str | None) -> date | None:
    """The first day of an instant or interval; `..` and nothing are today."""
    first = (given or "").partition("/")[0]
    if first in {"", ".."}:
        return None
    try:
        day = datetime.fromisoformat(first).date()
    except ValueError as error:
        raise _bad("datetime", both("refusals", "query.day")) from error
    try:
        check_day(day)
    except Invalid as refusal:
        raise _bad("datetime", (refusal.message, refusal.message_en)) from refusal
    return day


def _bad(name: str, said: tuple[str, str]) -> BadOgcQuery:
    error = field_error(f"/{name}", "query_invalid", said=said)
    vi, en = (f"{name}: {text}" for text in said)
    return BadOgcQuery("query_invalid", said=(vi, en), errors=[error])
