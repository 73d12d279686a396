"""The totals once more, one stay and one night at a time in plain Python, to compare the kept ones
with.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.analytics.totals.stored_town import (
    DAY,
    Row,
    Town,
    came_again,
    counted,
    is_overnight,
    is_tourism,
    length_of,
    read_town,
    registered,
    residence,
    stay_ward,
    ward_on,
)

Cells = dict[tuple[Any, ...], Counter[str]]


def night_totals(town: Town, last: date) -> Cells:
    cells: Cells = defaultdict(Counter)
    again = came_again(town)
    for stay in town.stays:
        kind, tourism = town.facilities[stay["facility_id"]]["kind"], is_tourism(stay)

        def cell(
            night: date, stay: Row = stay, kind: str = kind, tourism: bool = tourism
        ) -> Counter[str]:
            return cells[stay_ward(stay, night), night, kind, tourism]

        if stay["first_night"] <= last:
            cell(stay["first_night"]).update(_of_arrival(town, stay, again))
        for night in counted(stay):
            if night <= last:
                cell(night).update({"guest_nights": 1, "foreign_nights": int(stay["foreigner"])})
        if is_overnight(stay) and stay["end_night"] is not None and stay["end_night"] <= last:
            cell(stay["end_night"])["departures"] += 1
    return _without_nothing(cells)


def _of_arrival(town: Town, stay: Row, again: set[Any]) -> dict[str, int]:
    key = (stay["facility_id"], stay["id"])
    status = town.answers.get((*key, stay["guest_record_id"]))
    late = not stay["on_time"]
    here = {
        "declared": 1,
        "stays": 1,
        "late": int(late),
        "late_excused": int(late and key in town.excused),
        "verified": int(status == "verified"),
        "askable": int(status not in {None, "not_checkable"}),
    }
    if stay["hourly"] and not is_overnight(stay):
        return here | {"hourly": 1}
    if not is_overnight(stay):
        return here | {"same_day": 1}
    return here | {
        "arrivals": 1,
        "foreign_arrivals": int(stay["foreigner"]),
        length_of(stay): 1,
        "revisits": int(stay["id"] in again),
    }


def origin_nights(town: Town, last: date) -> Cells:
    cells: Cells = defaultdict(Counter)
    for stay in town.stays:
        what = (
            town.facilities[stay["facility_id"]]["kind"],
            residence(stay),
            stay["reason"] or 0,
            is_tourism(stay),
        )
        if is_overnight(stay) and stay["first_night"] <= last:
            ward = stay_ward(stay, stay["first_night"])
            cells[(ward, stay["first_night"], *what)]["arrivals"] += 1
        for night in counted(stay):
            if night <= last:
                cells[(stay_ward(stay, night), night, *what)]["guest_nights"] += 1
    return _without_nothing(cells)


def origin_months(town: Town, last: date) -> Cells:
    cells: Cells = defaultdict(Counter)
    for (ward, night, kind, home, reason, tourism), counts in origin_nights(town, last).items():
        key = (town.provinces[ward], night.replace(day=1), home, kind, reason, tourism)
        cells[key].update(counts)
    return _without_nothing(cells)


def ward_nights(town: Town, nights: Iterable[date]) -> Cells:
    cells: Cells = defaultdict(Counter)
    by_house = defaultdict(list)
    for stay in town.stays:
        by_house[stay["facility_id"]].append(stay)
    for night in nights:
        for house in town.facilities.values():
            if _is_active(house, night):
                key = (_house_ward(town, house, night), night, house["kind"])
                cells[key].update(_of_house(town, house, night, by_house[house["id"]]))
    return _without_nothing(cells)


def _of_house(town: Town, house: Row, night: date, stays: list[Row]) -> dict[str, int]:
    rooms = [
        row
        for row in town.rooms
        if row["facility_id"] == house["id"]
        and row["opened_on"] <= night
        and (row["closed_on"] is None or night < row["closed_on"])
    ]
    beds = sum(row["beds"] for row in rooms)
    gross = {"rooms_all": len(rooms), "beds_all": beds}
    if any(
        row["facility_id"] == house["id"] and row["starts_on"] <= night < row["ends_on"]
        for row in town.closures
    ):
        return gross | {"facilities_closed": 1}
    begun = [stay for stay in stays if stay["first_night"] == night]
    slept = [stay for stay in stays if night in counted(stay)]
    taken = {stay["room_name"] for stay in slept} & {row["name"] for row in rooms}
    return gross | {
        "facilities_active": 1,
        "facilities_stayed": int(bool(begun) or any(night in registered(s) for s in stays)),
        "facilities_said": int(bool(begun) or (house["id"], night) in town.quiet),
        "facilities_quiet": int((house["id"], night) in town.quiet),
        "rooms_open": len(rooms),
        "beds_open": beds,
        "rooms_occupied": len(taken),
        "known_nights": len(slept) if rooms else 0,
    }


def _is_active(house: Row, night: date) -> bool:
    if house["status"] not in {"active", "closed"}:
        return False
    since: datetime = house["decided_at"] or house["registered_at"]
    local = since.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
    first = local.date() - DAY if local.hour < 8 else local.date()
    return first <= night and (house["closed_on"] is None or night < house["closed_on"])


def _house_ward(town: Town, house: Row, night: date) -> str:
    before = None
    for past in town.pasts:
        if (
            past["facility_id"] == house["id"]
            and night < past["valid_to"]
            and (past["valid_from"] is None or past["valid_from"] <= night)
        ):
            before = past["ward_code"]
    return ward_on(house, night, before)


def _without_nothing(cells: Cells) -> Cells:
    return {key: +counts for key, counts in cells.items() if +counts}


async def read_cells(session: AsyncSession, table: str, keys: tuple[str, ...]) -> Cells:
    """A table of totals in the same shape: only what is not zero, all else is not said."""
    read = await session.execute(text(f"SELECT * FROM {table}"))
    cells: Cells = {}
    for row in read.mappings():
        counts = Counter({name: value for name, value in row.items() if name not in keys})
        cells[tuple(row[key] for key in keys)] = Counter(
            {name: value for name, value in counts.items() if value}
        )
    await session.rollback()
    return {key: counts for key, counts in cells.items() if counts}


KEYS = {
    "night_total": ("ward_code", "night", "kind", "tourism"),
    "origin_night": ("ward_code", "night", "kind", "residence", "reason", "tourism"),
    "origin_month": ("province_code", "month", "residence", "kind", "reason", "tourism"),
    "ward_night": ("ward_code", "night", "kind"),
}


async def assert_totals_are_right(
    session: AsyncSession, last: date, first: date, *, as_written: bool = False
) -> None:
    """Every cell of every table, as the stored rows say: stays up to the night `last`, and houses
    from the night `first` on. `as_written` as `read_town`.
    """
    town = await read_town(session, as_written=as_written)
    nights = [first + step * DAY for step in range((last - first).days + 1)]
    expected = {
        "night_total": night_totals(town, last),
        "origin_night": origin_nights(town, last),
        "origin_month": origin_months(town, last),
        "ward_night": ward_nights(town, nights),
    }
    for table, keys in KEYS.items():
        cells = await read_cells(session, table, keys)
        if table == "ward_night":
            cells = {key: counts for key, counts in cells.items() if key[1] >= first}
        wrong = {
            key: (cells.get(key), expected[table].get(key))
            for key in cells.keys() | expected[table].keys()
            if cells.get(key) != expected[table].get(key)
        }
        assert not wrong, f"{table}: (kept, counted) {dict(list(wrong.items())[:5])}"
