"""What is measured of an area and its nights. Every rate is sums divided once, in per cent with one
decimal, and None where there is nothing to divide by; what each means stands in
`asm.analytics.questions.definitions`.
"""

from datetime import date, datetime

import msgspec

from asm.analytics.questions.area import NamedArea
from asm.analytics.questions.narrowing import Narrowing
from asm.analytics.questions.span import Span


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of the span. `mean_nights` = guest nights / arrivals, two decimals. All but
    `arrivals`, `guest_nights` and `mean_nights` are None where figures are narrowed by residence
    or reason: they are not counted so finely.
    """

    arrivals: int
    guest_nights: int
    mean_nights: float | None
    foreign_arrivals: int | None = None
    foreign_nights: int | None = None
    departures: int | None = None
    same_day: int | None = None
    hourly: int | None = None
    revisits: int | None = None


class TourismBeside(msgspec.Struct, frozen=True, kw_only=True):
    """Stays that are tourism, and beside them those left out of it."""

    arrivals: int
    guest_nights: int
    mean_nights: float | None
    excluded_arrivals: int
    excluded_nights: int


class Occupancy(msgspec.Struct, frozen=True, kw_only=True):
    """Of facilities whose rooms are known: `known_nights` / `bed_nights_open` (net) and /
    `bed_nights_all` (gross: closed days in), rooms likewise. Above 100 with extra beds.
    `unknown_nights`: guest nights in facilities with no known capacity open that night, in no rate.
    """

    bed_net_percent: float | None
    bed_gross_percent: float | None
    room_net_percent: float | None
    room_gross_percent: float | None
    known_nights: int
    unknown_nights: int
    bed_nights_open: int
    bed_nights_all: int
    rooms_occupied: int
    room_nights_open: int
    room_nights_all: int


class FacilityCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """Facility nights. `active` leaves out those `closed`. `stayed`: some stay covers the night;
    `said`: something was said for that very night (an arrival, or "no guests": `quiet`). `silent`:
    neither.
    """

    active: int
    closed: int
    stayed: int
    said: int
    quiet: int
    stayed_percent: float | None
    said_percent: float | None


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """Stays by night of arrival whose number was compared with the population service; `askable`
    had a number to ask about (foreigners and children have none).
    """

    stays: int
    askable: int
    verified: int
    of_all_percent: float | None
    of_askable_percent: float | None


class Lateness(msgspec.Struct, frozen=True, kw_only=True):
    """By the first version, voided stays out, use by the hour in. `late` holds the `excused` ones;
    `late_percent` too, `unexcused_percent` does not.
    """

    declared: int
    late: int
    excused: int
    late_percent: float | None
    unexcused_percent: float | None


class Lengths(msgspec.Struct, frozen=True, kw_only=True):
    """Arrivals of the span by the length of their whole stay in nights; `open`: nobody said an
    end.
    """

    nights_1: int
    nights_2: int
    nights_3: int
    nights_4_6: int
    nights_7_13: int
    nights_14_29: int
    nights_30_up: int
    open: int


class NightFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One night. None: see `Sums`; of facilities and beds also where narrowed by tourism."""

    night: date
    provisional: bool
    arrivals: int
    guest_nights: int
    departures: int | None = None
    same_day: int | None = None
    hourly: int | None = None
    late: int | None = None
    active: int | None = None
    stayed: int | None = None
    said: int | None = None
    bed_nights_open: int | None = None
    known_nights: int | None = None
    room_nights_open: int | None = None
    rooms_occupied: int | None = None


class AreaAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What every answer carries. `as_of`: the totals hold everything up to then. `counted_to`: the
    newest night that they hold, None before the first. Nights from `provisional_from` on may still
    change by corrections. `coverage`: of the facilities of the narrowed kinds, whatever else the
    figures are narrowed by.
    """

    area: NamedArea
    span: Span
    narrowing: Narrowing
    as_of: datetime
    counted_to: date | None
    provisional_from: date
    coverage: FacilityCoverage


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """All measures of one area. None where figures are narrowed by what they are not counted by:
    residence and reason leave `sums` and `tourism`, tourism leaves out what is of facilities.
    """

    sums: Sums
    tourism: TourismBeside | None
    occupancy: Occupancy | None
    coverage: FacilityCoverage
    verified: Verified | None
    lateness: Lateness | None
    lengths: Lengths | None
