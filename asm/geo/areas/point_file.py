"""Points in a CSV file: found by the names of its columns, whoever wrote it. Pure: no database."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from asm.errors import Invalid, invalid_field, reason_of
from asm.geo.folding import fold
from asm.geo.points import Point

MOST_ROWS: Final = 1_000_000
_LAT: Final = frozenset({"lat", "latitude", "vi do", "vido", "y"})
_LON: Final = frozenset({"lon", "lng", "long", "longitude", "kinh do", "kinhdo", "x"})
_DELIMITERS: Final = ",;\t|"


class PointFile(msgspec.Struct, frozen=True, kw_only=True):
    """`rows` as they are in the file, `points` beside them, None for a row whose numbers cannot be
    read. `delimiter` separated the columns.
    """

    header: list[str]
    rows: list[list[str]]
    points: list[Point | None]
    delimiter: str


class _Columns(NamedTuple):
    """Which columns hold the degrees east and north."""

    lon: int
    lat: int


def read_point_file(path: Path, *, exchange: bool = False) -> PointFile:
    """Read a CSV file in UTF-8 with a header; `exchange`: the two columns are named the wrong way.

    Raises Invalid `file_unreadable`, `columns_missing` or `too_many_rows`.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _invalid("file_unreadable", file=path, reason=reason_of(error)) from error
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        header, *rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    except (ValueError, csv.Error):
        header, rows = [], []
    columns = _Columns(lon=_column(header, _LON), lat=_column(header, _LAT))
    if exchange:
        columns = _Columns(lon=columns.lat, lat=columns.lon)
    if len(rows) > MOST_ROWS:
        raise _invalid("too_many_rows", most=MOST_ROWS)
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    points = [_point(row, columns) for row in rows]
    return PointFile(header=header, rows=rows, points=points, delimiter=delimiter)


def _column(header: Sequence[str], names: frozenset[str]) -> int:
    for index, name in enumerate(header):
        if fold(name) in names:
            return index
    raise _invalid("columns_missing")


def _point(row: Sequence[str], columns: _Columns) -> Point | None:
    try:
        return Point(lat=_number(row[columns.lat]), lon=_number(row[columns.lon]))
    except (ValueError, IndexError):
        return None


def _number(cell: str) -> float:
    return float(cell.strip().replace(",", "."))


def _invalid(code: str, **facts: object) -> Invalid:
    return invalid_field("", code, text=f"point_file.{code}", **facts)
