"""Dates in every dress, in either order, and what is no date."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from asm.intake.sheets.cell_dates import ColumnOrder, Moment, read_moment, read_year_alone
from asm.intake.sheets.cells import CellReadFault, CellValue

TODAY = date(2026, 11, 22)


def naive(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type,misc]  # noqa: DTZ001 -- cells have no zone


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("05/08/1990", Moment(date(1990, 8, 5))),
        ("5/8/1990", Moment(date(1990, 8, 5))),
        ("05-08-1990", Moment(date(1990, 8, 5))),
        ("05.08.1990", Moment(date(1990, 8, 5))),
        (" 05 / 08 / 1990 ", Moment(date(1990, 8, 5))),
        ("1990-08-05", Moment(date(1990, 8, 5))),
        ("08/15/1990", Moment(date(1990, 8, 15), None, us_order=True)),
        ("05/08/2026 21:15", Moment(date(2026, 8, 5), time(21, 15))),
        ("05/08/2026 21:15:30", Moment(date(2026, 8, 5), time(21, 15, 30))),
        ("05/08/2026 21h15", Moment(date(2026, 8, 5), time(21, 15))),
        ("05/08/2026 21h", Moment(date(2026, 8, 5), time(21))),
        ("05/08/2026 9:15 PM", Moment(date(2026, 8, 5), time(21, 15))),
        ("05/08/2026 12:15 SA", Moment(date(2026, 8, 5), time(0, 15))),
        ("05/08/2026 00:00", Moment(date(2026, 8, 5), midnight=True)),
        ("05/08/2026 00:00:00", Moment(date(2026, 8, 5), midnight=True)),
        ("00:00 05/08/2026", Moment(date(2026, 8, 5), midnight=True)),
        ("05/08/2026 0h", Moment(date(2026, 8, 5), midnight=True)),
        ("05/08/2026 12:00:00 AM", Moment(date(2026, 8, 5), midnight=True)),
        ("2026-08-05 00:00:00", Moment(date(2026, 8, 5), midnight=True)),
        ("2026-08-05T00:00:00.000", Moment(date(2026, 8, 5), midnight=True)),
        ("2026-08-05T00:00:00+07:00", Moment(date(2026, 8, 5), midnight=True)),
        ("2026-08-04T17:00:00.000Z", Moment(date(2026, 8, 5), midnight=True)),
        ("2026-08-05T00:00:00Z", Moment(date(2026, 8, 5), time(7))),
        ("05/08/2026 00:01", Moment(date(2026, 8, 5), time(0, 1))),
        ("2026-08-05T21:15:00", Moment(date(2026, 8, 5), time(21, 15))),
        ("29/02/2028", Moment(date(2028, 2, 29))),
        (date(1990, 8, 5), Moment(date(1990, 8, 5))),
        (naive(1990, 8, 5), Moment(date(1990, 8, 5))),
        (naive(2026, 8, 5, 21, 15), Moment(date(2026, 8, 5), time(21, 15))),
        (33090, Moment(date(1990, 8, 5))),
        (33090.0, Moment(date(1990, 8, 5))),
        (46239.5, Moment(date(2026, 8, 5), time(12))),
    ],
)
def test_dates(value: CellValue, moment: Moment) -> None:
    assert read_moment(value) == moment


@pytest.mark.parametrize(
    "value",
    [
        "", "hôm nay", "31/02/1990", "29/02/2027", "13/13/1990", "05/08/90", "0/0/1990", "1990",
        "05/08/2026 25:00", "05/08/2026 13:00 PM", "15081990", True, time(8), timedelta(days=1), 0,
        -5, 60, 1e12, float("nan"), float("inf"), "05/08/1990 và", "٠٥/٠٨/١٩٩٠",
    ],
)  # fmt: skip
def test_what_is_no_date(value: CellValue) -> None:
    with pytest.raises(CellReadFault) as fault:
        read_moment(value)
    assert fault.value.rule_id == "cell.date"


def test_a_column_that_does_not_say_makes_a_question_of_both_readings() -> None:
    both_ways = ColumnOrder(None)
    with pytest.raises(CellReadFault) as fault:
        read_moment("05/08/1990 21:15", both_ways)
    assert fault.value.rule_id == "cell.date.ambiguous"
    assert fault.value.readings == ("1990-08-05 21:15", "1990-05-08 21:15")
    assert read_moment("08/08/1990", both_ways).day == date(1990, 8, 8)
    assert read_moment("15/08/1990", both_ways).day == date(1990, 8, 15)
    assert read_moment("08/15/1990", both_ways).us_order
    assert read_moment(date(1990, 8, 5), both_ways).day == date(1990, 8, 5)


def test_in_a_sure_column_the_other_order_is_a_slip_with_its_day() -> None:
    for text, order in (("08/15/1990 09:30", "day_first"), ("15/08/1990 09:30", "month_first")):
        with pytest.raises(CellReadFault) as fault:
            read_moment(text, ColumnOrder(order, strict=True))  # type: ignore[arg-type]
        assert fault.value.rule_id == "cell.date.slip"
        assert fault.value.fix == "1990-08-15 09:30"
        assert read_moment(fault.value.fix) == Moment(date(1990, 8, 15), time(9, 30))
    assert read_moment("05/08/1990", ColumnOrder("month_first", strict=True)) == Moment(
        date(1990, 5, 8), None, us_order=True
    )


@pytest.mark.parametrize(
    ("text", "expected", "day"),
    [
        ("05/08/90", "birth", date(1990, 8, 5)),
        ("05/08/26", "birth", date(2026, 8, 5)),
        ("05/12/26", "birth", date(1926, 12, 5)),
        ("21/11/26", "stay", date(2026, 11, 21)),
        ("05/01/27", "stay", date(2027, 1, 5)),
        ("05/01/99", "stay", None),
        ("05/01/35", "permit", date(2035, 1, 5)),
        ("05/01/99", "permit", None),
    ],
)
def test_two_digits_are_a_year_that_the_field_can_mean(
    text: str, expected: Any, day: date | None
) -> None:
    if day is not None:
        assert read_moment(text, today=TODAY, expected=expected).day == day
        return
    with pytest.raises(CellReadFault) as fault:
        read_moment(text, today=TODAY, expected=expected)
    assert fault.value.rule_id == "cell.date.year"


@pytest.mark.parametrize(
    "value",
    ["1990", 1990, 1990.0, "00/00/1990", "0/0/1990", "--/--/1990", "-/-/1990", "??/??/1990",
     "xx/xx/1990", "__/__/1990", "//1990", "00-00-1990", "00.00.1990", "00/08/1990", " 1990 "],
)  # fmt: skip
def test_a_year_alone(value: CellValue) -> None:
    assert read_year_alone(value, today=TODAY) == date(1990, 1, 1)


@pytest.mark.parametrize(
    "value", ["05/08/1990", "1/1990", "1899", "2027", "00/00/90", "", 33090, date(1990, 8, 5)]
)
def test_what_is_more_or_less_than_a_year(value: CellValue) -> None:
    assert read_year_alone(value, today=TODAY) is None
