"""Codes that other lists give to our areas, such as the ministry's catalogue, with their dates."""

import asyncio
import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import Invalid, invalid_field, reason_of
from asm.geo.areas.wards import areas_missing

COLUMNS = ("level", "code", "scheme", "alias", "valid_from", "valid_to", "source")
MOST_ROWS = 100_000

_KNOWN = text(
    "SELECT 'ward' AS level, code FROM ward UNION ALL SELECT 'province', code FROM province"
)
_STORE = text("""
INSERT INTO area_alias (level, code, scheme, alias, valid_from, valid_to, source)
VALUES (:level, :code, :scheme, :alias, :valid_from, :valid_to, :source)
ON CONFLICT (level, scheme, alias, valid_from) DO UPDATE SET code = excluded.code,
  valid_to = excluded.valid_to, source = excluded.source
""")


class CodesReport(msgspec.Struct, frozen=True, kw_only=True):
    """`faults`: the first lines that could not be taken, by line number."""

    rows: int
    stored: int
    rejected: int
    faults: dict[int, str]


async def load_codes(session: AsyncSession, path: Path) -> CodesReport:
    """Store the rows of a CSV file with the columns COLUMNS; a row again replaces itself.

    `level` is ward or province, dates are YYYY-MM-DD, `valid_to` may be empty. `session` belongs
    to the owner. Raises Invalid `file_unreadable`, `columns_missing`, `too_many_rows` or
    `areas_missing`.
    """
    rows = await asyncio.to_thread(_read, path)
    known = {(row.level, row.code) for row in await session.execute(_KNOWN)}
    if not known:
        raise areas_missing()
    good, faults = [], {}
    for line, row in enumerate(rows, 2):
        try:
            good.append(_checked(row, known))
        except ValueError as error:
            faults[line] = str(error)
    if good:
        await session.execute(_STORE, good)
    return CodesReport(
        rows=len(rows),
        stored=len(good),
        rejected=len(faults),
        faults=dict(list(faults.items())[:50]),
    )


def _checked(row: dict[str, str], known: set[tuple[str, str]]) -> dict[str, Any]:
    """The row as values. Raises ValueError that says what is wrong."""
    if (row["level"], row["code"]) not in known:
        raise ValueError("unknown level or code")
    if not (row["scheme"].isidentifier() and row["scheme"].islower() and row["scheme"].isascii()):
        raise ValueError("scheme must be lower-case letters, digits and _")
    if not (1 <= len(row["alias"]) <= 60 and 2 <= len(row["scheme"]) <= 31 and row["source"]):
        raise ValueError("alias, scheme or source is empty or too long")
    begins = date.fromisoformat(row["valid_from"])
    ends = date.fromisoformat(row["valid_to"]) if row["valid_to"] else None
    if ends is not None and ends <= begins:
        raise ValueError("valid_to must come after valid_from")
    return row | {"valid_from": begins, "valid_to": ends}


def _read(path: Path) -> list[dict[str, str]]:
    try:
        opened = io.StringIO(path.read_bytes().decode("utf-8-sig"))
        reader = csv.DictReader(opened)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        rows = list(_stripped(reader)) if not missing else []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _invalid("file_unreadable", file=path, reason=reason_of(error)) from error
    if missing:
        names = ", ".join(missing)
        raise _invalid("columns_missing", names=names)
    if len(rows) > MOST_ROWS:
        raise _invalid("too_many_rows", most=MOST_ROWS)
    return rows


def _stripped(reader: "csv.DictReader[str]") -> Iterator[dict[str, str]]:
    for row in reader:
        yield {name: (row[name] or "").strip() for name in COLUMNS}


def _invalid(code: str, **facts: object) -> Invalid:
    return invalid_field("", code, text=f"area_codes.{code}", **facts)
