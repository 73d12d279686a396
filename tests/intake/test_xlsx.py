import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asm.intake.rulebook_files import SHEET_NAME
from asm.intake.workbook import COLUMNS, RowFault, WorkbookReading, fault_of
from asm.intake.xlsx import read_workbook
from asm.intake.xlsx_rows import SheetContext, assumed_arrival
from asm.intake.xlsx_template import build_workbook, row_of
from asm.stays.deadlines import VIETNAM
from asm.stays.declaration import Guest, StayEntry
from asm.stays.rules import RuleContext, check_entry

TODAY = date(2026, 11, 22)
GOOD = {
    "A": "1", "B": "Trần Thị Thử", "C": "02/09/2001", "D": "Nữ", "E": "VNM - Việt Nam",
    "F": "1 - Thẻ CCCD", "H": "079301000025", "I": "0912345678", "J": "1 - Thường trú",
    "K": "TP Hồ Chí Minh", "N": "21/11/2026 21:15", "O": "23/11/2026", "P": "101",
    "Q": "1 - Du lịch",
}  # fmt: skip
LETTERS = [column.letter for column in COLUMNS]


def row(**changes: Any) -> list[Any]:
    cells = GOOD | changes
    return [cells.get(letter, "") for letter in LETTERS]


def sheet(rows: Sequence[Sequence[Any]], *, name: str = SHEET_NAME, first: int = 1) -> bytes:
    """A sheet as hotels make them: real dates and numbers where they are given."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        page = book.add_worksheet(name)
        for index, values in enumerate(rows, start=first - 1):
            for column, value in enumerate(values):
                if isinstance(value, str):
                    page.write_string(index, column, value)
                elif isinstance(value, date):
                    page.write_datetime(index, column, value)
                else:
                    page.write(index, column, value)
    return out.getvalue()


HEADER = [column.label for column in COLUMNS]


def official(*rows: Sequence[Any]) -> bytes:
    return sheet([["DANH SÁCH"], HEADER, ["gợi ý"] * 19, row(B="[EXAMPLE] Mẫu"), *rows])


def read(data: bytes, **more: Any) -> WorkbookReading:
    return read_workbook(data, today=TODAY, **more)


def only(data: bytes) -> tuple[StayEntry | None, list[RowFault]]:
    (found,) = read(data).rows
    return found.entry, found.faults


def rules_of(faults: Sequence[RowFault]) -> list[str]:
    return [fault.rule for fault in faults]


def test_a_plain_sheet() -> None:
    reading = read(official(row(), row(B="Lê Văn Hai", D="Nam", H="079201000025")))
    assert (reading.read, reading.accepted, reading.rejected, reading.skipped) == (3, 2, 0, 1)
    assert [found.row for found in reading.rows] == [5, 6]
    entry = reading.rows[0].entry
    assert entry is not None
    assert entry.guest == Guest(
        full_name="Trần Thị Thử",
        birth_date=date(2001, 9, 2),
        sex="female",
        document_type=1,
        document_number="079301000025",
        phone="0912345678",
        residence_kind=1,
        residence_province="TP Hồ Chí Minh",
    )
    assert entry.arrived_at == datetime(2026, 11, 21, 21, 15, tzinfo=VIETNAM)
    assert entry.planned_departure_at == datetime(2026, 11, 23, 23, 59, tzinfo=VIETNAM)
    assert (entry.room, entry.reason) == ("101", 1)
    assert reading.rows[0].faults == []


ARRIVED = datetime(2026, 11, 21, 21, 15, tzinfo=VIETNAM)


def test_real_dates_and_numbers() -> None:
    entry, faults = only(
        official(
            row(
                C=date(2001, 9, 2), N=ARRIVED.replace(tzinfo=None), O=46349, P=101, Q=1, F=1,
            )
        )
    )  # fmt: skip
    assert faults == []
    assert entry is not None
    assert entry.guest.birth_date == date(2001, 9, 2)
    assert entry.arrived_at == datetime(2026, 11, 21, 21, 15, tzinfo=VIETNAM)
    assert entry.planned_departure_at == datetime(2026, 11, 23, 23, 59, tzinfo=VIETNAM)
    assert (entry.room, entry.reason, entry.guest.document_type) == ("101", 1, 1)


@pytest.mark.parametrize(
    ("number", "kind", "fix"),
    [
        (79301000025, "1", "079301000025"),
        (79301000025, "8 - Thẻ Căn cước", "079301000025"),
        (1090000017, "1", "001090000017"),
        (12345678, "2", "012345678"),
        (123456789, "2", None),
        (123456789012, "1", None),
        (12345678, "4", None),
    ],
)
def test_zeros_that_excel_dropped_are_offered_never_added(
    number: int, kind: str, fix: str | None
) -> None:
    entry, faults = only(official(row(H=number, F=kind)))
    if fix is None:
        assert entry is not None
        assert entry.guest.document_number == str(number)
        return
    assert entry is None
    (fault,) = faults
    assert (fault.rule, fault.row, fault.column) == ("cell.number.lost_zeros", 5, "H")
    assert fault.fix == fix
    assert str(number) not in fault.message + fault.message_en + fault.remedy + fault.remedy_en


def test_eleven_digits_of_text_are_for_the_rules() -> None:
    entry, faults = only(official(row(H="79301000025")))
    assert faults == []
    assert entry is not None
    context = RuleContext(now=datetime(2026, 11, 22, tzinfo=VIETNAM), facility_kind="hotel")
    refusals = [p for p in check_entry(entry, context) if p.severity == "refuse"]
    (fault,) = (fault_of(p, row=5) for p in refusals)
    assert (fault.rule, fault.column) == ("document.number.length", "H")


def test_a_phone_without_its_zero_is_noted() -> None:
    entry, faults = only(official(row(I=912345678)))
    assert entry is not None
    assert entry.guest.phone == "912345678"
    assert [(fault.rule, fault.fix) for fault in faults] == [("cell.phone.lost_zero", "0912345678")]


@pytest.mark.parametrize(
    ("changes", "column", "rule"),
    [
        ({"B": ""}, "B", "cell.missing"),
        ({"N": ""}, "N", "cell.missing"),
        ({"C": "31/02/1990"}, "C", "cell.date"),
        ({"C": "2099"}, "C", "cell.date"),
        ({"N": "hôm qua"}, "N", "cell.date"),
        ({"O": "mai"}, "O", "cell.date"),
        ({"D": "?"}, "D", "cell.choice"),
        ({"E": "sao Hỏa"}, "E", "cell.choice"),
        ({"F": "11"}, "F", "cell.choice"),
        ({"F": "1 - Hộ chiếu"}, "F", "cell.choice.contradiction"),
        ({"J": "9"}, "J", "cell.choice"),
        ({"Q": "chơi"}, "Q", "cell.choice"),
        ({"P": "#REF!"}, "P", "cell.error"),
    ],
)
def test_faults_name_row_column_and_rule(changes: dict[str, str], column: str, rule: str) -> None:
    entry, faults = only(official(row(**changes)))
    assert entry is None
    (fault,) = faults
    assert (fault.row, fault.column, fault.rule, fault.severity) == (5, column, rule, "refuse")
    assert all((fault.message, fault.message_en, fault.remedy, fault.remedy_en))


def test_us_order() -> None:
    entry, faults = only(official(row(C="09/15/2001")))
    assert entry is not None
    assert entry.guest.birth_date == date(2001, 9, 15)
    assert rules_of(faults) == ["cell.date.us_order"]
    reading = read(official(row(C="09/15/2001"), row(C="02/09/2001"), row(C="15/09/2001")))
    assert [found.entry is not None for found in reading.rows] == [True, False, True]
    assert rules_of(reading.rows[1].faults) == ["cell.date.ambiguous"]


def test_a_birth_year_alone() -> None:
    for year in ("1950", 1950):
        entry, _ = only(official(row(C=year)))
        assert entry is not None
        assert entry.guest.birth_date == date(1950, 1, 1)
        assert entry.guest.birth_date_precision == "year"


def test_no_nationality_is_vietnam_and_said() -> None:
    entry, faults = only(official(row(E="")))
    assert entry is not None
    assert entry.guest.nationality == "VNM"
    assert rules_of(faults) == ["cell.nationality.assumed"]


@pytest.mark.parametrize(
    ("day", "now", "expected"),
    [
        (date(2026, 11, 21), None, time(22, 59)),
        (date(2026, 11, 22), None, time(8)),
        (date(2026, 11, 23), None, time(8)),
        (date(2026, 11, 21), datetime(2026, 11, 22, 9, 30, tzinfo=VIETNAM), time(22, 59)),
        (date(2026, 11, 22), datetime(2026, 11, 22, 9, 30, 59, tzinfo=VIETNAM), time(9, 30)),
        (date(2026, 11, 22), datetime(2026, 11, 22, 2, 0, tzinfo=VIETNAM), time(2)),
        (date(2026, 11, 22), datetime(2026, 11, 22, 23, 30, tzinfo=VIETNAM), time(22, 59)),
        (date(2026, 11, 22), datetime(2026, 11, 21, 19, 0, tzinfo=UTC), time(2)),
    ],
)
def test_an_arrival_without_a_time(day: date, now: datetime | None, expected: time) -> None:
    assert assumed_arrival(day, SheetContext(today=TODAY, now=now)) == expected


def test_an_assumed_time_is_said() -> None:
    entry, faults = only(official(row(N="21/11/2026")))
    assert entry is not None
    assert entry.arrived_at == datetime(2026, 11, 21, 22, 59, tzinfo=VIETNAM)
    assert [(fault.rule, fault.severity) for fault in faults] == [("cell.time.assumed", "note")]
    assert "22:59" in faults[0].message


def test_examples_are_counted_and_empty_rows_are_not() -> None:
    reading = read(official(row(), ["7"] + [""] * 18, row(B="[TEST] Nguyễn"), [""] * 19, row()))
    assert (reading.read, reading.accepted, reading.skipped) == (4, 2, 2)
    assert [found.row for found in reading.rows] == [5, 9]


def test_row_four_without_a_mark_is_skipped_aloud() -> None:
    reading = read(sheet([["DANH SÁCH"], HEADER, ["gợi ý"] * 19, row(), row()]))
    assert (reading.read, reading.accepted, reading.skipped) == (2, 1, 1)
    assert [item.rule for item in reading.problems] == ["workbook.row4_skipped"]


def test_a_sheet_without_hints_loses_no_guest() -> None:
    reading = read(sheet([["DANH SÁCH"], HEADER, row(), row(C="lỗi", N="lỗi")]))
    assert [found.row for found in reading.rows] == [3, 4]
    assert read(sheet([HEADER, row(), row()])).accepted == 2


def test_headers_with_stray_spaces_and_moved_columns() -> None:
    order = ["B", "A", *LETTERS[2:]]
    labels = {column.letter: column.label for column in COLUMNS}
    header = [f"  {labels[letter].upper()}\n * " for letter in order]
    cells = [GOOD.get(letter, "") for letter in order]
    entry, faults = only(sheet([["x"], header, ["gợi ý"] * 19, [""], cells]))
    assert faults == []
    assert entry is not None
    assert entry.guest.full_name == "Trần Thị Thử"


def test_without_any_header_the_official_places_count() -> None:
    reading = read(sheet([["x"], ["y"], ["z"], ["t"], row()]))
    assert reading.accepted == 1


def test_the_sheets_name_may_differ_in_case_and_spaces() -> None:
    assert read(sheet([["x"], HEADER, row()], name="ds_khach_viet_nam_luu_tru ")).accepted == 1


def zipped(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"%PDF-1.7", "pdf"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\xff\xd8\xff\xe0", "image"),
        (b"\x00\x00\x00\x18ftypheic", "image"),
        (OLE, "old_xls"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "protected"),
        ("STT,Họ tên\n1,Mẫu".encode(), "csv"),
        ("STT;Họ tên".encode("utf-16"), "csv"),
        (b"<?xml version='1.0'?><KHAI_BAO_TAM_TRU/>", "xml"),
        (b"\xef\xbb\xbf <html><table>", "html"),
        (b"\x00\x01\x02\x03", "unknown"),
        (b"PK\x03\x04rubbish", "damaged"),
        (zipped(a_DOT_txt=b"x"), "zip"),
        (zipped(word__document_DOT_xml=b"<w/>"), "word"),
        (zipped(content_DOT_xml=b"<o/>"), "ods"),
        (zipped(xl__workbook_DOT_bin=b"x"), "xlsb"),
        (zipped(xl__workbook_DOT_xml=b"<workbook/>"), "no_sheet"),
        (zipped(xl__workbook_DOT_xml=b"0" * 20_000_001), "unpacked"),
        (official()[:-40], "damaged"),
        (sheet([["a"]] * 5005 + [["b"]]), "no_sheet"),
        (sheet([row()] * 5005), "rows"),
        (sheet([[""] * 40 + ["x"]]), "columns"),
        (sheet([HEADER]), "no_rows"),
        (official(), "no_rows"),
    ],
)
def test_files_that_are_no_workbook_are_named(data: bytes, rule: str) -> None:
    if rule == "no_sheet" and data.startswith(b"PK") and b"sheet1" in data:
        data = sheet([["a"]], name="Sheet1")
    reading = read(data)
    assert [item.rule for item in reading.problems] == [f"workbook.{rule}"]
    assert reading.accepted == 0


def test_the_sheets_that_were_found_are_told() -> None:
    (problem,) = read(sheet([["a"]], name="Khách T11")).problems
    assert "Khách T11" in problem.message
    assert "Khách T11" in problem.message_en


def test_other_sheets_may_be_as_large_as_they_like() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        lists = book.add_worksheet("DM")
        lists.write_string(9_000, 300, "x")
        page = book.add_worksheet(SHEET_NAME)
        for column, value in enumerate(HEADER):
            page.write_string(1, column, value)
        for column, value in enumerate(row()):
            page.write_string(4, column, value)
    assert read(out.getvalue()).accepted == 1


def test_one_far_cell_does_not_open_a_vast_rectangle() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet(SHEET_NAME)
        page.write_string(0, 0, "a")
        page.write_string(1_048_575, 16_383, "z")
    assert [item.rule for item in read(out.getvalue()).problems] == ["workbook.rows"]


def test_a_formula_sign_stays_text() -> None:
    data = build_workbook([row(B="=1+1")])
    entry = read(data).rows[0].entry
    assert entry is not None
    assert entry.guest.full_name == "=1+1"


def test_the_empty_form_has_an_example_and_no_guests() -> None:
    reading = read(build_workbook())
    assert (reading.read, reading.accepted, reading.skipped) == (1, 0, 1)
    assert build_workbook() == build_workbook()


GUESTS = st.builds(
    Guest,
    full_name=st.sampled_from(["Nguyễn Văn Mẫu", "H'Mẫu Ê Ban", "Lê Thị Thử"]),
    birth_date=st.dates(date(1900, 1, 1), TODAY),
    sex=st.sampled_from(["male", "female", "other"]),
    nationality=st.sampled_from(["VNM", "DEU", "MYS", "NGA", "AUT"]),
    document_type=st.integers(1, 9),
    document_name=st.none() | st.just("Giấy xác nhận"),
    document_number=st.from_regex(r"[0-9A-Z]{6,12}", fullmatch=True),
    phone=st.none() | st.just("0912345678"),
    residence_kind=st.none() | st.integers(1, 3),
    residence_province=st.none() | st.just("Thành phố Huế"),
    residence_address=st.none() | st.just("Số 1, Phố Thử"),
    note=st.none() | st.just("Ở cùng con"),
)
ENTRIES = st.builds(
    StayEntry,
    guest=GUESTS,
    arrived_at=st.integers(0, 2_000_000).map(
        lambda minutes: datetime(2024, 1, 1, tzinfo=VIETNAM) + timedelta(minutes=minutes)
    ),
    planned_departure_at=st.none() | st.just(datetime(2026, 12, 1, 12, tzinfo=VIETNAM)),
    room=st.none() | st.sampled_from(["101", "P. 2", "=A1"]),
    reason=st.none() | st.integers(1, 20),
    reason_text=st.none() | st.just("Dự đám cưới"),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ENTRIES, min_size=1, max_size=4))
def test_what_is_written_is_read_back(entries: list[StayEntry]) -> None:
    data = build_workbook([row_of(n, entry) for n, entry in enumerate(entries, start=1)])
    reading = read(data)
    assert [found.entry for found in reading.rows] == entries
    assert all(found.faults == [] for found in reading.rows)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda tail: b"PK\x03\x04" + tail))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    reading = read(data)
    assert reading.rows == []
    assert reading.problems


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_damaged_workbook_is_read_or_named(data: st.DataObject) -> None:
    good = GOOD_BYTES
    at = data.draw(st.integers(0, len(good) - 1))
    reading = read(good[:at] + data.draw(st.binary(min_size=1, max_size=4)) + good[at + 1 :])
    assert reading.problems or reading.read == reading.accepted + reading.rejected + reading.skipped


GOOD_BYTES = official(row())


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20),
                min_size=19, max_size=19))  # fmt: skip
def test_any_texts_in_a_row_give_an_entry_or_faults(cells: list[str]) -> None:
    reading = read(build_workbook([cells]))
    for found in reading.rows:
        refused = any(fault.severity == "refuse" for fault in found.faults)
        assert (found.entry is None) is refused
    assert msgspec.json.encode(reading)
