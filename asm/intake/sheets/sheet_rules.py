"""What reading an uploaded workbook may find, in the words of the rule list."""

from typing import Final

from asm.stays.rules.rule import Rule, by_id, rule

MAX_ROWS: Final = 5_000
MAX_COLUMNS: Final = 40
MAX_UNPACKED_BYTES: Final = 20_000_000
SHEET_NAME: Final = "DS_KHACH_VIET_NAM_LUU_TRU"

_FORM: Final = f"Biểu mẫu {SHEET_NAME}"
_LIMITS: Final = "Giới hạn kỹ thuật của hệ thống"


def _wrong_kind(kind: str) -> Rule:
    return rule(f"workbook.{kind}", "refuse", field="file", source=_FORM)


FILE_KINDS: Final[tuple[Rule, ...]] = (
    _wrong_kind("empty"),
    _wrong_kind("pdf"),
    _wrong_kind("image"),
    _wrong_kind("old_xls"),
    _wrong_kind("protected"),
    _wrong_kind("csv"),
    _wrong_kind("xml"),
    _wrong_kind("xml_foreigners"),
    _wrong_kind("xml_excel"),
    _wrong_kind("json"),
    _wrong_kind("hl7"),
    _wrong_kind("rtf"),
    _wrong_kind("html"),
    _wrong_kind("xlsb"),
    _wrong_kind("ods"),
    _wrong_kind("word"),
    _wrong_kind("zip"),
    _wrong_kind("zip_other"),
    _wrong_kind("archive"),
    _wrong_kind("damaged"),
    _wrong_kind("unknown"),
    _wrong_kind("no_sheet"),
    _wrong_kind("no_header"),
    _wrong_kind("foreigners"),
    _wrong_kind("incomplete"),
    _wrong_kind("no_rows"),
)

FILE_LIMITS: Final[tuple[Rule, ...]] = (
    rule("workbook.unpacked", "refuse", field="file", source=_LIMITS),
    rule("workbook.rows", "refuse", field="file", source=_LIMITS),
    rule("workbook.columns", "refuse", field="file", source=_LIMITS),
    rule("workbook.too_heavy", "refuse", field="file", source=_LIMITS),
    rule("workbook.row4_skipped", "note", field="file", source=_FORM),
    rule("workbook.other_sheet", "note", field="file", source=_FORM),
    rule("workbook.guests_elsewhere", "warn", field="file", source=_FORM),
    rule("workbook.merged", "note", field="file", source=_FORM),
    rule("workbook.departure_day", "note", field="planned_departure_at", source=_FORM),
)

CELL_RULES: Final[tuple[Rule, ...]] = (
    rule("cell.missing", "refuse", field="file", source=_FORM),
    rule("cell.date", "refuse", field="file", source=_FORM),
    rule("cell.date.ambiguous", "refuse", field="file", source=_FORM),
    rule("cell.date.us_order", "note", field="file", source=_FORM),
    rule("cell.date.exchanged", "note", field="file", source=_FORM),
    rule("cell.date.kept", "note", field="file", source=_FORM),
    rule("cell.date.slip", "refuse", field="file", source=_FORM),
    rule("cell.date.year", "refuse", field="file", source=_FORM),
    rule("cell.birth.year", "note", field="guest.birth_date", source=_FORM),
    rule("cell.time.assumed", "note", field="arrived_at", source=_FORM),
    rule("cell.time.midnight", "note", field="arrived_at", source=_FORM),
    rule("cell.choice", "refuse", field="file", source=_FORM),
    rule("cell.choice.contradiction", "refuse", field="file", source=_FORM),
    rule("cell.document.missing", "refuse", field="guest.document_number", source=_FORM),
    rule("cell.no_papers.contradiction", "refuse", field="guest.document_number", source=_FORM),
    rule("cell.number.lost_zeros", "refuse", field="guest.document_number", source=_FORM),
    rule("cell.number.lost_digits", "refuse", field="guest.document_number", source=_FORM),
    rule("cell.phone.lost_digits", "warn", field="guest.phone", source=_FORM),
    rule("cell.fix.accepted", "note", field="file", source=_FORM),
    rule("cell.name.doubted", "refuse", field="guest.full_name", source=_FORM),
    rule("cell.name.old_table", "refuse", field="guest.full_name", source=_FORM),
    rule("cell.name.comma", "note", field="guest.full_name", source=_FORM),
    rule("cell.sex.digit", "refuse", field="guest.sex", source=_FORM),
    rule("cell.sex.unknown", "note", field="guest.sex", source=_FORM),
    rule("cell.phone.lost_zero", "note", field="guest.phone", source=_FORM),
    rule("cell.nationality.assumed", "note", field="guest.nationality", source=_FORM),
    rule("cell.error", "refuse", field="file", source=_FORM),
    rule("cell.formula", "refuse", field="file", source=_FORM),
)

FILE_RULES: Final[dict[str, Rule]] = by_id(FILE_KINDS, FILE_LIMITS, CELL_RULES)
