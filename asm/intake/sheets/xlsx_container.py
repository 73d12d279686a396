"""What a workbook's zip really holds, and whether its sheet is small enough to open.

A zip's own figures decide nothing: every entry is unpacked once with a counter, and the sheet's
cells are counted in its XML, because one cell at XFD1048576 makes a reader reserve the rectangle.
"""

import html
import re
import zipfile
import zlib
from io import BytesIO
from typing import Final, NamedTuple

from asm.intake.sheets.file_kinds import kind_of
from asm.intake.sheets.sheet_rules import FILE_RULES, MAX_COLUMNS, MAX_UNPACKED_BYTES
from asm.stays.entry import Problem

# Above the guests: a header may stand as far down as row 20.
_TEMPLATE_ROWS: Final = 20
_MAX_ENTRIES: Final = 1_000
_CHUNK: Final = 65_536
_CELL: Final = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^<>]*)>")
_REFERENCE: Final = re.compile(rb"""\br=["']([A-Z]{0,3})([0-9]{0,7})["']""")
_FORMULA: Final = rb"(?:<(?:\w+:)?f(?=[\s/>])[^<>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*)"
_VALUE: Final = re.compile(rb"\s*" + _FORMULA + rb"?<(?:\w+:)?(?:v[^<>]*>[^<]|is(?=[\s>]))")
# A formula that nobody ever calculated: no value, an empty one, or the 0 that programs put there.
_NO_RESULT: Final = re.compile(
    rb"\s*" + _FORMULA + rb"(?:<(?:\w+:)?v[^<>]*(?:/>|>0?</)|</(?:\w+:)?c>)"
)
_FROM_1904: Final = re.compile(
    rb"""<(?:\w+:)?workbookPr\s[^<>]*\bdate1904=["'](?:1|true)["']""", re.IGNORECASE
)
_SHEET: Final = re.compile(r"<(?:\w+:)?sheet\s[^<>]*>")
_RELATION: Final = re.compile(r"<(?:\w+:)?Relationship\s[^<>]*>")
_ATTRIBUTE: Final = re.compile(r"""([\w:]+)=["']([^"']*)["']""")


class SheetXml(NamedTuple):
    """A sheet by its name as the file spells it, with its XML (None when the file lacks it), and
    whether its workbook counts days from 1904, as older ones of the Macintosh do.
    """

    name: str
    xml: bytes | None
    hidden: bool = False
    from_1904: bool = False


class SheetExtent(NamedTuple):
    """What the XML itself holds, whatever it says of its dimension: the last row with a value
    (from 1), and the cells (row from 1, column from 0) whose formula has no result.
    """

    last_row: int
    no_result: frozenset[tuple[int, int]]


class FileReadFault(Exception):  # noqa: N818 -- carries the one problem of a whole file
    """The file cannot be read as the official workbook; `problem` says why."""

    def __init__(self, rule_id: str, **values: object) -> None:
        super().__init__(rule_id)
        self.problem: Problem = FILE_RULES[f"workbook.{rule_id}"].problem(field="file", **values)


def sheets_of_workbook(data: bytes) -> list[SheetXml]:
    """The sheets of an .xlsx or .xlsm file, in order. Raises FileReadFault for any other file and
    for one that unpacks to more than 20 MB.
    """
    kind = kind_of(data)
    if kind is not None:
        raise FileReadFault(kind)
    entries = _unpack(data)
    _require_workbook(entries)
    from_1904 = _FROM_1904.search(entries["xl/workbook.xml"]) is not None
    return [
        SheetXml(name, entries.get(path), hidden, from_1904)
        for name, path, hidden in _sheets(entries)
    ]


def require_small_list(data: bytes, rows: int) -> str:
    """The first sheet's name of any workbook of at most `rows` rows. Raises FileReadFault."""
    sheet = next(iter(sheets_of_workbook(data)), SheetXml("", None))
    if sheet.xml is None:
        raise FileReadFault("damaged")
    measure_sheet(sheet.xml, rows)
    return sheet.name


