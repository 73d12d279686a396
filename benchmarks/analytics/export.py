"""A million rows as a file: `python -m benchmarks.analytics.export [--rows 1000000]`.

The finest totals of the country are invented straight into their table, and the ministry's officer
asks for them as CSV through the front door: rows a second from the request to the last byte read,
and what the web process's memory grew by meanwhile.
"""

import argparse
import contextlib
import statistics
import time

import httpx
import psycopg

from asm.accounts.demo_passwords import DEMO_PASSWORDS
from benchmarks.analytics.questions import hidden_token, signed_in
from benchmarks.contenders import Server, product
from benchmarks.measure import ForeignCpu, conditions, memory_mb
from benchmarks.rig import Rig, running_rig

GOAL = 100_000
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


def _read(client: httpx.Client) -> tuple[int, float]:
    """Lines of the file without its head, and seconds."""
    begun = time.perf_counter()
    lines = 0
    with client.stream("GET", "/figures.csv?area=country&table=origin_nights") as answer:
        answer.raise_for_status()
        for piece in answer.iter_bytes():
            lines += piece.count(b"\n")
    return lines, time.perf_counter() - begun


def _measure(server: Server, turns: int) -> None:
    (process,) = server.workers()
    with contextlib.closing(signed_in(server, "nga")) as client:
        form = {"_csrf_token": hidden_token(client, "/step-up"), "next": "/figures"}
        client.post("/step-up", data=form | {"password": DEMO_PASSWORDS["nga"]})
        before, _ = memory_mb(process.pid)
        runs = [_read(client) for _ in range(turns)]
        _, most = memory_mb(process.pid)
    lines, _ = runs[0]
    rate = statistics.median(lines / seconds for lines, seconds in runs)
    print(f"{lines:,} lines at {rate:,.0f} a second, {rate / GOAL:.2f} of the goal of {GOAL:,}")
    print(f"memory {before:.0f} MB before, at most {most:.0f} MB: {most - before:+.1f} MB")


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
            _measure(server, options.turns)
    print("\n".join(conditions(_PACKAGES, foreign)))


if __name__ == "__main__":
    main()
