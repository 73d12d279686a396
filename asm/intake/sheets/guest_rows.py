"""Where a sheet's header is, and which rows under it hold guests: the rest is skipped aloud."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from asm.identity.names import clean_name, folded_key
from asm.intake.sheets.cell_dates import parse_date
from asm.intake.sheets.cells import CellReadFault, CellValue, read_sex
from asm.intake.sheets.sheet_rules import FILE_RULES
from asm.intake.sheets.workbook import COLUMNS, MARKS_LABEL, SkippedRow
from asm.locales.texts import both
from asm.stays.entry import Problem

Grid = Sequence[Sequence[CellValue]]
Cells = Mapping[str, CellValue]

_HEADER_ROW: Final = 2
_SEARCH_ROWS: Final = 20
_ENOUGH_HEADERS: Final = 6
# So many columns in the places of the official form that a header nobody knows is one of its own.
_OFFICIAL: Final = 12
_FEW: Final = 3
_LONG: Final = 200
_PAPER: Final = re.compile(r"[0-9]{9}|[A-Za-z][0-9]{7}")
_LONG_NUMBER: Final = re.compile(r"[0-9]{7}")
# With its marks (màu is a colour), where the form has it: at the beginning of number or name.
_EXAMPLE: Final = re.compile(
    r"\[\s*(?:(?:example|ví dụ|vi du|mẫu|mau)\b[^\]]{0,20}|test\s*[0-9]{0,4}\s*)\]", re.IGNORECASE
)
# With its marks: Tổng is no family name, Tống is.
_TOTAL: Final = re.compile(
    r"(?:tổng(?: cộng| số)?|cộng|tc|t/c|tong cong|tong so|total|grand total|sum)"
    r"(?: (?:số )?(?:lượng )?(?:khách|người|dòng|guests?|pax|persons?|rows?))?"
    r"\s*[:=]?\s*(?:[0-9.,]+)?(?: (?:khách|người|guests?|pax|persons?))?",
    re.IGNORECASE,
)
# What is added up under a list, whatever else stands in the row.
_ADDED_UP: Final = re.compile(
    r"(?:tổng(?: (?:cộng|số|tiền|doanh thu|thu|chi|chi phí|thanh toán|phải thu|phải trả|lượng|khách"
    r"|người|lượt|đêm|phòng|dòng|giường|nam|nữ|lưu trú|nước ngoài|việt nam|trong|ngày|tháng))+"
    r"|số (?:lượng|lượt|khách|người|phòng|đêm)(?: (?:khách|người|phòng|đêm|lưu trú))?"
    r"|grand total|total (?:amount|guests?|pax|rooms?|nights?|revenue))"
    r"\s*(?:(?:[:=(\-]|[0-9]).*)?",
    re.IGNORECASE,
)
_FOOTNOTE: Final = re.compile(
    r"(?:ghi chú|lưu ý|chú thích|notes?|remarks?)\s*[:：].*", re.IGNORECASE
)
# Under the list stand who made it, where and when. With their marks: Lê Tân and Quan Ly are names.
_SIGNATURE: Final = re.compile(
    r"(?:người (?:lập|khai|ký|nộp|báo cáo|phụ trách)|nguoi (?:lap|khai|ky|nop)"
    r"|đại diện (?:cơ sở|đơn vị)"
    r"|chủ (?:cơ sở|hộ|nhà)|giám đốc|quản lý|lễ tân|thư ký|kế toán|ký tên|ký và ghi rõ|xác nhận của"
    r"|prepared by|signature|signed by|receptionist|manager)\b.*"
)
_WHERE_AND_WHEN: Final = re.compile(r"(?:.{2,40},? )?(?:ngày|ngay) [0-9.…]{1,6}(?:[ /].{0,40})?")


def _texts(code: str) -> tuple[str, str]:
    return both("refusals", f"sheet.skipped.{code}")


_REASONS: Final = {
    "example": _texts("example"),
    "hint": _texts("hint"),
    "header": _texts("header"),
    "title": _texts("title"),
    "total": _texts("total"),
    "signature": _texts("signature"),
    "empty": _texts("empty"),
    "nobody": _texts("nobody"),
}


class SheetHeader(NamedTuple):
    """The header's row from 1 (`known`: one was recognised), and each column letter's index."""

    row: int
    indexes: dict[str, int]
    known: bool


class SheetRows(NamedTuple):
    """Rows with guests by their number as Excel shows it, those skipped, and remarks."""

    guests: list[tuple[int, Cells]]
    skipped: list[SkippedRow]
    problems: list[Problem]


def find_header(grid: Grid) -> SheetHeader:
    """Columns are where their headers are. In the official form one whose header is not recognised
    keeps its official place, unless another header has claimed that; elsewhere an unknown column
    is not read at all.
    """
    for row, line in enumerate(grid[:_SEARCH_ROWS], start=1):
        indexes = _known_headers(line)
        if len(indexes) >= _ENOUGH_HEADERS:
            return SheetHeader(row, _with_official_indexes(indexes, line), known=True)
    return SheetHeader(_HEADER_ROW, _official_indexes(), known=False)


def guest_rows(grid: Grid, header: SheetHeader) -> SheetRows:
    """The form has hints under its header and an example under them. Hotels delete both, and add
    titles, headers again and totals.
    """
    rows = SheetRows([], [], [])
    last = max((n for n, line in enumerate(grid, start=1) if any(map(_filled, line))), default=0)
    has_hints = False
    for row in range(header.row + 1, last + 1):
        line = grid[row - 1]
        cells = {letter: line[i] for letter, i in header.indexes.items() if i < len(line)}
        first = row == header.row + 1
        reason = _reason(line, cells, first=first)
        has_hints = has_hints or (first and reason == "hint")
        if reason is None and has_hints and row == _HEADER_ROW + 2 and header.row == _HEADER_ROW:
            reason = "example"  # where the form has its example, unmarked
            rows.problems.append(FILE_RULES["workbook.row4_skipped"].problem())
        if reason is None:
            rows.guests.append((row, cells))
        else:
            message, message_en = _REASONS[reason]
            skipped = SkippedRow(row=row, reason=reason, message=message, message_en=message_en)
            rows.skipped.append(skipped)
    return rows


def _reason(line: Sequence[CellValue], cells: Cells, *, first: bool) -> str | None:
    """Why a row is no guest's; None for a guest's."""
    if _is_blank(cells):
        return "title" if any(_is_word(value) for value in line) else "empty"
    first_text = next((clean_name(str(v)[:_LONG]) for v in line if _is_word(v)), "")
    has_own = any(_filled(cells.get(letter, "")) for letter in "BCDH")
    reasons = (
        ("example", _is_example(cells)),
        ("total", _is_added_up(first_text, cells)),
        (None, _is_person(cells)),
        ("header", len(_known_headers(line)) >= _ENOUGH_HEADERS),
        ("total", _TOTAL.fullmatch(first_text) is not None),
        ("signature", _is_signature(cells)),
        ("hint", first and _is_hints(cells)),
        (None, has_own),
    )
    return next((reason for reason, holds in reasons if holds), "nobody")


def _is_added_up(first_text: str, cells: Cells) -> bool:
    """A sum may have a date beside it and an amount as long as a number of a paper: a guest has two
    of sex, birth date and paper's number, and another name.
    """
    name = cells.get("B", "")
    if _is_word(name) and clean_name(str(name)[:_LONG]) != first_text:
        return False
    own = (
        _is_sex(cells.get("D", "")),
        _is_date(cells.get("C", "")),
        _PAPER.search(str(cells.get("H", ""))) is not None,
    )
    return _ADDED_UP.fullmatch(first_text) is not None and sum(own) < 2


def _is_person(cells: Cells) -> bool:
    """A date, a sex or anything like a document number: no total and no hint has these."""
    has_number = _LONG_NUMBER.search(str(cells.get("H", ""))) is not None
    return (
        has_number
        or _is_sex(cells.get("D", ""))
        or any(_is_date(cells.get(letter, "")) for letter in ("C", "N"))
    )


def _is_signature(cells: Cells) -> bool:
    """A few words and nothing else that a guest has: rows with a date, a sex or a number are asked
    before.
    """
    filled = [value for value in cells.values() if _filled(value)]
    texts = [clean_name(value[:120]).casefold() for value in filled if isinstance(value, str)]
    if not texts or len(filled) > _FEW:
        return False
    signed = _SIGNATURE.fullmatch(texts[0]) or _FOOTNOTE.fullmatch(texts[0])
    return signed is not None or all(map(_WHERE_AND_WHEN.fullmatch, texts))


def _is_hints(cells: Cells) -> bool:
    return sum(_is_word(value) for value in cells.values()) >= 2


def _known_headers(line: Sequence[CellValue]) -> dict[str, int]:
    indexes: dict[str, int] = {}
    for index, value in enumerate(line):
        letter = _letter_of(value)
        if letter is not None:
            indexes.setdefault(letter, index)
    return indexes


def _letter_of(header: CellValue) -> str | None:
    """The column whose longest key begins the header, without spaces and marks."""
    if not isinstance(header, str):
        return None
    key = folded_key(header[:80]).replace(" ", "").strip("*()")
    matches = [(len(k), c.letter) for c in COLUMNS for k in c.keys if _begins(key, k)]
    return max(matches)[1] if matches else None


def _begins(header: str, key: str) -> bool:
    return header == key[:-1] if key.endswith("$") else header.startswith(key)


def _official_indexes() -> dict[str, int]:
    return {column.letter: index for index, column in enumerate(COLUMNS)}


def _with_official_indexes(indexes: dict[str, int], header: Sequence[CellValue]) -> dict[str, int]:
    official = _official_indexes()
    if sum(official[letter] == index for letter, index in indexes.items()) < _OFFICIAL:
        return indexes
    claimed = set(indexes.values())
    marks = {i for i, value in enumerate(header) if str(value).strip() == MARKS_LABEL}
    free = {k: i for k, i in official.items() if k not in indexes and i not in claimed | marks}
    return free | indexes


def _is_blank(cells: Cells) -> bool:
    """Nothing but a running number: forms come with column A filled in."""
    return not any(_filled(value) for letter, value in cells.items() if letter != "A")


def _filled(value: CellValue) -> bool:
    return bool(str(value).strip())


def _is_word(value: CellValue) -> bool:
    return isinstance(value, str) and any(letter.isalpha() for letter in value)


def _is_example(cells: Cells) -> bool:
    texts = [clean_name(v[:_LONG]) for v in map(cells.get, "AB") if isinstance(v, str)]
    return any(map(_EXAMPLE.match, texts))


def _is_sex(value: CellValue) -> bool:
    try:
        return bool(read_sex(value))
    except CellReadFault:
        return False


def _is_date(value: CellValue) -> bool:
    try:
        return bool(parse_date(value, expected="stay"))
    except CellReadFault:
        return False
