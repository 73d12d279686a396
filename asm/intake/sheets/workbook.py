"""The official workbook of Vietnamese guests: its columns, and what reading one gives."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from asm.stays.entry import TO_THE_MINUTE, Problem, StayEntry, TimePrecision

OrderAnswer = Literal["day_first", "month_first", "text_month_first", "day_first_exchanged"]


class Column(NamedTuple):
    """A column by its letter: the path it fills in an entry, its labels, and the beginnings by
    which its header is known (folded, without spaces; with `$` at its end the whole header): the
    form's own, then those of older forms, of the portal's export and of hotel software.
    """

    letter: str
    field: str
    label: str
    label_en: str
    keys: tuple[str, ...]


COLUMNS: Final[tuple[Column, ...]] = (
    Column("A", "file", "STT", "No.", ("stt", "tt$", "no$")),
    Column("B", "guest.full_name", "Họ và tên", "Full name",
           ("hovaten", "hoten", "tenkhach", "fullname", "guestname", "name$")),
    Column("C", "guest.birth_date", "Ngày sinh", "Birth date",
           ("ngaysinh", "ngaythangnam", "namsinh", "dateofbirth", "birthdate", "birthday", "dob$")),
    Column("D", "guest.sex", "Giới tính", "Sex", ("gioitinh", "gt$", "phai$", "sex$", "gender")),
    Column("E", "guest.nationality", "Quốc tịch", "Nationality",
           ("quoctich", "maquoctich", "qt$", "nationality")),
    Column("F", "guest.document_type", "Loại giấy tờ", "Document type",
           ("loaigiayto", "loaigt", "documenttype", "idtype")),
    Column("G", "guest.document_name", "Tên giấy tờ", "Document name",
           ("tengiayto", "documentname")),
    Column("H", "guest.document_number", "Số giấy tờ", "Document number",
           ("sogiayto", "sogt", "socmnd", "socccd", "cccd/", "cmnd/", "cccd$", "sohochieu",
            "sodinhdanh", "documentnumber", "documentno", "idnumber", "idno", "passportno")),
    Column("I", "guest.phone", "Số điện thoại", "Phone",
           ("sodienthoai", "dienthoai", "sdt", "phone", "mobile")),
    Column("J", "guest.residence_kind", "Loại nơi cư trú", "Kind of residence",
           ("loainoicutru", "loaicutru", "noicutru", "hinhthuccutru")),
    Column("K", "guest.residence_province", "Tỉnh/Thành phố", "Province",
           ("tinh", "thanhpho", "province")),
    Column("L", "guest.residence_ward", "Phường/Xã/Đặc khu", "Ward",
           ("phuong", "xa/", "xaphuong", "ward")),
    Column("M", "guest.residence_address", "Địa chỉ chi tiết", "Address",
           ("diachi", "chitietdia", "address")),
    Column("N", "arrived_at", "Ngày đến", "Arrival",
           ("ngayden", "thoigianden", "ngaynhan", "thoigianluutru(tu", "arrival", "checki")),
    Column("O", "planned_departure_at", "Ngày đi dự kiến", "Planned departure",
           ("ngaydi", "thoigiandi", "dukien", "ngaydukien", "ngaytra", "thoigianluutru(den",
            "departure", "planneddeparture", "checkout")),
    Column("P", "room", "Số phòng/Khoa", "Room",
           ("sophong", "phong/", "phongkhoa", "tenphong", "phong$", "room")),
    Column("Q", "reason", "Lý do lưu trú", "Reason", ("lydo", "mucdich", "reason", "purpose")),
    Column("R", "reason_text", "Lý do chi tiết", "Reason in words",
           ("lydochitiet", "lydokhac", "chitietlydo", "ghiro")),
    Column("S", "guest.note", "Ghi chú", "Note", ("ghichu", "note$", "notes$", "remark")),
)  # fmt: skip
#: The column that a marked workbook adds: what is wrong in the row. Never read.
MARKS_LABEL: Final = "Lỗi"

MANDATORY_COLUMNS: Final = frozenset("BCDEFNQ")
#: Notes whose `fix` is taken already, by a person's answer.
TAKEN_FIXES: Final = frozenset({"cell.fix.accepted", "cell.date.exchanged", "cell.date.kept"})
COLUMN_OF_FIELD: Final = {column.field: column.letter for column in COLUMNS[1:]} | {
    "guest.no_papers": "F",
    "guest.old_number": "H",
    "hourly": "O",
}


class RowFault(Problem, frozen=True, kw_only=True):
    """A problem in one cell. `row` counts from 1 as Excel shows it, `column` is its letter.

    `value` is what the cell holds, `fix` a value to offer for it that only a person may accept,
    `readings` the days (ISO 8601) among which a person has to choose. These three are personal
    data, unlike the texts: shown to whoever uploads, and nowhere else.
    """

    row: int
    column: str
    fix: str | None = None
    value: str | None = None
    readings: tuple[str, ...] = ()


class WorkbookRow(msgspec.Struct, frozen=True, kw_only=True):
    """A guest's row: an entry, or None and at least one fault that refuses. `cells`: what it shows
    by column letter, empty ones left out. `precision`: whether the times had hours, or days alone.
    """

    row: int
    entry: StayEntry | None
    faults: list[RowFault] = []
    cells: dict[str, str] = {}
    precision: TimePrecision = TO_THE_MINUTE


class SkippedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is no guest's, and why: `example`, `hint`, `header`, `title`, `total`,
    `signature`, `empty` or `nobody` (neither name, birth date, sex nor number).
    """

    row: int
    reason: str
    message: str
    message_en: str


class FileColumn(msgspec.Struct, frozen=True, kw_only=True):
    """Where a column of the official form stands in the file: the letter there (`G`), and what its
    header says.
    """

    letter: str
    header: str


class WorkbookReading(msgspec.Struct, frozen=True, kw_only=True):
    """`read` = `accepted` + `rejected` + `skipped`. Accepted means readable: whether the rules take
    an entry is for `asm.stays.rules.published.check_entry`. `problems` are about the file; one
    that refuses leaves no rows. `skipped_rows` holds the rows under the header that are skipped;
    `columns` says where the official columns stand in this file, by their official letters.
    """

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    rows: list[WorkbookRow] = []
    skipped_rows: list[SkippedRow] = []
    problems: list[Problem] = []
    columns: dict[str, FileColumn] = {}


class SheetAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """What a person answered to an earlier reading of the same file: the cells whose `fix` is
    accepted (`H5`; `all` for every one), and the order in which dates are written
    (`text_month_first`: so is the text, while real dates are right as they are;
    `day_first_exchanged`: the text is day first, and real dates have day and month exchanged).
    """

    accept: frozenset[str] = frozenset()
    birth_order: OrderAnswer | None = None
    stay_order: OrderAnswer | None = None

    def accepts(self, letter: str, row: int) -> bool:
        return "all" in self.accept or f"{letter}{row}" in self.accept


def problem_in_cell(
    problem: Problem,
    *,
    row: int,
    column: str | None = None,
    fix: str | None = None,
    value: str | None = None,
    readings: Sequence[str] = (),
) -> RowFault:
    """A rule's problem placed in the sheet, by default in the column of its field (B if none)."""
    letter = column or COLUMN_OF_FIELD.get(problem.field, "B")
    return RowFault(
        **msgspec.structs.asdict(problem),
        row=row,
        column=letter,
        fix=fix,
        value=value,
        readings=tuple(readings),
    )