def _unpack(data: bytes) -> dict[str, bytes]:
    """The XML entries by name. Reading stops at the limit, whatever the zip's directory claims."""
    entries: dict[str, bytes] = {}
    left = MAX_UNPACKED_BYTES
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > _MAX_ENTRIES or sum(info.file_size for info in infos) > left:
                raise FileReadFault("unpacked", limit=MAX_UNPACKED_BYTES // 1_000_000)
            for info in infos:
                content = _read_entry(archive, info, left)
                left -= len(content)
                entries[_plain_path(info.filename)] = content
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise FileReadFault("damaged") from error
    except (RuntimeError, ValueError) as error:  # an encrypted entry; an impossible date or name
        raise FileReadFault("damaged") from error
    return entries


def _read_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> bytes:
    out = bytearray()
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            out += chunk
            if len(out) > left:
                raise FileReadFault("unpacked", limit=MAX_UNPACKED_BYTES // 1_000_000)
    return bytes(out)


def _plain_path(name: str) -> str:
    """Some programs write the names inside a zip with backslashes, or with a slash before them."""
    return name.replace("\\", "/").lstrip("/")


def _require_workbook(entries: dict[str, bytes]) -> None:
    if "xl/workbook.xml" in entries:
        return
    for path, kind in (
        ("xl/workbook.bin", "xlsb"),
        ("word/document.xml", "word"),
        ("content.xml", "ods"),
    ):
        if path in entries:
            raise FileReadFault(kind)
    inside = any(path.lower().endswith((".xlsx", ".xlsm")) for path in entries)
    raise FileReadFault("zip" if inside else "zip_other")


def _sheets(entries: dict[str, bytes]) -> list[tuple[str, str, bool]]:
    """Sheet names in order, each with the path of its XML (empty when it has none) and whether the
    sheet is hidden.
    """
    relations = entries.get("xl/_rels/workbook.xml.rels", b"").decode("utf-8", "replace")
    targets = {}
    for tag in _RELATION.findall(relations):
        attributes = dict(_ATTRIBUTE.findall(tag))
        target = attributes.get("Target", "").replace("\\", "/")
        targets[attributes.get("Id")] = (
            target.lstrip("/") if target.startswith("/") else "xl/" + target
        )
    sheets = []
    for tag in _SHEET.findall(entries["xl/workbook.xml"].decode("utf-8", "replace")):
        attributes = dict(_ATTRIBUTE.findall(tag))
        relation = next((v for k, v in attributes.items() if k.endswith(":id")), None)
        name = html.unescape(attributes.get("name", ""))
        hidden = attributes.get("state", "visible") != "visible"
        sheets.append((name, targets.get(relation, ""), hidden))
    return sheets


def measure_sheet(xml: bytes, rows: int) -> SheetExtent:
    """Bound the rectangle that the sheet's cells span, following references and counters alike, and
    say what it holds. Raises FileReadFault for one over the limits, and for a row number that comes
    twice: readers keep the last of them and lose a guest.
    """
    row = column = last_row = 0
    seen: set[int] = set()
    fresh = True  # whether this <row> has shown no value yet
    no_result: set[tuple[int, int]] = set()
    for tag in _CELL.finditer(xml):
        kind, attributes = tag.groups()
        reference = _REFERENCE.search(attributes)
        if kind == b"row":
            row = int(reference[2]) if reference and reference[2] else row + 1
            column, fresh = 0, True
            continue
        column = _column(reference[1]) if reference and reference[1] else column + 1
        if reference and reference[2]:
            row = int(reference[2])
        if attributes.endswith(b"/"):
            continue  # a cell with a style and no value takes no room
        _require_inside(row, column, rows)
        if _NO_RESULT.match(xml, tag.end()):
            no_result.add((row, column - 1))
        elif _VALUE.match(xml, tag.end()):
            if fresh and row in seen:
                raise FileReadFault("incomplete", row=row)
            seen.add(row)
            fresh, last_row = False, max(last_row, row)
    return SheetExtent(last_row, frozenset(no_result))


def _require_inside(row: int, column: int, rows: int) -> None:
    if row > rows + _TEMPLATE_ROWS:
        raise FileReadFault("rows", limit=rows)
    if column > MAX_COLUMNS:
        raise FileReadFault("columns", limit=MAX_COLUMNS)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
