"""Areas side by side on a page: in which order, which are slow, and how the address says so."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

import msgspec

from asm.analytics.questions.area import NamedArea
from asm.analytics.tonight_beside import AreaTonight, NightBeside

#: In per cent of the facilities that have declared: below the first, a row is red; below the other,
#: amber.
SLOW: Final = 80
RATHER_SLOW: Final = 90
MOST_NAMED: Final = 3
_FEWEST: Final = 10**9

#: What a column orders by. Slow and large ones first, names from A.
_ORDERS: Final[dict[str, Callable[[AreaTonight], float]]] = {
    "declared": lambda row: _or_last(row.declared_percent),
    "silent": lambda row: -row.silent,
    "guests": lambda row: -row.guests,
    "beds": lambda row: _or_last(None if row.bed_percent is None else -row.bed_percent),
    "late": lambda row: -row.late,
    "verified": lambda row: _or_last(row.verified_percent),
    "cases": lambda row: -(row.cases or 0),
}
BY_NAME: Final = "name"
FIRST: Final = "declared"


class BesideRow(msgspec.Struct, frozen=True, kw_only=True):
    """`pace`: `act` for a slow one, `act soft` for one rather slow, else empty."""

    area: AreaTonight
    pace: str


class AreasBeside(msgspec.Struct, frozen=True, kw_only=True):
    """`slow`: those with silent facilities that are slowest, at most MOST_NAMED. `empty`: areas
    with neither a facility nor a guest, by name. `sorts`: the address of each order. `earlier`: the
    night before, `later` None for the night in progress.
    """

    tonight: NightBeside
    current: bool
    rows: list[BesideRow]
    empty: list[NamedArea]
    slow: list[AreaTonight]
    sort: str
    sorts: dict[str, str]
    earlier: str
    later: str | None


def beside(
    tonight: NightBeside, sort: str, current: date, address: str, **kept: str
) -> AreasBeside:
    """As a page shows it. An order that there is none of is the first one."""
    if sort not in _ORDERS:
        sort = BY_NAME if sort == BY_NAME else FIRST
    slowest = _in_order(tonight.rows, FIRST)

    def at(night: date, order: str) -> str:
        said = {**kept, "night": "" if night == current else night.isoformat()}
        said["sort"] = "" if order == FIRST else order
        query = urlencode({name: value for name, value in said.items() if value})
        return f"{address}?{query}" if query else address

    night, day = tonight.night, timedelta(days=1)
    return AreasBeside(
        tonight=tonight,
        current=night == current,
        rows=[
            BesideRow(area=row, pace=_pace(row))
            for row in _in_order(tonight.rows, sort)
            if not _empty(row)
        ],
        empty=[row.area for row in tonight.rows if _empty(row)],
        slow=[row for row in slowest if row.silent and _pace(row)][:MOST_NAMED],
        sort=sort,
        sorts={order: at(night, order) for order in (BY_NAME, *_ORDERS)},
        earlier=at(night - day, sort),
        later=at(night + day, sort) if night < current else None,
    )


def _in_order(rows: Sequence[AreaTonight], sort: str) -> list[AreaTonight]:
    """Those with facilities before those without; what is equal stays by name."""
    if sort == BY_NAME:
        return list(rows)
    order = _ORDERS[sort]
    return sorted(rows, key=lambda row: (row.active == 0, order(row)))


def _empty(row: AreaTonight) -> bool:
    return not (row.active or row.cases or any(row.fortnight))


def _or_last(value: float | None) -> float:
    return _FEWEST if value is None else value


def _pace(row: AreaTonight) -> str:
    share = row.declared_percent
    if share is None or share >= RATHER_SLOW:
        return ""
    return "act" if share < SLOW else "act soft"
