"""What an uploaded file really is, and whether its sheet is small enough to open.

A zip's own figures decide nothing: every entry is unpacked once with a counter, and the sheet's
cells are counted in its XML, because one cell at XFD1048576 makes a reader reserve the rectangle.
"""

import html
import re
import zipfile
import zlib
from io import BytesIO
from typing import Final

from asm.identity.names import folded_key
from asm.intake.sheets.sheet_rules import (
    FILE_RULES,
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_UNPACKED_BYTES,
    SHEET_NAME,
)
from asm.stays.entry import Problem

_TEMPLATE_ROWS: Final = 4
_MAX_ENTRIES: Final = 1_000
_CHUNK: Final = 65_536
_MAGIC: Final = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"BM", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
)
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_CELL: Final = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^<>]*)>")
_REFERENCE: Final = re.compile(rb"""\br=["']([A-Z]{0,3})([0-9]{0,7})["']""")
_SHEET: Final = re.compile(r"<(?:\w+:)?sheet\s[^<>]*>")
_RELATION: Final = re.compile(r"<(?:\w+:)?Relationship\s[^<>]*>")
_ATTRIBUTE: Final = re.compile(r"""([\w:]+)=["']([^"']*)["']""")


class FileReadFault(Exception):  # noqa: N818 -- carries the one problem of a whole file
    """The file cannot be read as the official workbook; `problem` says why."""

    def __init__(self, rule_id: str, **values: object) -> None:
        super().__init__(rule_id)
        self.problem: Problem = FILE_RULES[f"workbook.{rule_id}"].problem(field="file", **values)


def require_small_workbook(data: bytes) -> str:
    """The official sheet's name as the file spells it. Raises FileReadFault for any other file, for
    one over the limits (20 MB unpacked, 5,000 guests, 40 columns), and for one without the sheet.
    """
    kind = _kind_of(data)
    if kind is not None:
        raise FileReadFault(kind)
    entries = _unpack(data)
    _require_workbook(entries)
    names = _sheets(entries)
    for name, path in names.items():
        if folded_key(name).replace(" ", "") == folded_key(SHEET_NAME).replace(" ", ""):
            if path not in entries:
                raise FileReadFault("damaged")
            _require_small_sheet(entries[path], MAX_ROWS)
            return name
    shown = ", ".join(name[:31] for name in list(names)[:5])
    raise FileReadFault("no_sheet", found=shown or "–")


def require_small_list(data: bytes, rows: int) -> str:
    """The first sheet's name of any workbook of at most `rows` rows. Raises FileReadFault."""
    kind = _kind_of(data)
    if kind is not None:
        raise FileReadFault(kind)
    entries = _unpack(data)
    _require_workbook(entries)
    name, path = next(iter(_sheets(entries).items()), ("", ""))
    if path not in entries:
        raise FileReadFault("damaged")
    _require_small_sheet(entries[path], rows)
    return name


def _kind_of(data: bytes) -> str | None:
    """The rule's name for a file that is no zip, or None for a zip."""
    if not data.strip():
        return "empty"
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data.startswith(_OLE):
        return "protected" if _ENCRYPTED in data else "old_xls"
    if data[:4] == b"RIFF" or data[4:8] == b"ftyp":
        return "image"
    return None if data.startswith(b"PK") else _text_kind(data)


def _text_kind(data: bytes) -> str:
    head = data[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<html" in head or b"<table" in head or head.startswith(b"<!doctype html"):
        return "html"
    if head.startswith(b"<"):
        return "xml"
    is_text = b"\x00" not in data[:2000] or data[:2] in {b"\xff\xfe", b"\xfe\xff"}
    return "csv" if is_text else "unknown"


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
                entries[info.filename.lstrip("/")] = content
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
    raise FileReadFault("zip")


def _sheets(entries: dict[str, bytes]) -> dict[str, str]:
    """Sheet names in order, each with the path of its XML (empty when it has none)."""
    relations = entries.get("xl/_rels/workbook.xml.rels", b"").decode("utf-8", "replace")
    targets = {}
    for tag in _RELATION.findall(relations):
        attributes = dict(_ATTRIBUTE.findall(tag))
        target = attributes.get("Target", "")
        targets[attributes.get("Id")] = (
            target.lstrip("/") if target.startswith("/") else "xl/" + target
        )
    sheets = {}
    for tag in _SHEET.findall(entries["xl/workbook.xml"].decode("utf-8", "replace")):
        attributes = dict(_ATTRIBUTE.findall(tag))
        relation = next((v for k, v in attributes.items() if k.endswith(":id")), None)
        sheets[html.unescape(attributes.get("name", ""))] = targets.get(relation, "")
    return sheets


def _require_small_sheet(xml: bytes, rows: int) -> None:
    """Bound the rectangle that the sheet's cells span, following references and counters alike."""
    row = column = 0
    for tag in _CELL.finditer(xml):
        kind, attributes = tag.groups()
        reference = _REFERENCE.search(attributes)
        if kind == b"row":
            row = int(reference[2]) if reference and reference[2] else row + 1
            column = 0
            continue
        column = _column(reference[1]) if reference and reference[1] else column + 1
        if reference and reference[2]:
            row = int(reference[2])
        if attributes.endswith(b"/"):
            continue  # a cell with a style and no value takes no room
        if row > rows + _TEMPLATE_ROWS:
            raise FileReadFault("rows", limit=rows)
        if column > MAX_COLUMNS:
            raise FileReadFault("columns", limit=MAX_COLUMNS)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
