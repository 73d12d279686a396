"""The definitions once more, in plain Python over invented rows: slow, simple, to compare with."""

from datetime import date, datetime, timedelta

from asm.facilities.nights import current_night
from tests.analytics.invented import WARD, Row, Town


def live(town: Town) -> list[Row]:
    return [row for row in town.stays if row["ward_code"] == WARD and row["voided_at"] is None]


def sleeps(row: Row, night: date) -> bool:
    if row["first_night"] > night:
        return False
    return row["end_night"] is None or night < row["end_night"]


def overnight(row: Row) -> bool:
    return row["end_night"] is None or bool(row["end_night"] > row["first_night"])


def counts(row: Row, night: date) -> bool:
    later = row["superseded_from"]
    return sleeps(row, night) and (later is None or night < later)


def expected_facilities(town: Town, night: date) -> list[Row]:
    closed = {
        row["facility_id"] for row in town.closures if row["starts_on"] <= night < row["ends_on"]
    }
    return [
        row
        for row in town.facilities
        if row["ward_code"] == WARD
        and row["status"] in {"active", "closed"}
        and (row["closed_on"] is None or night < row["closed_on"])
        and current_night(row["decided_at"]) <= night
        and row["id"] not in closed
    ]


def declaring(town: Town, night: date) -> set[object]:
    return {
        row["facility_id"]
        for row in live(town)
        if sleeps(row, night) or row["first_night"] == night
    }


def tonight(town: Town, night: date, now: datetime) -> dict[str, object]:
    people = [row for row in live(town) if counts(row, night)]
    facilities = expected_facilities(town, night)
    ids = {row["id"] for row in facilities}
    rooms = [
        row
        for row in town.rooms
        if row["facility_id"] in ids
        and row["opened_on"] <= night
        and (row["closed_on"] is None or night < row["closed_on"])
    ]
    taken = {(row["facility_id"], row["room_name"]) for row in people}
    with_rooms = {row["facility_id"] for row in rooms}
    return {
        "guests": len({row["person_ref"] for row in people}),
        "foreigners": len({row["person_ref"] for row in people if row["foreigner"]}),
        "hourly_today": sum(
            not overnight(row) and row["first_night"] == night for row in live(town)
        ),
        "beds_open": sum(row["beds"] for row in rooms),
        "guests_in_beds": len(
            {row["person_ref"] for row in people if row["facility_id"] in with_rooms}
        ),
        "rooms_open": len(rooms),
        "rooms_occupied": sum((row["facility_id"], row["name"]) in taken for row in rooms),
        "facilities_active": len(facilities),
        "facilities_declared": len(ids & declaring(town, night)),
        "conflicts": len(
            {
                row["person_ref"]
                for row in live(town)
                if sleeps(row, night) and not counts(row, night)
            }
        ),
        "overdue_departures": sum(
            not row["hourly"]
            and row["departed_at"] is None
            and row["planned_departure_at"] is not None
            and row["planned_departure_at"] < now
            and row["end_night"] >= night - timedelta(days=31)
            for row in live(town)
        ),
    }
