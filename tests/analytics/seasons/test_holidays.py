import subprocess
import sys
from datetime import date, timedelta
from itertools import pairwise

import pytest

from asm.analytics.questions.span import Span
from asm.analytics.seasons.holidays import holidays_in, tet_of
from asm.analytics.seasons.naive import tet_offset

#: The first of the lunar year in Vietnam; in 2007, 2030 and 2053 China's is a day later.
TET = {
    2007: date(2007, 2, 17),
    2024: date(2024, 2, 10),
    2025: date(2025, 1, 29),
    2026: date(2026, 2, 17),
    2030: date(2030, 2, 2),
    2053: date(2053, 2, 18),
}


@pytest.mark.parametrize(("year", "day"), TET.items())
def test_tet_goes_by_vietnams_clock(year: int, day: date) -> None:
    assert tet_of(year) == day


def test_every_year_of_the_century_has_one_tet_and_the_lunar_months_between() -> None:
    days = [tet_of(year) for year in range(2000, 2100)]
    assert all((day.month, day.day) >= (1, 20) and day.month <= 2 for day in days)
    between = {(after - before).days for before, after in pairwise(days)}
    assert between <= {353, 354, 355, 383, 384, 385}


def test_the_days_off_of_a_year_by_date() -> None:
    days = holidays_in(Span(first=date(2026, 1, 1), last=date(2026, 12, 31)))
    assert [(each.day.isoformat()[5:], each.id) for each in days] == [
        ("01-01", "new_year"),
        ("02-16", "tet"), ("02-17", "tet"), ("02-18", "tet"), ("02-19", "tet"), ("02-20", "tet"),
        ("04-26", "hung_kings"), ("04-27", "day_off"),
        ("04-30", "reunification"), ("05-01", "labour"),
        ("08-31", "day_off"), ("09-01", "national"), ("09-02", "national"),
        ("11-24", "culture"),
    ]  # fmt: skip
    by_id = {each.id: each for each in days}
    assert by_id["tet"].lunar
    assert by_id["hung_kings"].lunar
    assert not by_id["national"].lunar
    assert (by_id["national"].name, by_id["national"].name_en) == ("Quốc khánh", "National Day")
    (in_lieu,) = [each for each in days if each.day == date(2026, 8, 31)]
    assert "2026-08-22" in in_lieu.name_en  # not 08/22, which is no date here


def test_both_sides_of_a_years_end() -> None:
    days = holidays_in(Span(first=date(2018, 12, 30), last=date(2019, 2, 5)))
    assert [each.day for each in days][:2] == [date(2018, 12, 31), date(2019, 1, 1)]
    assert days[-1].day == date(2019, 2, 5)  # Tết
    assert tet_offset(date(2019, 1, 1)) is None
    assert tet_offset(date(2025, 1, 22)) == -7
    assert tet_offset(date(2025, 1, 21)) is None
    assert tet_offset(TET[2026] + timedelta(days=10)) == 10


def test_a_leap_day_is_a_night_like_any_other() -> None:
    span = Span(first=date(2024, 2, 28), last=date(2024, 3, 1))
    assert [each.day for each in span.each()] == [28, 29, 1]
    assert holidays_in(span) == []


NAMES = """
from datetime import date
from asm.analytics.questions.span import Span
from asm.analytics.seasons.holidays import holidays_in, tet_of
span = Span(first=date(2026, 2, 16), last=date(2026, 2, 17))
print(tet_of(2026), *(day.name for day in holidays_in(span)))
"""


@pytest.mark.parametrize("language", ["en_US.UTF-8", "th_TH.UTF-8", "C"])
def test_names_do_not_follow_the_machines_language(language: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", NAMES],
        env={"LANGUAGE": language[:5], "LANG": language, "LC_ALL": language},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout.strip() == "2026-02-17 Giao thừa Tết Nguyên Đán Tết Nguyên Đán"
