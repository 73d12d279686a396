"""What the public page says of a week in one area: its findings first, then the tables."""

from typing import Any, Final

import msgspec

from asm.analytics.published.figures import WeekFigures
from asm.analytics.published.groups import ALL, COUNTRY, KIND_GROUPS, SECTORS, TOURISM
from asm.analytics.published.tables import HIDDEN, NO_FACILITY, SHOWN, Row
from asm.analytics.published.week import class_of_origin
from asm.geo.ward_names import without_kind
from asm.locales.texts import text_in
from asm.web.formats import country_name

MOST_BARS: Final = 8


class OpenView(msgspec.Struct, frozen=True, kw_only=True):
    """`nights`: of tourism in the week, None hidden; `change_percent` against the week before,
    where both stand. `weeks`: (name, nights) up to this one. `origins`: (name, nights), the most
    first. `areas` and `sectors`: rows of the tables.
    """

    area: str
    area_name: str
    week: str
    nights: int | None
    arrivals: int | None
    nights_per_arrival: float | None
    change_percent: int | None
    weeks: list[tuple[str, int | None]]
    highest: bool
    origins: list[tuple[str, int]]
    origins_hidden: int
    areas: list[Row]
    sectors: list[Row]
    coverage: Row


def open_view(newest: WeekFigures, before: list[WeekFigures], area: str, language: str) -> OpenView:
    """`before`: earlier weeks, the oldest first."""
    week = newest.guests[area, TOURISM, ALL]
    weeks = [(each.id.partition(".")[0], each.nights(area)) for each in [*before, newest]]
    nights = newest.nights(area)
    last = weeks[-2][1] if len(weeks) > 1 else None
    known = [value for _, value in weeks if value is not None]
    return OpenView(
        area=area,
        area_name=_area_name(newest, area, language),
        week=newest.id.partition(".")[0],
        nights=nights,
        arrivals=week["arrivals"] if week["status"] == SHOWN else None,
        nights_per_arrival=week["nights_per_arrival"],
        change_percent=round(100 * nights / last) - 100 if nights and last else None,
        weeks=weeks,
        highest=nights is not None and len(known) > 1 and nights == max(known),
        origins=_origins(newest, area, language),
        origins_hidden=sum(
            row["status"] == HIDDEN
            for (row_area, sector, _), row in newest.guests.items()
            if (row_area, sector) == (area, TOURISM)
        ),
        areas=[_area_row(newest, each, language) for each in newest.areas()],
        sectors=[_sector_row(newest, area, sector, language) for sector in SECTORS],
        coverage=newest.coverage[area],
    )


def _area_name(figures: WeekFigures, area: str, language: str) -> str:
    if area == COUNTRY:
        return text_in("published", "country", language)
    return without_kind(figures.area_names[area])


def _origins(figures: WeekFigures, area: str, language: str) -> list[tuple[str, int]]:
    rows = [
        (_origin_name(figures, origin, language), row["guest_nights"])
        for (row_area, sector, origin), row in figures.guests.items()
        if (row_area, sector) == (area, TOURISM)
        and row["status"] == SHOWN
        and (origin in figures.area_names or origin.isupper())
        and class_of_origin(origin) != origin
    ]
    return sorted(rows, key=lambda row: -row[1])[:MOST_BARS]


def _origin_name(figures: WeekFigures, origin: str, language: str) -> str:
    if origin in figures.area_names:
        return without_kind(figures.area_names[origin])
    return country_name(origin, language)


def _area_row(figures: WeekFigures, area: str, language: str) -> Row:
    row = figures.guests[area, TOURISM, ALL]
    return {
        "code": area,
        "name": _area_name(figures, area, language),
        "status": row["status"],
        "arrivals": row["arrivals"],
        "guest_nights": row["guest_nights"],
        "nights_per_arrival": row["nights_per_arrival"],
        "hotel": _rate(figures.occupancy.get((area, "hotel"))),
        "stayed_percent": figures.coverage[area]["stayed_percent"],
    }


def _sector_row(figures: WeekFigures, area: str, sector: str, language: str) -> Row:
    row = figures.guests[area, sector, ALL]
    occupancy = figures.occupancy.get((area, sector)) if sector in KIND_GROUPS else None
    return {
        "name": text_in("published", f"sector.{sector}", language),
        "sum": sector not in KIND_GROUPS,
        "status": row["status"],
        "arrivals": row["arrivals"],
        "guest_nights": row["guest_nights"],
        "nights_per_arrival": row["nights_per_arrival"],
        "rate": _rate(occupancy),
    }


def _rate(row: Row | None) -> Any:
    """Bed occupancy in per cent, HIDDEN or NO_FACILITY; None where it does not apply."""
    if row is None:
        return None
    if row["status"] == SHOWN:
        return row["bed_occupancy_percent"]
    return NO_FACILITY if row["status"] == NO_FACILITY else HIDDEN
