"""Invented answers of every question, as a province of twelve months would give them."""

from datetime import UTC, date, datetime, timedelta
from math import sin
from typing import Any

from asm.analytics.questions.area import NamedArea
from asm.analytics.questions.figures import Figures
from asm.analytics.questions.labour import KindSeries, Labour, MonthCount, ReasonSeries
from asm.analytics.questions.measures import (
    FacilityCoverage,
    Lateness,
    Lengths,
    NightFigures,
    Occupancy,
    Sums,
    TourismBeside,
    Verified,
)
from asm.analytics.questions.narrowing import EVERYTHING
from asm.analytics.questions.origins import (
    FlowCell,
    Flows,
    OriginRow,
    Origins,
    OriginSums,
    Residence,
)
from asm.analytics.questions.span import Span
from asm.analytics.seasons.calendar import CalendarNight, SeasonCalendar
from asm.analytics.seasons.events import EventComparison, EventNight
from asm.analytics.seasons.forecast import Forecast, ForecastErrors, ForecastNight, HistoryNight
from asm.analytics.seasons.holidays import Holiday

FIRST = date(2026, 11, 1)
SPAN = Span(first=FIRST, last=date(2026, 11, 30))
PROVISIONAL = date(2026, 11, 24)
HANOI = NamedArea(kind="province", code="01", name="Thành phố Hà Nội")
COVERAGE = FacilityCoverage(
    active=1000, closed=20, stayed=800, said=500, quiet=60, stayed_percent=80.0, said_percent=50.0
)
HOMES = (
    ("P79", "Thành phố Hồ Chí Minh", 1840),
    ("P48", "Thành phố Đà Nẵng", 1615),
    ("CKOR", None, 702),
    ("P38", "Tỉnh Thanh Hóa", 548),
    ("P46", "Thành phố Huế", 521),
)
WARDS = ("Phường Hoàn Kiếm", "Phường Ba Đình", "Phường Tây Hồ", "Xã Sóc Sơn")


def _common(area: NamedArea) -> dict[str, Any]:
    return {
        "area": area,
        "span": SPAN,
        "narrowing": EVERYTHING,
        "as_of": datetime(2026, 11, 30, 14, tzinfo=UTC),
        "counted_to": SPAN.last,
        "provisional_from": PROVISIONAL,
        "coverage": COVERAGE,
    }


def guests_of(night: date) -> int:
    """Weekends are fuller, and the 21st is a festival."""
    festival = 150 if night == date(2026, 11, 21) else 0
    return 400 + 60 * (night.weekday() in (4, 5)) + festival + round(10 * sin(night.toordinal()))


def _night(night: date) -> NightFigures:
    return NightFigures(
        night=night,
        provisional=night >= PROVISIONAL,
        arrivals=guests_of(night) // 2,
        guest_nights=guests_of(night),
        departures=guests_of(night) // 2,
        same_day=3,
        hourly=9,
        late=4,
        active=47,
        stayed=40,
        said=25,
        bed_nights_open=675,
        known_nights=guests_of(night),
        room_nights_open=330,
        rooms_occupied=guests_of(night) // 2,
    )


LENGTHS = Lengths(
    nights_1=3800,
    nights_2=1300,
    nights_3=500,
    nights_4_6=200,
    nights_7_13=60,
    nights_14_29=20,
    nights_30_up=10,
    open=40,
)


def _occupancy(total: int) -> Occupancy:
    return Occupancy(
        bed_net_percent=61.2,
        bed_gross_percent=55.0,
        room_net_percent=63.1,
        room_gross_percent=60.0,
        known_nights=total,
        unknown_nights=35,
        bed_nights_open=20250,
        bed_nights_all=22000,
        rooms_occupied=6000,
        room_nights_open=9900,
        room_nights_all=10000,
    )


def some_figures(area: NamedArea = HANOI) -> Figures:
    nights = [_night(FIRST + timedelta(days=day)) for day in range(30)]
    total = sum(night.guest_nights for night in nights)
    arrivals = sum(night.arrivals for night in nights)
    return Figures(
        **_common(area),
        sums=Sums(
            arrivals=arrivals,
            guest_nights=total,
            mean_nights=round(total / arrivals, 2),
            foreign_arrivals=210,
            foreign_nights=590,
            departures=arrivals,
            same_day=90,
            hourly=270,
            revisits=120,
        ),
        tourism=TourismBeside(
            arrivals=arrivals - 500,
            guest_nights=total - 4000,
            mean_nights=1.8,
            excluded_arrivals=500,
            excluded_nights=4000,
        ),
        occupancy=_occupancy(total),
        verified=Verified(
            stays=arrivals,
            askable=5000,
            verified=4800,
            of_all_percent=77.0,
            of_askable_percent=96.0,
        ),
        lateness=Lateness(
            declared=arrivals, late=120, excused=20, late_percent=1.9, unexcused_percent=1.6
        ),
        lengths=LENGTHS,
        corrected_after=2,
        area_since=None,
        nights=nights,
    )


