"""The files of a release: each table as CSV, JSON and XLSX. The same tables give the same bytes."""

import csv
import io
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import xlsxwriter

from asm.analytics.published.release_files import CSV, JSON, XLSX, ReleaseFile
from asm.analytics.published.tables import PublishedTable

#: Spreadsheets take the encoding of a CSV file from it. Never a `sep=` line, which undoes it.
_MARK: Final = "\ufeff"
#: Stands in workbooks as their date, so that the same figures give the same bytes.
_NO_DATE: Final = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def table_files(tables: list[PublishedTable]) -> list[ReleaseFile]:
    """XLSX first: it is what most people open."""
    files = []
    for table in tables:
        for suffix, media_type, content in (
            ("xlsx", XLSX, _xlsx(table)),
            ("csv", CSV, _csv(table)),
            ("json", JSON, _json(table)),
        ):
            files.append(
                ReleaseFile(name=f"{table.name}.{suffix}", media_type=media_type, content=content)
            )
    return files


def _csv(table: PublishedTable) -> bytes:
    buffer = io.StringIO()
    buffer.write(_MARK)
    writer = csv.DictWriter(buffer, table.columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(table.rows)
    return buffer.getvalue().encode()


def _json(table: PublishedTable) -> bytes:
    whole: dict[str, Any] = {"name": table.name, "columns": table.columns, "rows": table.rows}
    return msgspec.json.format(msgspec.json.encode(whole), indent=1)


def _xlsx(table: PublishedTable) -> bytes:
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": _NO_DATE})
        sheet = book.add_worksheet(table.name)
        bold = book.add_format({"bold": True})
        for column, name in enumerate(table.columns):
            sheet.write_string(0, column, name, bold)
        for line, row in enumerate(table.rows, start=1):
            for column, name in enumerate(table.columns):
                _write(sheet, line, column, row[name])
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
        sheet.set_column(2, 2, 24)
    return buffer.getvalue()


def _write(sheet: Any, line: int, column: int, value: object) -> None:
    if isinstance(value, str):
        sheet.write_string(line, column, value)
    elif value is not None:
        sheet.write_number(line, column, value)
