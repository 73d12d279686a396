"""The ward's last thirty nights: arrivals, guest nights, where guests live, and who declared."""

from datetime import date, datetime
from typing import Literal

import msgspec

from asm.accounts.access import Scope
from asm.analytics.in_force import percent
from asm.analytics.questions.area import Area
from asm.analytics.questions.figures import Figures, figures
from asm.analytics.questions.measures import NightFigures
from asm.analytics.questions.origins import OriginRow, Origins, origins
from asm.analytics.questions.span import Span, last_nights, provisional_from
from asm.facilities.scope import require_ward

NIGHTS = 30
TOP_ORIGINS = 10


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One night. An arrival counts on its first night: who comes at 01:00 stands beside the night
    they sleep. `hourly`: uses by the hour, and stays that ended on the day they began,
    which are no arrivals; `same_day`: the latter alone. `facilities_active` leaves out those closed
    that night, `facilities_declared` had a stay that covers it, and `facilities_said` said
    something for that very night.
    """

    night: date
    arrivals: int
    guest_nights: int
    hourly: int
    same_day: int
    facilities_active: int
    facilities_declared: int
    facilities_said: int
    coverage_percent: float | None
    provisional: bool


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where guests live (not their nationality): a province's code and name, or a country by its
    ISO 3166-1 alpha-3 code and no name, never `VNM`: of who lives in Vietnam the province counts.
    Who did not say stands in `unknown_residence`.
    """

    kind: Literal["province", "country"]
    code: str
    name: str | None
    arrivals: int
    guest_nights: int


class UnknownResidence(msgspec.Struct, frozen=True, kw_only=True):
    """Residence not told, or `VNM` without the province; never guessed from nationality."""

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
    guest nights / arrivals. `coverage_percent`: facility nights declared / facility nights active;
    `said_percent`: facility nights for which something was said / active. Figures follow what is
    declared within seconds; `as_of`: everything until then is in them.
    """

    ward_code: str
    first_night: date
    last_night: date
    as_of: datetime
    arrivals: int
    guest_nights: int
    hourly: int
    same_day: int
    average_nights: float | None
    coverage_percent: float | None
    said_percent: float | None
    tourism: Tourism
    origins: list[Origin]
    unknown_residence: UnknownResidence
    days: list[Day]


async def ward_month(scope: Scope, ward_code: str) -> Month:
    """Exact figures of the 30 nights that end with last night (the one before the current).

    For the ward's own officer only: raises `ward_not_found` for everyone else.
    """
    require_ward(scope.actor, ward_code)
    area, span = Area(kind="ward", code=ward_code), last_nights(scope.actor.now, NIGHTS)
    counted = await figures(scope, area, span)
    lived = await origins(scope, area, span, top=TOP_ORIGINS)
    return Month(
        ward_code=ward_code,
        first_night=span.first,
        last_night=span.last,
        as_of=counted.as_of,
        arrivals=counted.sums.arrivals,
        guest_nights=counted.sums.guest_nights,
        hourly=(counted.sums.hourly or 0) + (counted.sums.same_day or 0),
        same_day=counted.sums.same_day or 0,
        average_nights=counted.sums.mean_nights,
        coverage_percent=counted.coverage.stayed_percent,
        said_percent=counted.coverage.said_percent,
        tourism=_tourism(counted),
        origins=[_origin(row) for row in lived.rows],
        unknown_residence=_unknown(lived),
        days=_days(scope, span, counted),
    )


def _days(scope: Scope, span: Span, counted: Figures) -> list[Day]:
    """All nights of the span, counted already or not."""
    provisional = provisional_from(scope.actor.now)
    known = {each.night: each for each in counted.nights}
    return [
        _day(
            known.get(night)
            or NightFigures(
                night=night, provisional=night >= provisional, arrivals=0, guest_nights=0
            )
        )
        for night in span.each()
    ]


def _day(counted: NightFigures) -> Day:
    active, stayed, said = counted.active or 0, counted.stayed or 0, counted.said or 0
    return Day(
        night=counted.night,
        arrivals=counted.arrivals,
        guest_nights=counted.guest_nights,
        hourly=(counted.hourly or 0) + (counted.same_day or 0),
        same_day=counted.same_day or 0,
        facilities_active=active,
        facilities_declared=stayed,
        facilities_said=said,
        coverage_percent=percent(stayed, active),
        provisional=counted.provisional,
    )


def _tourism(counted: Figures) -> Tourism:
    beside = counted.tourism
    return Tourism(
        arrivals=beside.arrivals if beside else 0,
        guest_nights=beside.guest_nights if beside else 0,
        average_nights=beside.mean_nights if beside else None,
        excluded_arrivals=beside.excluded_arrivals if beside else 0,
        excluded_guest_nights=beside.excluded_nights if beside else 0,
    )


def _origin(row: OriginRow) -> Origin:
    return Origin(
        kind="province" if row.residence.kind == "province" else "country",
        code=row.residence.code or "",
        name=row.residence.name,
        arrivals=row.arrivals,
        guest_nights=row.guest_nights,
    )


def _unknown(lived: Origins) -> UnknownResidence:
    return UnknownResidence(
        arrivals=lived.unknown.arrivals, guest_nights=lived.unknown.guest_nights
    )
