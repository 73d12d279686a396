"""A million rows as a file: `python -m benchmarks.analytics.export [--rows 1000000]`.

The finest totals of the country are invented straight into their table, and the ministry's officer
asks for them as CSV through the front door, and for those of one night as a workbook: rows a second
from the request to the last byte read, and what the web process's memory grew by meanwhile. Ends
with an error when a file has not the rows that the table has.
"""

import argparse
import contextlib
import io
import statistics
import time
from datetime import date

import httpx
import psycopg
from python_calamine import CalamineWorkbook

from asm.accounts.demo_passwords import DEMO_PASSWORDS
from benchmarks.analytics.questions import hidden_token, signed_in
from benchmarks.contenders import Server, product
from benchmarks.measure import ForeignCpu, conditions, memory_mb
from benchmarks.rig import Rig, running_rig

GOAL = 100_000
#: More lines than a file says of itself.
_LINES_ABOUT = 60
#: Wards × nights × homes, as many as are wished for; `replica`: no sums are kept of them.
_PUT = """
INSERT INTO origin_night
  (ward_code, night, kind, residence, reason, tourism, arrivals, guest_nights)
SELECT w.code, CAST(now() AS date) - n.days, 'hotel', 'P' || p.code, 1, true, 2, 3
FROM generate_series(1, 30) AS n (days), ward w, province p
WHERE w.valid_to IS NULL AND p.valid_to IS NULL LIMIT %s
"""
_PACKAGES = ("litestar", "asyncpg", "msgspec")


def _put(rig: Rig, rows: int) -> None:
    with psycopg.connect(rig.admin_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(_PUT, [rows])
        connection.execute("VACUUM (ANALYZE) origin_night")


def _of_one_night(rig: Rig) -> tuple[date, int]:
    """The last night, and its rows."""
    with psycopg.connect(rig.admin_url) as connection:
        row = connection.execute(
            "SELECT night, count(*) FROM origin_night GROUP BY night ORDER BY night DESC LIMIT 1"
        ).fetchone()
    if row is None:
        raise SystemExit("no rows were invented")
    return row[0], row[1]


def _read_csv(client: httpx.Client, rows: int) -> float:
    """Seconds. Raises SystemExit unless a head, the rows and what the file says of itself came."""
    begun = time.perf_counter()
    lines = 0
    with client.stream("GET", "/figures.csv?area=country&table=origin_nights") as answer:
        answer.raise_for_status()
        for piece in answer.iter_bytes():
            lines += piece.count(b"\n")
    if not 0 < lines - rows < _LINES_ABOUT:
        raise SystemExit(f"{lines} lines for {rows} rows")
    return time.perf_counter() - begun


def _read_workbook(client: httpx.Client, night: date, rows: int) -> float:
    begun = time.perf_counter()
    span = f"first={night}&last={night}"
    answer = client.get(f"/figures.xlsx?area=country&table=origin_nights&{span}")
    spent = time.perf_counter() - begun
    answer.raise_for_status()
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    there = max(book.get_sheet_by_name(name).height for name in book.sheet_names)
    if not 0 < there - rows < _LINES_ABOUT:
        raise SystemExit(f"{there} lines of the workbook for {rows} rows")
    return spent


def _measure(rig: Rig, server: Server, rows: int, turns: int) -> None:
    (process,) = server.workers()
    night, of_night = _of_one_night(rig)
    with contextlib.closing(signed_in(server, "nga")) as client:
        form = {"_csrf_token": hidden_token(client, "/step-up"), "next": "/figures"}
        client.post("/step-up", data=form | {"password": DEMO_PASSWORDS["nga"]})
        for form_name, count, read in (
            ("CSV", rows, lambda: _read_csv(client, rows)),
            ("workbook", of_night, lambda: _read_workbook(client, night, of_night)),
        ):
            before, _ = memory_mb(process.pid)
            rate = statistics.median(count / read() for _ in range(turns))
            _, most = memory_mb(process.pid)
            print(f"{form_name}: {count:,} rows at {rate:,.0f} a second")
            print(f"  {rate / GOAL:.2f} of the goal of {GOAL:,} for CSV; memory {before:.0f} MB")
            print(f"  before, at most {most:.0f} MB since the start")


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    foreign = ForeignCpu()
    with running_rig(houses=5) as rig:
        _put(rig, options.rows)
        with product(rig, 1) as server:
            _measure(rig, server, options.rows, options.turns)
    print("\n".join(conditions(_PACKAGES, foreign)))


if __name__ == "__main__":
    main()
