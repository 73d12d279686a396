"""The file of a watch list: one document a line. Pure; what a line says never leaves this module.

    document_number                       a personal number of twelve digits
    document_type,document_number,nationality

with the types of the declaration's catalogue (1 citizen card, 4 passport, …) and nationality as
three letters, VNM when left out. A heading (the first line, when it has no digit), blank lines and
lines that begin with # are passed over. UTF-8, with or without a byte order mark; commas or
semicolons.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from asm.errors import Invalid
from asm.identity.nationalities import nationalities
from asm.identity.pasted_text import clean_number
from asm.identity.personal_number import NotAPersonalNumber, parse_personal_number
from asm.locales.texts import both
from asm.stays.rules.catalogues import DOCUMENT_TYPES

MOST_BYTES: Final = 20 * 1024 * 1024
MOST_LINES: Final = 500_000
LONGEST_LINE: Final = 200
#: Documents that carry the personal number, so twelve digits.
_PERSONAL: Final = frozenset({1, 7, 8})
_LONGEST_NUMBER: Final = 30
#: Digits of a personal number whose zeros at the front a spreadsheet program has dropped.
_CUT_SHORT: Final = (9, 11)


class WatchedDocument(msgspec.Struct, frozen=True):
    """One document of the list. It has no `repr` of its own numbers: it is hashed and forgotten."""

    document_type: int
    number: str
    nationality: str

    def __repr__(self) -> str:
        return "WatchedDocument(…)"


class BrokenLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line (from 1) that could not be taken, and why; never what stands in it."""

    line: int
    code: str
    message: str
    message_en: str


class _BrokenError(Exception):
    """Carries the code of what is wrong with a line."""


def read_watch_file(data: bytes) -> Iterator[WatchedDocument | BrokenLine]:
    """Each document or broken line, in order. Raises Invalid when the file is no list at all."""
    if len(data) > MOST_BYTES or data.count(b"\n") > MOST_LINES:
        raise Invalid(
            "watch_file_too_large", megabytes=MOST_BYTES // 1024 // 1024, lines=MOST_LINES
        )
    if b"\0" in data:
        raise Invalid("watch_file_unreadable")
    begun = False
    for number, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        try:
            line = _line(raw)
            if not line or line.startswith(("#", "document_")):
                continue
            heading = not begun and _is_heading(line)
            begun = True
            document = None if heading else _of_cells(line.replace(";", ",").split(","))
        except _BrokenError as error:
            yield _broken(number, error)
        else:
            if document is not None:
                yield document


def _broken(line: int, error: _BrokenError) -> BrokenLine:
    code = str(error)
    message, message_en = both("refusals", f"watch_line.{code}")
    return BrokenLine(line=line, code=code, message=message, message_en=message_en)


def _line(raw: bytes) -> str:
    if len(raw) > LONGEST_LINE:
        raise _BrokenError("line_too_long")
    try:
        return raw.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise _BrokenError("encoding") from error


def _is_heading(line: str) -> bool:
    """No document is without a digit: its type is one, or it is a personal number."""
    return not any(map(str.isdigit, line))


def read_watch_cells(line: int, cells: Sequence[str]) -> WatchedDocument | BrokenLine | None:
    """The document of one row of a spreadsheet; None for a heading, a remark or an empty row."""
    said = [cell.strip() for cell in cells]
    while said and not said[-1]:
        said.pop()
    if not said or said[0].startswith("#") or _is_heading("".join(said)):
        return None
    if any(len(cell) > LONGEST_LINE for cell in said):
        return _broken(line, _BrokenError("line_too_long"))
    try:
        return _of_cells(said)
    except _BrokenError as error:
        return _broken(line, error)


def _of_cells(written: Sequence[str]) -> WatchedDocument:
    cells = [clean_number(cell).strip().strip('"') for cell in written]
    if len(cells) == 1:
        cells = ["1", cells[0], "VNM"]
    if len(cells) != 3:
        raise _BrokenError("columns")
    return _checked(*cells)


def _checked(kind: str, number: str, nationality: str) -> WatchedDocument:
    document_type = int(kind) if kind.isascii() and kind.isdigit() and len(kind) < 3 else 0
    if document_type not in DOCUMENT_TYPES:
        raise _BrokenError("document_type")
    plain = "".join(number.split()).upper()
    if document_type in _PERSONAL:
        if plain.isascii() and plain.isdigit() and _CUT_SHORT[0] <= len(plain) <= _CUT_SHORT[1]:
            raise _BrokenError("leading_zero")
        try:
            parse_personal_number(plain)
        except NotAPersonalNumber as error:
            raise _BrokenError("document_number") from error
    elif not (4 <= len(plain) <= _LONGEST_NUMBER and plain.isascii() and plain.isalnum()):
        raise _BrokenError("document_number")
    country = nationality.upper() or "VNM"
    if country not in nationalities():
        raise _BrokenError("nationality")
    return WatchedDocument(document_type, plain, country)
