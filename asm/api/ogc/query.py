"""What a client of OGC API - Features may ask for, and what is said when it cannot be."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

import msgspec

from asm.errors import Invalid, field_error
from asm.geo.areas.wards import check_day
from asm.geo.maps.features import MOST_FEATURES, Frame
from asm.geo.points import EAST, NORTH, SOUTH, WEST

PARAMETERS: Final = frozenset({"bbox", "bbox-crs", "crs", "datetime", "limit", "offset", "f"})
CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_MOST_OFFSET: Final = 10_000_000


class BadQuery(Invalid):
    """The standard asks for 400 where our own interface says 422."""

    status = 400


class FeatureQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`notes`: what was given less of than asked for, in Vietnamese and English."""

    frame: Frame
    notes: list[tuple[str, str]]


def read_query(query: Mapping[str, str]) -> FeatureQuery:
    """The frame of a query. Raises BadQuery naming the parameter, also for an unknown one
    (OGC 17-069r4, requirement 8).
    """
    for name in query:
        if name not in PARAMETERS:
            raise _bad(name, "không có tên này", "there is no such parameter")
    if query.get("f", "json") not in {"json", "geojson"}:
        raise _bad("f", "chỉ có json", "only json is given")
    for name in ("crs", "bbox-crs"):
        if query.get(name, CRS84) != CRS84:
            raise _bad(name, f"chỉ có {CRS84}", f"only {CRS84} is given")
    notes: list[tuple[str, str]] = []
    west, south, east, north = _bbox(query.get("bbox"), notes)
    limit = _whole(query, "limit", 100)
    if limit < 1:
        raise _bad("limit", "ít nhất là 1", "at least 1")
    if limit > MOST_FEATURES:
        notes.append((
            f"limit được hạ xuống {MOST_FEATURES}; xem liên kết next.",
            f"limit was lowered to {MOST_FEATURES}; follow the link next.",
        ))  # fmt: skip
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
        raise _bad("bbox", "phải là các số", "must be numbers") from error
    if len(numbers) not in {4, 6} or not all(map(math.isfinite, numbers)):
        raise _bad("bbox", "phải có bốn hoặc sáu số", "must be four or six numbers")
    west, south = numbers[:2]
    east, north = numbers[len(numbers) // 2 :][:2]
    if south > north or west > east or max(abs(south), abs(north)) > 90:
        raise _bad(
            "bbox",
            "theo thứ tự tây, nam, đông, bắc (kinh độ trước)",
            "the order is west, south, east, north (longitude first)",
        )
    if west < WEST - 20 or south < SOUTH - 20 or east > EAST + 20 or north > NORTH + 20:
        notes.append((
            f"bbox được cắt còn {WEST:g},{SOUTH:g},{EAST:g},{NORTH:g}, quanh Việt Nam.",
            f"bbox was cut to {WEST:g},{SOUTH:g},{EAST:g},{NORTH:g}, around Vietnam.",
        ))  # fmt: skip
    return max(west, WEST), max(south, SOUTH), min(east, EAST), min(north, NORTH)


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise _bad(name, "phải là số nguyên không âm", "must be a whole number, not negative")
    return int(text)


def _day(given: str | None) -> date | None:
    """The first day of an instant or interval; `..` and nothing are today."""
    first = (given or "").partition("/")[0]
    if first in {"", ".."}:
        return None
    try:
        day = datetime.fromisoformat(first).date()
    except ValueError as error:
        raise _bad("datetime", "ghi như 2026-04-29", "write it as 2026-04-29") from error
    try:
        check_day(day)
    except Invalid as refusal:
        raise _bad("datetime", refusal.message, refusal.message_en) from refusal
    return day


def _bad(name: str, message: str, message_en: str) -> BadQuery:
    error = field_error(f"/{name}", "query_invalid", message, message_en)
    return BadQuery("query_invalid", f"{name}: {message}", f"{name}: {message_en}", errors=[error])
