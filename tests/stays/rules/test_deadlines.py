from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asm.stays.rules.deadlines import VIETNAM, Clocks, clocks_on, due_at, nights_of


def vn(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


# arrived, due for a citizen
CITIZENS = [
    ("2026-07-01 08:00", "2026-07-01 23:00"),
    ("2026-07-01 08:00:01", "2026-07-01 23:00"),
    ("2026-07-01 14:00", "2026-07-01 23:00"),
    ("2026-07-01 21:45", "2026-07-01 23:00"),
    ("2026-07-01 22:59:59", "2026-07-01 23:00"),
    ("2026-07-01 22:59:59.999999", "2026-07-01 23:00"),
    ("2026-07-01 23:00", "2026-07-02 08:00"),
    ("2026-07-01 23:00:00.000001", "2026-07-02 08:00"),
    ("2026-07-01 23:59:59", "2026-07-02 08:00"),
    ("2026-07-02 00:00", "2026-07-02 08:00"),
    ("2026-07-02 00:00:01", "2026-07-02 08:00"),
    ("2026-07-02 03:30", "2026-07-02 08:00"),
    ("2026-07-02 07:59", "2026-07-02 08:00"),
    ("2026-07-02 07:59:59", "2026-07-02 08:00"),
    ("2026-06-30 23:30", "2026-07-01 08:00"),
    ("2026-04-30 22:00", "2026-04-30 23:00"),
    ("2026-12-31 22:59:59", "2026-12-31 23:00"),
    ("2026-12-31 23:00", "2027-01-01 08:00"),
    ("2027-01-01 00:00", "2027-01-01 08:00"),
    ("2028-02-28 23:15", "2028-02-29 08:00"),
    ("2028-02-29 23:15", "2028-03-01 08:00"),
    ("2027-02-28 23:15", "2027-03-01 08:00"),
]

# arrived, remote, lodging business, due for a foreigner
FOREIGNERS = [
    ("2026-07-01 14:00", False, False, "2026-07-02 02:00"),
    ("2026-07-01 14:00", True, False, "2026-07-02 14:00"),
    ("2026-07-01 14:00", False, True, "2026-07-01 23:00"),
    ("2026-07-01 14:00", True, True, "2026-07-01 23:00"),
    ("2026-07-01 09:00", False, True, "2026-07-01 21:00"),
    ("2026-07-01 11:00", False, True, "2026-07-01 23:00"),
    ("2026-07-01 10:59", False, True, "2026-07-01 22:59"),
    ("2026-07-01 08:00", True, True, "2026-07-01 23:00"),
    ("2026-07-01 22:59:59", False, True, "2026-07-01 23:00"),
    ("2026-07-01 23:00", False, True, "2026-07-02 08:00"),
    ("2026-07-01 23:00", False, False, "2026-07-02 11:00"),
    ("2026-07-01 23:00", True, False, "2026-07-02 23:00"),
    ("2026-07-02 00:00", False, True, "2026-07-02 08:00"),
    ("2026-07-02 00:00", False, False, "2026-07-02 12:00"),
    ("2026-07-02 07:59", False, True, "2026-07-02 08:00"),
    ("2026-12-31 20:00", False, False, "2027-01-01 08:00"),
    ("2028-02-29 13:00", True, False, "2028-03-01 13:00"),
]

# arrived, departed, hourly, first night, night after the last
NIGHTS = [
    ("2026-07-01 15:00", "2026-07-02 11:00", False, "2026-07-01", "2026-07-02"),
    ("2026-07-01 15:00", "2026-07-04 11:00", False, "2026-07-01", "2026-07-04"),
    ("2026-07-01 23:30", "2026-07-02 01:00", False, "2026-07-01", "2026-07-02"),
    ("2026-07-02 01:00", "2026-07-02 11:00", False, "2026-07-01", "2026-07-02"),
    ("2026-07-02 00:00", "2026-07-02 11:00", False, "2026-07-01", "2026-07-02"),
    ("2026-07-02 07:59:59", "2026-07-02 20:00", False, "2026-07-01", "2026-07-02"),
    ("2026-07-02 08:00", "2026-07-02 20:00", False, "2026-07-02", "2026-07-02"),
    ("2026-07-02 09:00", "2026-07-02 18:00", False, "2026-07-02", "2026-07-02"),
    ("2026-07-02 01:00", "2026-07-03 11:00", False, "2026-07-01", "2026-07-03"),
    ("2026-07-01 15:00", "2026-07-01 17:00", True, "2026-07-01", "2026-07-01"),
    ("2026-07-01 22:00", "2026-07-02 01:00", True, "2026-07-01", "2026-07-01"),
    ("2026-07-02 01:00", "2026-07-02 03:00", True, "2026-07-02", "2026-07-02"),
    ("2026-07-01 22:00", "2026-07-02 05:00", True, "2026-07-01", "2026-07-01"),
    ("2026-07-01 22:00", "2026-07-02 05:01", True, "2026-07-01", "2026-07-02"),
    ("2026-07-02 02:00", "2026-07-02 07:00", True, "2026-07-01", "2026-07-02"),
    ("2026-07-02 05:00", "2026-07-02 07:00", True, "2026-07-02", "2026-07-02"),
    ("2026-07-02 06:00", "2026-07-03 04:00", True, "2026-07-02", "2026-07-02"),
    ("2026-07-02 09:00", "2026-07-03 06:00", True, "2026-07-02", "2026-07-03"),
    ("2026-07-01 22:00", "2026-07-03 09:00", True, "2026-07-01", "2026-07-03"),
    ("2026-07-01 15:00", None, False, "2026-07-01", None),
    ("2026-07-02 02:00", None, False, "2026-07-01", None),
    ("2026-07-01 15:00", None, True, "2026-07-01", "2026-07-01"),
    ("2026-12-31 20:00", "2027-01-01 12:00", False, "2026-12-31", "2027-01-01"),
    ("2027-01-01 00:30", "2027-01-01 12:00", False, "2026-12-31", "2027-01-01"),
    ("2028-02-28 20:00", "2028-03-01 12:00", False, "2028-02-28", "2028-03-01"),
    ("2026-07-02 15:00", "2026-07-01 11:00", False, "2026-07-02", "2026-07-02"),
]


@pytest.mark.parametrize(("arrived", "due"), CITIZENS)
@pytest.mark.parametrize("lodging_business", [True, False])
@pytest.mark.parametrize("remote", [True, False])
def test_citizens(arrived: str, due: str, remote: bool, lodging_business: bool) -> None:
    computed = due_at(
        vn(arrived), foreigner=False, remote=remote, lodging_business=lodging_business
    )
    assert computed == vn(due)


@pytest.mark.parametrize(("arrived", "remote", "lodging_business", "due"), FOREIGNERS)
def test_foreigners(arrived: str, remote: bool, lodging_business: bool, due: str) -> None:
    computed = due_at(vn(arrived), foreigner=True, remote=remote, lodging_business=lodging_business)
    assert computed == vn(due)


@pytest.mark.parametrize(("arrived", "departed", "hourly", "first", "end"), NIGHTS)
def test_nights(
    arrived: str, departed: str | None, hourly: bool, first: str, end: str | None
) -> None:
    nights = nights_of(vn(arrived), vn(departed) if departed else None, hourly=hourly)
    assert nights == (date.fromisoformat(first), date.fromisoformat(end) if end else None)


def test_times_from_other_zones_are_placed_on_the_vietnamese_clock() -> None:
    arrived = datetime(2026, 7, 1, 16, 0, tzinfo=UTC)  # 23:00 in Vietnam
    due = due_at(arrived, foreigner=False, remote=False, lodging_business=True)
    assert due == datetime(2026, 7, 2, 1, 0, tzinfo=UTC)
    assert due.utcoffset() == timedelta(hours=7)
    tokyo = datetime(2026, 7, 2, 0, 59, tzinfo=timezone(timedelta(hours=9)))  # 22:59 in Vietnam
    assert due_at(tokyo, foreigner=False, remote=False, lodging_business=True) == vn(
        "2026-07-01 23:00"
    )


def test_a_time_without_a_zone_is_not_guessed() -> None:
    naive = datetime(2026, 7, 1, 16, 0)  # noqa: DTZ001 -- the point of the test
    with pytest.raises(ValueError, match="zone"):
        due_at(naive, foreigner=False, remote=False, lodging_business=True)
    with pytest.raises(ValueError, match="zone"):
        nights_of(naive, None, hourly=False)


def test_a_changed_law_is_a_row_and_leaves_the_past_alone() -> None:
    table = (
        Clocks(valid_to=date(2027, 6, 30)),
        Clocks(valid_from=date(2027, 7, 1), evening=time(22)),
    )
    assert clocks_on(date(2027, 6, 30), table).evening == time(23)
    assert clocks_on(date(2027, 7, 1), table).evening == time(22)
    with pytest.raises(LookupError):
        clocks_on(date(2027, 1, 1), table[1:])


MOMENTS = st.datetimes(
    min_value=datetime(2015, 1, 1),  # noqa: DTZ001 -- hypothesis adds the zone
    max_value=datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, VIETNAM, timezone(timedelta(hours=-11))]),
)


