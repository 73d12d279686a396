"""The official workbook of Vietnamese guests: its columns, and what reading one gives."""

from typing import Final, NamedTuple

import msgspec

from asm.stays.entry import Problem, StayEntry


class Column(NamedTuple):
    """A column by its letter: the path it fills in an entry, its labels, and the beginnings by
    which its header is known (folded, without spaces).
    """

    letter: str
    field: str
    label: str
    label_en: str
    keys: tuple[str, ...]


COLUMNS: Final[tuple[Column, ...]] = (
    Column("A", "file", "STT", "No.", ("stt",)),
    Column("B", "guest.full_name", "Họ và tên", "Full name", ("hovaten", "hoten")),
    Column("C", "guest.birth_date", "Ngày sinh", "Birth date", ("ngaysinh", "ngaythangnam")),
    Column("D", "guest.sex", "Giới tính", "Sex", ("gioitinh",)),
    Column("E", "guest.nationality", "Quốc tịch", "Nationality", ("quoctich",)),
    Column("F", "guest.document_type", "Loại giấy tờ", "Document type", ("loaigiayto",)),
    Column("G", "guest.document_name", "Tên giấy tờ", "Document name", ("tengiayto",)),
    Column("H", "guest.document_number", "Số giấy tờ", "Document number", ("sogiayto",)),
    Column("I", "guest.phone", "Số điện thoại", "Phone", ("sodienthoai", "dienthoai")),
    Column("J", "guest.residence_kind", "Loại nơi cư trú", "Kind of residence",
           ("loainoicutru", "loaicutru", "noicutru", "hinhthuccutru")),
    Column("K", "guest.residence_province", "Tỉnh/Thành phố", "Province", ("tinh", "thanhpho")),
    Column("L", "guest.residence_ward", "Phường/Xã/Đặc khu", "Ward", ("phuong", "xa/", "xaphuong")),
    Column("M", "guest.residence_address", "Địa chỉ chi tiết", "Address", ("diachi", "chitietdia")),
    Column("N", "arrived_at", "Ngày đến", "Arrival", ("ngayden", "thoigianden", "ngaynhan")),
    Column("O", "planned_departure_at", "Ngày đi dự kiến", "Planned departure",
           ("ngaydi", "thoigiandi", "dukien", "ngaydukien", "ngaytra")),
    Column("P", "room", "Số phòng/Khoa", "Room", ("sophong", "phong/", "phongkhoa", "tenphong")),
    Column("Q", "reason", "Lý do lưu trú", "Reason", ("lydo",)),
    Column("R", "reason_text", "Lý do chi tiết", "Reason in words",
           ("lydochitiet", "lydokhac", "chitietlydo", "ghiro")),
    Column("S", "guest.note", "Ghi chú", "Note", ("ghichu",)),
)  # fmt: skip

MANDATORY_COLUMNS: Final = frozenset("BCDEFNQ")
COLUMN_OF_FIELD: Final = {column.field: column.letter for column in COLUMNS[1:]}


class RowFault(Problem, frozen=True, kw_only=True):
    """A problem in one cell. `row` counts from 1 as Excel shows it, `column` is its letter.

    `fix` is a value to offer for the cell, which only a person may accept; it is personal data,
    unlike the texts.
    """

    row: int
    column: str
    fix: str | None = None


class WorkbookRow(msgspec.Struct, frozen=True, kw_only=True):
    """A guest's row: an entry, or None and at least one fault that refuses."""

    row: int
    entry: StayEntry | None
    faults: list[RowFault] = []


class WorkbookReading(msgspec.Struct, frozen=True, kw_only=True):
    """`read` = `accepted` + `rejected` + `skipped` (example rows). Accepted means readable: whether
    the rules take an entry is for `asm.stays.rules.published.check_entry`. `problems` are about the
    file; one that refuses leaves no rows.
    """

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    rows: list[WorkbookRow] = []
    problems: list[Problem] = []


def problem_in_cell(
    problem: Problem, *, row: int, column: str | None = None, fix: str | None = None
) -> RowFault:
    """A rule's problem placed in the sheet, by default in the column of its field (B if none)."""
    letter = column or COLUMN_OF_FIELD.get(problem.field, "B")
    return RowFault(**msgspec.structs.asdict(problem), row=row, column=letter, fix=fix)
