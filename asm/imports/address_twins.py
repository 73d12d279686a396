"""Rows of an address list that are a door which is written down already."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from asm.geo.addresses.twins import Door, are_twins
from asm.geo.folding import fold
from asm.geo.points import Point
from asm.intake.sheets.address_list import ListedAddress, ListFault


class RowTold(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row that was not added: `address` is the door it doubles."""

    row: int
    status: Literal["duplicate", "rejected"]
    address: str | None = None
    fault: ListFault | None = None


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """A row that may be added, with the ward its point is in."""

    row: ListedAddress
    ward_code: str


def without_twins(
    ready: Sequence[Ready], around: dict[int, list[Any]], reports: list[RowTold]
) -> list[Ready]:
    """The rows that double neither a door of the register (`around`: those near each row, by its
    place in `ready`) nor an earlier row; the others go to `reports`.
    """
    fresh: list[Ready] = []
    cells: dict[tuple[int, int], list[ListedAddress]] = {}
    for at, each in enumerate(ready):
        door, row = _door(each.row), each.row
        twin = next(
            (
                near.code
                for near in around.get(at, [])
                if are_twins(
                    door,
                    Door(folded=near.folded, floor=fold(near.floor_unit or "")),
                    near.distance_m,
                )
            ),
            None,
        )
        if twin is not None or _twin_in_file(row, cells):
            reports.append(RowTold(row=row.row, status="duplicate", address=twin))
            continue
        fresh.append(each)
        cells.setdefault(_cell(row), []).append(row)
    return fresh


def _twin_in_file(row: ListedAddress, cells: dict[tuple[int, int], list[ListedAddress]]) -> bool:
    north, east = _cell(row)
    door = _door(row)
    return any(
        are_twins(door, _door(other), _metres(row.point, other.point))
        for a in (north - 1, north, north + 1)
        for b in (east - 1, east, east + 1)
        for other in cells.get((a, b), [])
    )


def _cell(row: ListedAddress) -> tuple[int, int]:
    """A cell of about 110 m, so that a twin lies in it or beside it."""
    return int(row.point.lat * 1000), int(row.point.lon * 1000)


def _metres(point: Point, other: Point) -> float:
    """Metres between two points that are near each other, at Vietnam's latitudes (5 % off)."""
    north = (point.lat - other.lat) * 111_320
    east = (point.lon - other.lon) * 111_320 * 0.957
    return float((north**2 + east**2) ** 0.5)


def _door(row: ListedAddress) -> Door:
    return Door(folded=fold(row.address_text), floor=fold(row.floor_unit or ""))