@given(MOMENTS, st.booleans(), st.booleans(), st.booleans())
def test_what_is_always_true_of_deadlines(
    arrived: datetime, foreigner: bool, remote: bool, lodging: bool
) -> None:
    due = due_at(arrived, foreigner=foreigner, remote=remote, lodging_business=lodging)
    assert timedelta(0) < due - arrived <= timedelta(hours=24)
    if foreigner:
        assert due <= due_at(arrived, foreigner=True, remote=True, lodging_business=False)


@given(MOMENTS, st.integers(0, 60 * 24 * 40), st.integers(0, 60 * 24 * 5), st.booleans())
def test_what_is_always_true_of_nights(
    arrived: datetime, minutes: int, more: int, hourly: bool
) -> None:
    departed = arrived + timedelta(minutes=minutes)
    first, end = nights_of(arrived, departed, hourly=hourly)
    later = departed + timedelta(minutes=more)
    later_first, later_end = nights_of(arrived, later, hourly=hourly)
    assert end is not None
    assert later_end is not None
    assert first <= end <= later_end
    if hourly:  # no night, or the nights of any other stay
        assert (first, end) in {(first, first), nights_of(arrived, departed, hourly=False)}
        assert (end > first) <= (later_end > later_first)
    else:
        assert later_first == first == nights_of(arrived, None, hourly=False)[0]
    assert (end - first).days <= minutes / (60 * 24) + 2
