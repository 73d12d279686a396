from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asm.intake.sheets.cell_dates import ColumnOrder, read_moment, read_year_alone
from asm.intake.sheets.cells import (
    CellReadFault,
    CellValue,
    has_lost_digits,
    read_choice,
    read_nationality,
    read_sex,
    text_of,
)
from asm.intake.sheets.sheet_rules import FILE_RULES
from asm.intake.sheets.usual_names import DOCUMENT_NAMES, REASON_NAMES, RESIDENCE_NAMES
from asm.stays.rules.catalogues import DOCUMENT_TYPES, REASONS, RESIDENCE_KINDS, CatalogueItem

TODAY = date(2026, 11, 22)


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


LISTS: list[tuple[dict[int, Any], dict[str, int]]] = [
    (DOCUMENT_TYPES, DOCUMENT_NAMES),
    (RESIDENCE_KINDS, RESIDENCE_NAMES),
    (REASONS, REASON_NAMES),
]


@pytest.mark.parametrize(("items", "names"), LISTS)
def test_every_entry_of_the_forms_lists_in_every_dress(
    items: dict[int, CatalogueItem], names: dict[str, int]
) -> None:
    for code, item in items.items():
        for text in (
            f"{code} - {item.label}", f"{code}-{item.label}", f"{code} – {item.label}",
            f"{code}. {item.label}", f"{code}: {item.label}", f"{code}/ {item.label}",
            f"({code}) {item.label}", f"0{code} - {item.label.upper()}", str(code), item.label,
            item.label.lower(), item.label_en, f"{code} - {item.label_en}",
        ):  # fmt: skip
            assert read_choice(text, items, names) == code, text
    for name, code in names.items():
        assert read_choice(name.upper(), items, names) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CCCD", 1), ("Căn cước công dân", 1), ("thẻ căn cước công dân", 1), ("Căn cước", 8),
        ("CMND", 2), ("Chứng minh nhân dân", 2), ("Thẻ CMND", 2), ("GPLX", 3), ("Bằng lái xe", 3),
        ("PASSPORT", 4), ("Giấy khai sinh", 5), ("BHYT", 6), ("Số định danh cá nhân", 7),
        ("Giấy Tờ Khác", 9), ("8 - Thẻ Căn Cước", 8), ("1 - Căn cước", 1),
    ],
)  # fmt: skip
def test_usual_names_of_papers(text: str, code: int) -> None:
    assert read_choice(text, DOCUMENT_TYPES, DOCUMENT_NAMES) == code


def test_a_name_for_two_papers_is_none() -> None:
    with pytest.raises(CellReadFault):
        read_choice("CMND/CCCD", DOCUMENT_TYPES, DOCUMENT_NAMES)


@pytest.mark.parametrize(
    ("value", "sex"),
    [
        ("M - Nam", "male"), ("F - Nữ", "female"), ("m - nam", "male"), ("f – nữ", "female"),
        ("M-Nam", "male"), ("F: Nữ", "female"), ("Nữ/ Female", "female"), ("Nam/Male", "male"),
        ("Nam", "male"), ("nu", "female"), ("M", "male"), ("f", "female"), ("Khác", "other"),
        ("X - Khác", "other"), ("2 - Nam", "male"), ("3 - Nữ", "female"), ("1 - Nữ", "female"),
        ("Female (Nữ)", None), ("M - Nữ", None), ("F - Nam", None), ("Nam/Nữ", None), ("1", None),
        (2, None), ("3", None), ("", None), ("-", None), ("Nguyễn - Nam", None),
    ],
)  # fmt: skip
def test_sexes(value: CellValue, sex: str | None) -> None:
    if sex is not None:
        assert read_sex(value) == sex
        return
    with pytest.raises(CellReadFault):
        read_sex(value)


def test_nationalities() -> None:
    assert read_nationality("VNM - Việt Nam") == "VNM"
    assert read_nationality("VNM-Việt Nam") == "VNM"
    assert read_nationality("RUS - Russia") == "RUS"
    assert read_nationality("D - Đức") == "DEU"
    assert read_nationality("Guinea-Bissau") == "GNB"
    assert read_nationality("GNB - Guinea-Bissau") == "GNB"
    assert read_nationality("MYS - Malaysia") == "MYS"
    for wrong in ("VNM - Lào", "sao Hỏa", 1):
        with pytest.raises(CellReadFault):
            read_nationality(wrong)


@pytest.mark.parametrize(
    ("value", "lost"),
    [
        ("1.28E+12", True), ("1,28E+12", True), ("8.4913E+10", True), ("1.28e12", True),
        ("1E+12", True), ("0000E0", False), ("1234567E8", False),
        (1_280_000_000_000, True), (1.28e15, True), ("0912345678", False), (912345678, False),
        (79301000025, False), (84_900_000_000, False), ("C1234567E", False), ("E1234567", False),
    ],
)  # fmt: skip
def test_numbers_that_a_sheet_rounded(value: CellValue, lost: bool) -> None:
    assert has_lost_digits(value) is lost


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


ORDERS = st.builds(
    ColumnOrder, st.sampled_from(["day_first", "month_first", None]), strict=st.booleans()
)


@given(VALUES, ORDERS)
def test_no_cell_breaks_a_reader(value: CellValue, order: ColumnOrder) -> None:
    for read in (
        lambda: read_moment(value, order, today=TODAY, expected="birth"),
        lambda: read_year_alone(value, today=TODAY),
        lambda: has_lost_digits(value),
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
