from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asm.intake.sheets.cells import (
    CellReadFault,
    CellValue,
    Moment,
    read_choice,
    read_moment,
    read_nationality,
    read_sex,
    text_of,
)
from asm.intake.sheets.sheet_rules import FILE_RULES
from asm.stays.rules.catalogues import DOCUMENT_TYPES, REASONS


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
        ("05/08/2026 00:00", Moment(date(2026, 8, 5), time(0))),
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


def test_a_column_with_us_dates_makes_the_rest_ambiguous() -> None:
    with pytest.raises(CellReadFault) as fault:
        read_moment("05/08/1990", us_column=True)
    assert fault.value.rule_id == "cell.date.ambiguous"
    assert read_moment("08/08/1990", us_column=True).day == date(1990, 8, 8)
    assert read_moment("15/08/1990", us_column=True).day == date(1990, 8, 15)
    assert read_moment("08/15/1990", us_column=True).us_order
    assert read_moment(date(1990, 8, 5), us_column=True).day == date(1990, 8, 5)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("1 - Thẻ CCCD", 1), ("1", 1), (1, 1), (1.0, 1), ("1.0", 1), ("Thẻ CCCD", 1),
        ("the cccd", 1), ("1-Thẻ CCCD", 1), ("1. CCCD gắn chip", 1), ("Hộ chiếu", 4),
        ("Passport", 4), ("10", None), ("0", None), ("Hộ", None), ("-1", None),
    ],
)  # fmt: skip
def test_choices(value: CellValue, code: int | None) -> None:
    if code is None:
        with pytest.raises(CellReadFault):
            read_choice(value, DOCUMENT_TYPES)
    else:
        assert read_choice(value, DOCUMENT_TYPES) == code


def test_code_and_label_that_contradict() -> None:
    with pytest.raises(CellReadFault) as fault:
        read_choice("1 - Hộ chiếu", DOCUMENT_TYPES)
    assert fault.value.rule_id == "cell.choice.contradiction"


def test_reasons_are_open_at_the_end() -> None:
    assert read_choice("7 - Thăm người thân", REASONS, open_ended=True) == 7
    assert read_choice("21", REASONS, open_ended=True) == 21


def test_sex_and_nationality() -> None:
    assert [read_sex(v) for v in ("Nam", "nu", "1 - Nữ", "F", "Khác")] == [
        "male", "female", "female", "female", "other",
    ]  # fmt: skip
    assert read_nationality("VNM - Việt Nam") == "VNM"
    assert read_nationality("D - Đức") == "DEU"
    assert read_nationality("Guinea-Bissau") == "GNB"
    assert read_nationality("MYS - Malaysia") == "MYS"
    for wrong in ("VNM - Lào", "sao Hỏa", 1):
        with pytest.raises(CellReadFault):
            read_nationality(wrong)
    with pytest.raises(CellReadFault):
        read_sex("1")


def test_text() -> None:
    assert text_of(79301000025.0) == "79301000025"
    assert text_of("'001090000017") == "001090000017"
    assert text_of(date(1990, 8, 5)) == "05/08/1990"
    assert text_of(True) == "True"
    with pytest.raises(CellReadFault) as fault:
        text_of("#REF!")
    assert fault.value.rule_id == "cell.error"


VALUES: st.SearchStrategy[CellValue] = st.one_of(
    st.text(),
    st.from_regex(r"[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{1,4}( [0-9]{1,2}:[0-9]{2})?"),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)


@given(VALUES, st.booleans())
def test_no_cell_breaks_a_reader(value: CellValue, us_column: bool) -> None:
    for read in (
        lambda: read_moment(value, us_column=us_column),
        lambda: read_choice(value, DOCUMENT_TYPES),
        lambda: read_sex(value),
        lambda: read_nationality(value),
        lambda: text_of(value),
    ):
        said = None
        try:
            read()
        except CellReadFault as fault:
            said = fault.rule_id
        assert said is None or said in FILE_RULES


@given(st.dates(date(1900, 3, 1), date(2999, 12, 31)))
def test_a_date_reads_the_same_in_every_dress(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    for value in (
        f"{day:%d/%m/%Y}",
        day,
        serial,
        day.isoformat(),
        f"{day.day}/{day.month}/{day.year}",
    ):
        assert read_moment(value).day == day
    moment = datetime(day.year, day.month, day.day, 23, 30, tzinfo=UTC).replace(tzinfo=None)
    assert read_moment(serial + 23.5 / 24) == read_moment(moment)