def residence(key: str, name: str | None) -> Residence:
    kind = {"P": "province", "C": "country", "?": "unknown"}[key[0]]
    return Residence(key=key, kind=kind, code=key[1:] or None, name=name)


def _sums(origins: int, nights: int) -> OriginSums:
    return OriginSums(origins=origins, arrivals=nights // 2, guest_nights=nights)


def some_origins(area: NamedArea = HANOI) -> Origins:
    total = sum(nights for _, _, nights in HOMES) + 96 + 300
    return Origins(
        **_common(area),
        arrivals=total // 2,
        guest_nights=total,
        residents=_sums(30, total - 96 - 702),
        non_residents=_sums(4, 702),
        rows=[
            OriginRow(
                residence=residence(key, name),
                arrivals=nights // 2,
                guest_nights=nights,
                mean_nights=2.0,
                nights_percent=round(100 * nights / total, 1),
            )
            for key, name, nights in HOMES
        ],
        others=_sums(12, 300),
        unknown=_sums(1, 96),
    )


def some_flows(area: NamedArea = HANOI) -> Flows:
    origins = [residence(key, name) for key, name, _ in HOMES]
    return Flows(
        **_common(area),
        origins=[*origins, residence("?", None)],
        destinations=[
            NamedArea(kind="ward", code=f"{at:05}", name=name) for at, name in enumerate(WARDS)
        ],
        cells=[
            FlowCell(
                origin=at, destination=to, arrivals=nights // 8, guest_nights=nights // (to + 2)
            )
            for at, (_, _, nights) in enumerate(HOMES)
            for to in range(len(WARDS))
        ],
    )


def some_calendar(area: NamedArea = HANOI) -> SeasonCalendar:
    tet = Holiday(day=date(2026, 2, 17), id="tet", name="Tết", name_en="Tết", lunar=True)
    days = [date(2026, 1, 1) + timedelta(days=day) for day in range(365)]
    return SeasonCalendar(
        **_common(area),
        year=2026,
        nights=[
            CalendarNight(
                night=day,
                arrivals=guests_of(day) // 2 if day <= SPAN.last else None,
                guest_nights=guests_of(day) if day <= SPAN.last else None,
                shade=2 if day <= SPAN.last else None,
                holiday=tet if day == tet.day else None,
            )
            for day in days
        ],
        busiest=date(2026, 11, 21),
        quietest=date(2026, 2, 17),
    )


def some_event(area: NamedArea = HANOI) -> EventComparison:
    nights = [date(2026, 11, 19) + timedelta(days=day) for day in range(4)]
    return EventComparison(
        **_common(area),
        nights=[
            EventNight(
                night=night,
                guest_nights=guests_of(night),
                usual=400.5,
                more_percent=12.5,
                compared_with=[night - timedelta(days=7)],
            )
            for night in nights
        ],
        guest_nights=1900,
        usual=1602.0,
        more_percent=18.6,
    )


def some_forecast(area: NamedArea = HANOI, **changes: Any) -> Forecast:
    past = [SPAN.last - timedelta(days=day) for day in range(55, -1, -1)]
    ahead = [SPAN.last + timedelta(days=day) for day in range(1, 15)]
    said: dict[str, Any] = {
        "method": "model",
        "why": "",
        "history_nights": 700,
        "needed_nights": 400,
        "errors": ForecastErrors(
            origins=24, naive_mae=31.5, model_mae=24.2, naive_mase=1.1, model_mase=0.8
        ),
        "history": [HistoryNight(night=night, guest_nights=guests_of(night)) for night in past],
        "nights": [
            ForecastNight(
                night=night,
                shown=float(guests_of(night)),
                model=float(guests_of(night)),
                naive=420.0,
                low=guests_of(night) - 40.0,
                high=guests_of(night) + 40.0,
                holiday=None,
            )
            for night in ahead
        ],
    }
    return Forecast(**_common(area), **(said | changes))


def some_labour(area: NamedArea = HANOI) -> Labour:
    months = [
        MonthCount(
            month=date(2026, month, 1),
            arrivals=200,
            guest_nights=30 * (1200 + 10 * month),
            residents_a_night=1200.0 + 10 * month,
        )
        for month in (9, 10, 11)
    ]
    return Labour(
        **_common(area),
        kinds=[
            KindSeries(kind="worker_housing", months=months),
            KindSeries(kind="dormitory", months=[]),
        ],
        reasons=[ReasonSeries(reason=19, months=months), ReasonSeries(reason=0, months=months)],
        worker_origins=some_origins(area).rows,
    )
