"""Making the official workbook: the empty form, an export, or a test's sheet."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from asm.identity.nationalities import nationalities, official_code
from asm.intake.sheets.sheet_rules import MAX_ROWS, SHEET_NAME
from asm.intake.sheets.workbook import COLUMNS, MANDATORY_COLUMNS
from asm.stays.entry import Guest, StayEntry
from asm.stays.rules.catalogues import DOCUMENT_TYPES, REASONS, RESIDENCE_KINDS, CatalogueItem
from asm.stays.rules.deadlines import in_vietnam

_TITLE: Final = "DANH SÁCH KHÁCH VIỆT NAM LƯU TRÚ"
# As the form's own list writes them; it has no third.
_SEXES: Final = {"male": "M - Nam", "female": "F - Nữ", "other": "Khác"}
_LISTS_SHEET: Final = "DANH_MUC"
_HINTS: Final = {
    "B": "Ghi đúng như trên giấy tờ",
    "C": "dd/MM/yyyy",
    "D": "Chọn",
    "E": "Mã ba chữ, ví dụ VNM",
    "F": "Chọn",
    "G": "Nếu loại giấy tờ là 9",
    "H": "Không có khoảng trắng",
    "N": "dd/MM/yyyy HH:mm",
    "O": "dd/MM/yyyy",
    "Q": "Chọn",
    "R": "Nếu lý do là 20",
}
_EXAMPLE: Final = (
    "1", "[EXAMPLE] Nguyễn Văn Mẫu", "15/08/1990", "M - Nam", "VNM", "1 - Thẻ CCCD", "",
    "001090000017", "", "1 - Thường trú", "Thành phố Hà Nội", "", "", "01/07/2026 14:00",
    "02/07/2026", "101", "1 - Du lịch", "", "",
)  # fmt: skip
# A made workbook is the same bytes for the same rows: no clock enters it.
_CREATED: Final = datetime(2026, 7, 1)  # noqa: DTZ001 -- the format's property has no zone


def build_workbook(rows: Iterable[Sequence[str]] = (), *, sheet_name: str = SHEET_NAME) -> bytes:
    """The official sheet with `rows` from row 5, nineteen texts each, in the order of COLUMNS.

    Every cell is written as a string, so a leading `=` is no formula and a leading zero stays.
    """
    import xlsxwriter  # noqa: PLC0415 -- slow to load, and only who downloads a form needs it

    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": _TITLE, "created": _CREATED})
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"bold": True, "num_format": "@", "bg_color": "#DDE7F3"})
        sheet = book.add_worksheet(sheet_name)
        sheet.set_column(0, len(COLUMNS) - 1, 18, text)
        sheet.write_string(0, 0, _TITLE, bold)
        _write_row(sheet, 1, [_header(letter, label) for letter, _, label, *_ in COLUMNS], bold)
        _write_row(sheet, 2, [_HINTS.get(column.letter, "") for column in COLUMNS], text)
        _write_row(sheet, 3, _EXAMPLE, text)
        for index, row in enumerate(rows, start=4):
            _write_row(sheet, index, row, text)
        _offer_choices(book, sheet)
        sheet.freeze_panes(2, 2)
    return out.getvalue()


def _header(letter: str, label: str) -> str:
    return f"{label} *" if letter in MANDATORY_COLUMNS else label


def _write_row(sheet: Any, index: int, values: Sequence[str], style: Any) -> None:
    for column, value in enumerate(values):
        if value:
            sheet.write_string(index, column, value, style)


def _offer_choices(book: Any, sheet: Any) -> None:
    """Excel takes 255 characters of choices in a rule: the lists stand on a sheet of their own."""
    lists = book.add_worksheet(_LISTS_SHEET)
    lists.hide()
    choices = {
        "D": list(_SEXES.values()),
        "F": _labels(DOCUMENT_TYPES),
        "J": _labels(RESIDENCE_KINDS),
        "Q": _labels(REASONS),
    }
    for index, (letter, labels) in enumerate(choices.items()):
        lists.write_column(0, index, labels)
        column = "ABCD"[index]
        source = f"={_LISTS_SHEET}!${column}$1:${column}${len(labels)}"
        sheet.data_validation(
            f"{letter}5:{letter}{MAX_ROWS + 4}",
            {"validate": "list", "source": source, "error_type": "warning"},
        )


def _labels(items: Mapping[int, CatalogueItem]) -> list[str]:
    return [_choice(item) for item in items.values()]


def _choice(item: CatalogueItem | None) -> str:
    return f"{item.code} - {item.label}" if item else ""


def row_of(number: int, entry: StayEntry) -> list[str]:
    """The nineteen texts of an entry, as `build_workbook` takes them. `number` is the STT."""
    guest = entry.guest
    departure = entry.planned_departure_at
    reason = REASONS.get(entry.reason or 0)
    return [
        str(number),
        *_person(guest),
        *_residence(guest),
        f"{in_vietnam(entry.arrived_at):%d/%m/%Y %H:%M}",
        f"{in_vietnam(departure):%d/%m/%Y %H:%M}" if departure else "",
        entry.room or "",
        _choice(reason) if reason else str(entry.reason or ""),
        entry.reason_text or "",
        guest.note or "",
    ]


def _person(guest: Guest) -> list[str]:
    born = guest.birth_date
    by_year = guest.birth_date_precision == "year"
    nationality = nationalities().get(guest.nationality)
    code = official_code(guest.nationality)
    return [
        guest.full_name,
        "" if born is None else f"{born.year:04}" if by_year else f"{born:%d/%m/}{born.year:04}",
        _SEXES.get(guest.sex or "", ""),
        f"{code} - {nationality.name}" if nationality else code,
        _choice(DOCUMENT_TYPES.get(guest.document_type or 0)),
        guest.document_name or "",
        guest.document_number or "",
        guest.phone or "",
    ]


def _residence(guest: Guest) -> list[str]:
    return [
        _choice(RESIDENCE_KINDS.get(guest.residence_kind or 0)),
        guest.residence_province or "",
        guest.residence_ward or "",
        guest.residence_address or "",
    ]
