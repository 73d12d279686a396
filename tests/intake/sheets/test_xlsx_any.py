"""Whatever a workbook holds, it is read back or its faults are named."""

from datetime import date, datetime, timedelta

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asm.intake.sheets.xlsx_template import build_workbook, row_of
from asm.stays.entry import Guest, StayEntry
from asm.stays.rules.deadlines import VIETNAM
from tests.intake.sheets.sheets import TODAY, official, read, row

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
    # 00:00 is a day without an hour.
    arrived_at=st.integers(0, 2_000_000)
    .filter(lambda minutes: minutes % 1440)
    .map(lambda minutes: datetime(2024, 1, 1, tzinfo=VIETNAM) + timedelta(minutes=minutes)),
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
    assert [read_row.entry for read_row in reading.rows] == entries
    assert all(read_row.faults == [] for read_row in reading.rows)


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
    for read_row in reading.rows:
        refused = any(fault.severity == "refuse" for fault in read_row.faults)
        assert (read_row.entry is None) is refused
    assert msgspec.json.encode(reading)
