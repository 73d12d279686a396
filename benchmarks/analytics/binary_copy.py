"""Rows as PostgreSQL's binary COPY takes them, put together by numpy: a year's stays in seconds.

Every value of a column has the same length, so that a row is a record of fixed size; a column that
is null in every row of a batch is one whose length is -1.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

Columns = dict[str, NDArray[Any] | None]

_SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_EPOCH = date(2000, 1, 1)
ROWS_AT_ONCE = 200_000


def days(day: date) -> int:
    """A date as PostgreSQL sends it: days since 2000."""
    return (day - _EPOCH).days


def uuids(kind: int, sorted_by: NDArray[np.int64], number: NDArray[np.int64]) -> NDArray[Any]:
    """Invented UUIDs of version 7: `sorted_by` (ms) leads, `number` makes each its own."""
    new = np.empty(len(number), dtype=[("high", ">u8"), ("low", ">u8")])
    new["high"] = (sorted_by.astype(np.uint64) << np.uint64(16)) | np.uint64(0x7000 | kind)
    new["low"] = np.uint64(0x8 << 60) | number.astype(np.uint64)
    return new


def copy_rows(connection: psycopg.Connection, table: str, columns: Columns) -> None:
    """Send `columns` (name → values as big-endian arrays; None: null in all rows)."""
    with connection.cursor() as cursor:
        sql = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)".encode()
        with cursor.copy(sql) as copy:
            copy.write(_SIGNATURE)
            for part in _parts(columns):
                copy.write(_records(part))
            copy.write(_TRAILER)


def _parts(columns: Columns) -> Sequence[Columns]:
    size = next(len(values) for values in columns.values() if values is not None)
    return [
        {
            name: None if values is None else values[start : start + ROWS_AT_ONCE]
            for name, values in columns.items()
        }
        for start in range(0, size, ROWS_AT_ONCE)
    ]


def _records(columns: Columns) -> bytes:
    size = next(len(values) for values in columns.values() if values is not None)
    fields: list[tuple[str, Any]] = [("fields", ">i2")]
    for name, values in columns.items():
        fields.append((f"{name}#", ">i4"))
        if values is not None:
            fields.append((name, values.dtype))
    records = np.empty(size, dtype=fields)
    records["fields"] = len(columns)
    for name, values in columns.items():
        records[f"{name}#"] = -1 if values is None else values.dtype.itemsize
        if values is not None:
            records[name] = values
    return records.tobytes()
