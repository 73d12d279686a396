"""Dates and times as people type them."""

from datetime import date, time

import pytest

from asm.intake.two_digit_years import Expected
from asm.web.dates import read_birth_date, read_day, read_time

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    "text", ["27/3/1990", "27-03-1990", "27.3.1990", "270390", "27-3-90", " 27 3 1990 ", "27031990"]
)
def test_one_birth_date_in_many_hands(text: str) -> None:
    assert read_birth_date(text, today=TODAY) == (date(1990, 3, 27), "day")


def test_two_digit_years_of_birth_are_never_in_the_future() -> None:
    assert read_birth_date("01/01/25", today=TODAY) == (date(2025, 1, 1), "day")
    assert read_birth_date("01/01/27", today=TODAY) == (date(1927, 1, 1), "day")
    assert read_birth_date("29/02/28", today=TODAY) == (date(1928, 2, 29), "day")


def test_a_year_alone() -> None:
    assert read_birth_date("1957", today=TODAY) == (date(1957, 1, 1), "year")


@pytest.mark.parametrize("text", ["31/2/1990", "abc", "", "1990/27/3", "27/13/1990", "9" * 40])
def test_what_is_no_date(text: str) -> None:
    assert read_birth_date(text, today=TODAY) is None


def test_a_departure_may_lie_ahead() -> None:
    assert read_day("25/11/26", today=TODAY) == date(2026, 11, 25)
    assert read_day("2026-11-25", today=TODAY) == date(2026, 11, 25)


@pytest.mark.parametrize("expected", ["stay", "permit"])
def test_99_is_no_year_ahead(expected: Expected) -> None:
    for text in ("31/12/99", "311299", "31-12-99"):
        assert read_day(text, today=TODAY, expected=expected) is None
    assert read_day("31/12/2099", today=TODAY, expected=expected) == date(2099, 12, 31)
    assert read_day("31/12/35", today=TODAY, expected="permit") == date(2035, 12, 31)
    assert read_day("31/12/35", today=TODAY, expected="stay") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("21:05", time(21, 5)), ("21h05", time(21, 5)), ("7h", time(7)), ("2105", time(21, 5)),
     ("25:00", None), ("x", None), ("", None)],
)  # fmt: skip
def test_times(text: str, expected: time | None) -> None:
    assert read_time(text) == expected
