"""The ward's last thirty nights: arrivals, guest nights, where guests live, and who declared."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import select

from asm.accounts.access import Scope
from asm.analytics.in_force import percent
from asm.analytics.month_queries import arrivals_query, coverage_query, guest_nights_query
from asm.facilities.nights import current_night
from asm.facilities.scope import require_ward
from asm.geo.model import province
from asm.stays.ward_then import ward_then

NIGHTS = 30
#: Corrections close after a week: until then a figure is provisional.
PROVISIONAL_DAYS = 7
TOP_ORIGINS = 10
HOME_COUNTRY = "VNM"

Residence = tuple[str, str | None]


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One night. An arrival counts on its first night: who comes at 01:00 stands beside the night
    they sleep. `hourly`: uses by the hour, and stays that ended on the day they began,
    which are no arrivals. `facilities_active` leaves out those closed that night.
    """

    night: date
    arrivals: int
    guest_nights: int
    hourly: int
    facilities_active: int
    facilities_declared: int
    coverage_percent: float | None
    provisional: bool


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where guests live (not their nationality): a province's code and name, or a country by its
    ISO 3166-1 alpha-3 code and no name. `VNM` as a country: the province was not told.
    """

    kind: Literal["province", "country"]
    code: str
    name: str | None
    arrivals: int
    guest_nights: int


class Tourism(msgspec.Struct, frozen=True, kw_only=True):
    """The stays that count as tourism, and beside them those that do not (hospitals, worker
    housing, dormitories, long rentals; stays for treatment or work).
    """

    arrivals: int
    guest_nights: int
    average_nights: float | None
    excluded_arrivals: int
    excluded_guest_nights: int


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """Thirty nights of one ward, `first_night` to `last_night` inclusive. `average_nights` =
    guest nights / arrivals. `coverage_percent`: facility nights declared / facility nights active.
    """

    ward_code: str
    first_night: date
    last_night: date
    arrivals: int
    guest_nights: int
    hourly: int
    average_nights: float | None
    coverage_percent: float | None
    tourism: Tourism
    origins: list[Origin]
    days: list[Day]


async def ward_month(scope: Scope, ward_code: str) -> Month:
    """Exact figures of the 30 nights that end with last night (the one before the current).

    For the ward's own officer only: raises `ward_not_found` for everyone else.
    """
    require_ward(scope.actor, ward_code)
    last = current_night(scope.actor.now) - timedelta(days=1)
    first = last - timedelta(days=NIGHTS - 1)
    ward = await ward_then(scope.session, ward_code)
    arrivals = (await scope.session.execute(arrivals_query(ward, first, last))).all()
    nights = (await scope.session.execute(guest_nights_query(ward, first, last))).all()
    coverage = (await scope.session.execute(coverage_query(ward, first, last))).all()
    names = await scope.session.execute(select(province.c.code, province.c.name))
    days = _days(first, arrivals, nights, coverage)
    total_arrivals = sum(day.arrivals for day in days)
    total_nights = sum(day.guest_nights for day in days)
    return Month(
        ward_code=ward_code,
        first_night=first,
        last_night=last,
        arrivals=total_arrivals,
        guest_nights=total_nights,
        hourly=sum(day.hourly for day in days),
        average_nights=_average(total_nights, total_arrivals),
        coverage_percent=percent(
            sum(day.facilities_declared for day in days),
            sum(day.facilities_active for day in days),
        ),
        tourism=_tourism(arrivals, nights, total_arrivals, total_nights),
        origins=_origins(arrivals, nights, {row.code: row.name for row in names}),
        days=days,
    )


def _days(
    first: date, arrivals: Sequence[Any], nights: Sequence[Any], coverage: Sequence[Any]
) -> list[Day]:
    arrived = {row.night: row for row in arrivals if row.by_night}
    slept = {row.night: row.guest_nights for row in nights if row.by_night}
    shown = {row.night: row for row in coverage}
    days = []
    for offset in range(NIGHTS):
        night = first + timedelta(days=offset)
        came, cover = arrived.get(night), shown.get(night)
        active, declared = (cover.active, cover.declared) if cover else (0, 0)
        days.append(
            Day(
                night=night,
                arrivals=came.arrivals if came else 0,
                guest_nights=slept.get(night, 0),
                hourly=came.hourly if came else 0,
                facilities_active=active,
                facilities_declared=declared,
                coverage_percent=percent(declared, active),
                provisional=offset >= NIGHTS - PROVISIONAL_DAYS,
            )
        )
    return days


def _tourism(
    arrivals: Sequence[Any], nights: Sequence[Any], total_arrivals: int, total_nights: int
) -> Tourism:
    came = sum(row.tourism_arrivals for row in arrivals if row.by_night)
    slept = sum(row.tourism_guest_nights for row in nights if row.by_night)
    return Tourism(
        arrivals=came,
        guest_nights=slept,
        average_nights=_average(slept, came),
        excluded_arrivals=total_arrivals - came,
        excluded_guest_nights=total_nights - slept,
    )


def _origins(arrivals: Sequence[Any], nights: Sequence[Any], names: dict[str, str]) -> list[Origin]:
    came = {_residence_of(row): row.arrivals for row in arrivals if not row.by_night}
    slept = {_residence_of(row): row.guest_nights for row in nights if not row.by_night}
    residences = sorted(
        came.keys() | slept.keys(),
        key=lambda residence: (
            -slept.get(residence, 0),
            -came.get(residence, 0),
            residence[0],
            residence[1] or "",
        ),
    )
    return [
        Origin(
            kind="province" if residence[1] else "country",
            code=residence[1] or residence[0],
            name=names.get(residence[1]) if residence[1] else None,
            arrivals=came.get(residence, 0),
            guest_nights=slept.get(residence, 0),
        )
        for residence in residences[:TOP_ORIGINS]
    ]


def _residence_of(row: Any) -> Residence:
    home = row.residence_country == HOME_COUNTRY
    return row.residence_country, row.residence_province if home else None


def _average(nights: int, arrivals: int) -> float | None:
    return round(nights / arrivals, 2) if arrivals else None
