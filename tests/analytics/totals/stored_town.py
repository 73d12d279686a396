"""What is stored, and the definitions of one stay once more in plain Python: slow, and written
apart from the product.
"""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

Row = dict[str, Any]
DAY = timedelta(days=1)
_OPEN = 400
_PEOPLE = """
SELECT facility_id, ref, coalesce(encode(index_a, 'hex'), encode(index_b, 'hex')) AS document
FROM vault.person
"""


class Town:
    """All rows as they are stored now."""

    def __init__(self, rows: dict[str, list[Row]]) -> None:
        self.facilities = {row["id"]: row for row in rows["facility"]}
        self.pasts = rows["facility_ward_past"]
        self.rooms = rows["room"]
        self.closures = rows["closure"]
        self.stays = [row for row in rows["stay"] if row["voided_at"] is None]
        self.excused = {(row["facility_id"], row["stay_id"]) for row in rows["stay_excuse"]}
        self.answers = {
            (row["facility_id"], row["stay_id"], row["guest_record_id"]): row["status"]
            for row in rows["identity_check"]
        }
        self.documents = {
            (row["facility_id"], row["ref"]): row["document"] for row in rows["person"]
        }
        self.quiet = {(row["facility_id"], row["night"]) for row in rows["quiet_night"]}
        self.provinces = {row["code"]: row["province_code"] for row in rows["ward"]}


async def read_town(session: AsyncSession, *, as_written: bool = False) -> Town:
    """As a superuser. `as_written`: of rows that were invented with their nights elsewhere, which
    no desk declared.
    """
    tables = (
        "facility", "facility_ward_past", "room", "closure", "stay", "stay_excuse",
        "identity_check", "ward", "quiet_night",
    )  # fmt: skip
    rows = {}
    for table in tables:
        read = await session.execute(text(f"SELECT * FROM {table}"))
        rows[table] = [dict(row) for row in read.mappings()]
    read = await session.execute(text(_PEOPLE))
    rows["person"] = [dict(row) for row in read.mappings()]
    await session.rollback()
    town = Town(rows)
    if as_written:
        for stay in town.stays:
            since = stay["superseded_from"]
            stay["elsewhere"] = {night for night in registered(stay) if since and since <= night}
    else:
        settle_whose_night_it_is(town)
    return town


def end_of(stay: Row) -> date:
    end: date = stay["end_night"] or stay["first_night"] + _OPEN * DAY
    return end


def is_overnight(stay: Row) -> bool:
    return end_of(stay) > stay["first_night"]


def registered(stay: Row) -> list[date]:
    if not is_overnight(stay):
        return []
    return [
        stay["first_night"] + step * DAY
        for step in range((end_of(stay) - stay["first_night"]).days)
    ]


def counted(stay: Row) -> list[date]:
    return [night for night in registered(stay) if night not in stay["elsewhere"]]


def settle_whose_night_it_is(town: Town) -> None:
    """Note at each stay its nights `elsewhere`: those that a later stay of the same person has. Of
    what was declared alone, one night at a time; what the product wrote of it is not looked at.
    """
    nights: dict[tuple[str, date], list[Row]] = defaultdict(list)
    for stay in town.stays:
        stay["elsewhere"] = set()
        person = town.documents.get((stay["facility_id"], stay["person_ref"]))
        if person is not None:
            for night in registered(stay):
                nights[person, night].append(stay)
    for (_, night), stays in nights.items():
        latest = max(stays, key=lambda stay: (stay["arrived_at"], stay["received_at"], stay["id"]))
        for stay in stays:
            if stay is not latest:
                stay["elsewhere"].add(night)


def ward_on(row: Row, night: date, before: str | None) -> str:
    moved = row["ward_since"] is not None and night < row["ward_since"]
    ward: str = before if moved and before is not None else row["ward_code"]
    return ward


def stay_ward(stay: Row, night: date) -> str:
    return ward_on(stay, night, stay["former_ward_code"])


def residence(stay: Row) -> str:
    if stay["residence"] is not None:
        return str(stay["residence"])
    if stay["residence_province"] is not None:
        return f"P{stay['residence_province']}"
    country = stay["residence_country"]
    return "?" if country in {"VNM", stay["nationality"]} else f"C{country}"


def is_tourism(stay: Row) -> bool:
    if not stay["tourism"]:
        return False
    if stay["end_night"] is None:
        return True
    first = stay["first_night"]
    if (first.month, first.day) == (2, 29):
        year_on = date(first.year + 1, 2, 28)
    else:
        year_on = first.replace(year=first.year + 1)
    return bool(stay["end_night"] < year_on)


def length_of(stay: Row) -> str:
    if stay["end_night"] is None:
        return "length_open"
    nights = (stay["end_night"] - stay["first_night"]).days
    for most, name in ((1, "1"), (2, "2"), (3, "3"), (6, "4_6"), (13, "7_13"), (29, "14_29")):
        if nights <= most:
            return f"length_{name}"
    return "length_30_"


def came_again(town: Town) -> set[Any]:
    """Ids of the stays whose guest was registered within a year, and nowhere the night before."""
    by_person = defaultdict(list)
    for stay in town.stays:
        document = town.documents.get((stay["facility_id"], stay["person_ref"]))
        by_person[document or (stay["facility_id"], stay["person_ref"])].append(stay)
    again = set()
    for stays in by_person.values():
        for stay in stays:
            earlier = {
                night
                for other in stays
                if other["first_night"] < stay["first_night"]
                for night in registered(other)
                if night < stay["first_night"]
            }
            if is_overnight(stay) and earlier:
                away = (stay["first_night"] - max(earlier)).days - 1
                if 0 < away <= 365:
                    again.add(stay["id"])
    return again
