"""Findings are worked out, and where there is none, nothing is said."""

from datetime import date, timedelta

import msgspec

from asm.analytics.questions.labour import KindSeries, MonthCount
from asm.analytics.questions.measures import Lengths, Sums
from asm.analytics.questions.origins import FlowCell
from asm.web.figures.headlines import (
    BusiestNight,
    HousingChange,
    LengthShare,
    WeekendGap,
    YearChange,
    against,
    bed_occupancy,
    busiest_night,
    fullest_ahead,
    housing_change,
    largest_flow,
    main_origins,
    single_nights,
    weekend_gap,
)
from tests.web.figures.answers import some_figures, some_forecast, some_labour, some_origins

NIGHTS = some_figures().nights


def sums(guest_nights: int) -> Sums:
    return Sums(arrivals=guest_nights, guest_nights=guest_nights, mean_nights=1.0)


def test_a_year_is_compared_only_where_there_was_something() -> None:
    assert against(sums(216), sums(200)) == YearChange(8)
    assert against(sums(100), sums(200)) == YearChange(-50)
    assert against(sums(204), sums(200)) is None
    assert against(sums(216), None) is None
    assert against(sums(216), sums(99)) is None


def test_weekends_stand_out_by_points() -> None:
    assert weekend_gap(NIGHTS) == WeekendGap(13)
    assert weekend_gap(NIGHTS[:8]) is None
    flat = [msgspec.structs.replace(night, known_nights=400) for night in NIGHTS]
    assert weekend_gap(flat) is None
    unknown = [msgspec.structs.replace(night, bed_nights_open=0) for night in NIGHTS]
    assert weekend_gap(unknown) is None


def test_no_beds_have_no_occupancy_and_extra_beds_more_than_all() -> None:
    night = NIGHTS[0]
    assert bed_occupancy(msgspec.structs.replace(night, bed_nights_open=0)) is None
    assert bed_occupancy(msgspec.structs.replace(night, known_nights=None)) is None
    full = msgspec.structs.replace(night, bed_nights_open=100, known_nights=103)
    assert bed_occupancy(full) == 103.0


def test_the_first_of_the_busiest_nights_is_named_where_it_stands_out() -> None:
    first = date(2026, 2, 25)
    flat = [(first + timedelta(days=day), 100) for day in range(10)]
    assert busiest_night(flat) is None
    leap = [*flat, (date(2028, 2, 29), 116), (date(2028, 3, 1), 116)]
    assert busiest_night(leap) == BusiestNight(date(2028, 2, 29), 116)
    assert busiest_night([(first, 500)]) is None
    assert busiest_night([]) is None


def test_main_origins_are_the_fewest_that_are_half() -> None:
    origins = some_origins()
    main = main_origins(origins)
    assert main is not None
    assert [row.residence.key for row in main.rows] == ["P79", "P48"]
    assert (main.half, main.percent) == (True, 61)
    many = msgspec.structs.replace(origins, guest_nights=20 * origins.guest_nights)
    first = main_origins(many)
    assert first is not None
    assert ([row.residence.key for row in first.rows], first.half, first.percent) == (
        ["P79"],
        False,
        2,
    )
    assert main_origins(msgspec.structs.replace(origins, rows=[])) is None


def test_lengths_leave_out_stays_without_an_end() -> None:
    lengths = Lengths(
        nights_1=3, nights_2=1, nights_3=0, nights_4_6=0, nights_7_13=0, nights_14_29=0,
        nights_30_up=0, open=96,
    )  # fmt: skip
    assert single_nights(lengths) == LengthShare(75)
    assert single_nights(msgspec.structs.replace(lengths, nights_1=0, nights_2=0)) is None
    assert single_nights(msgspec.structs.replace(lengths, nights_7_13=3)) is None  # as many
    assert single_nights(None) is None


def test_the_largest_flow_is_not_that_of_unknown_origin() -> None:
    def cell(origin: int, nights: int) -> FlowCell:
        return FlowCell(origin=origin, destination=0, arrivals=1, guest_nights=nights)

    assert largest_flow([cell(0, 5), cell(1, 9)], unknown=[1]) == cell(0, 5)
    assert largest_flow([cell(1, 9)], unknown=[1]) is None
    assert largest_flow([cell(0, 0)]) is None


def test_a_forecast_without_nights_has_no_fullest_one() -> None:
    fullest = fullest_ahead(some_forecast())
    assert fullest is not None
    assert fullest.night.weekday() in (4, 5)
    assert fullest_ahead(some_forecast(method="none", nights=[], errors=None)) is None


def test_housing_is_compared_with_the_month_before() -> None:
    assert housing_change(some_labour().kinds) == HousingChange("worker_housing", 1310.0, 1300.0)
    month = MonthCount(month=date(2026, 11, 1), arrivals=1, guest_nights=30, residents_a_night=1.0)
    single = [KindSeries(kind="dormitory", months=[month])]
    assert housing_change(single) == HousingChange("dormitory", 1.0, None)
    empty = msgspec.structs.replace(month, residents_a_night=0.0)
    assert housing_change([KindSeries(kind="dormitory", months=[empty])]) is None
    assert housing_change([]) is None
