"""Declaring with millions of stays stored: `python -m benchmarks.growth [--millions 1 3 10]`.

Stays are made in the database in sets (`generate_series`), spread over fifteen months and thousands
of houses, with their versions, sealed guests and persons as wide as real ones, which are copied
from a declaration that the product has just stored; keys of requests only for the days that they
are kept. Then the product declares as usual, turn about with another of its kind whose database is
empty, from a checkpoint of both on; the ratio right after it stands apart.
"""

import argparse
import contextlib
import fcntl
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from asm.stays.intake.idempotency import KEPT_DAYS
from benchmarks.contenders import Server, product
from benchmarks.measure import ForeignCpu, conditions
from benchmarks.rig import Rig, running_rig
from benchmarks.wrk import Measured, provide_wrk, run_wrk, write_hosts

MONTHS = 15
FILLED_HOUSES = 38_000
STEP = 250_000
#: Tables of one declaration, with what must be new in each row of a set; :n counts from 1.
_ID = "('01900000-0000-7000-8{kind}00-' || lpad(to_hex(n), 12, '0'))::uuid"
_AGE = f"(n * 7919 % {30 * MONTHS})::int"
_DAY = f"(current_date - {_AGE})"
_BYTES = "decode(md5('{kind}' || n) || md5(n || '{kind}'), 'hex')"
_PACKAGES = ("litestar", "SQLAlchemy", "asyncpg", "msgspec")


def _id(kind: str) -> str:
    return _ID.format(kind=kind)


_FRESH = {
    "vault.person": {
        "ref": _id("1"),
        # Two slots are filled only while a key is changed.
        "index_a": f"CASE WHEN (model.r).index_a IS NOT NULL THEN {_BYTES.format(kind='a')} END",
        "index_b": f"CASE WHEN (model.r).index_b IS NOT NULL THEN {_BYTES.format(kind='b')} END",
    },
    "vault.guest_record": {"id": _id("2"), "person_ref": _id("1")},
    "stay": {
        "id": _id("3"),
        "person_ref": _id("1"),
        "guest_record_id": _id("2"),
        "arrival_date": _DAY,
        "first_night": _DAY,
        "end_night": _DAY + " + 1",
        "arrived_at": _DAY + " + time '14:00'",
        "ward_code": "lpad((n % 3321)::text, 5, '0')",
    },
    "stay_version": {"stay_id": _id("3"), "guest_record_id": _id("2")},
    "idempotency": {"key": "md5(n::text)"},
    "audit_entry": {"id": _id("4")},
}
_KEPT = {"idempotency": f"{_AGE} < {KEPT_DAYS}"}
# Houses of the past: other ids than those that declare now.
_HOUSE = f"('00000000-0000-7000-8aaa-' || lpad(to_hex(n % {FILLED_HOUSES}), 12, '0'))::uuid"


@dataclass(frozen=True)
class Size:
    """What stands in the database at one size."""

    stays: int
    bytes_each: float
    full: list[Measured]
    empty: list[Measured]


def fill(rig: Rig, first: int, last: int) -> None:
    """Add stays number `first` to `last` with all that belongs to them."""
    with psycopg.connect(rig.admin_url) as connection:
        connection.execute(
            "SELECT ensure_stay_partitions((current_date - %s * interval '1 month')::date, %s)",
            [MONTHS, MONTHS + 4],
        )
        # A trial's data may be lost with the power: only its filling is spared the waiting.
        connection.execute("SET synchronous_commit = off")
        statements = [_filling(connection, table, fresh) for table, fresh in _FRESH.items()]
        connection.commit()
        for start in range(first, last + 1, STEP):
            for statement in statements:
                connection.execute(statement, [start, min(start + STEP - 1, last)])
            connection.commit()
    with psycopg.connect(rig.admin_url, autocommit=True) as connection:
        for table in _FRESH:
            connection.execute(f"VACUUM (ANALYZE) {table}".encode())
        connection.execute("CHECKPOINT")


def _filling(connection: psycopg.Connection, table: str, fresh: dict[str, str]) -> bytes:
    """INSERT … SELECT from a row of the product, which is put in as a constant."""
    only = "action = 'stays.declared'" if table == "audit_entry" else "true"
    row = connection.execute(
        f"SELECT quote_literal(t::text) FROM {table} t WHERE {only} LIMIT 1".encode()
    ).fetchone()
    if row is None:
        raise SystemExit(f"{table} is empty: declare something first")
    names = [
        str(name)
        for (name,) in connection.execute(
            "SELECT attname FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
            " AND attgenerated = '' ORDER BY attnum",
            [table],
        )
    ]
    fresh = {**fresh, "facility_id": _HOUSE}
    chosen = ", ".join(fresh.get(name, f"(model.r).{name}") for name in names)
    insert = (
        f"WITH model AS MATERIALIZED (SELECT {row[0]}::{table} AS r) "
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {chosen} FROM model, generate_series("
    )
    only = f"WHERE {_KEPT.get(table, 'true')}"
    # Only the two marks in the middle are parameters.
    head, tail = insert.replace("%", "%%"), only.replace("%", "%%")
    return f"{head}%s::bigint, %s::bigint) AS n {tail}".encode()


def measure(full: Rig, server: Server, options: argparse.Namespace) -> Size:
    """Rounds with what is stored and rounds with nothing, in turn."""
    stays, bytes_each = size_now(full)
    size = Size(stays, bytes_each, [], [])
    with running_rig() as bare, product(bare, options.workers) as beside:
        write_hosts(bare.folder / "hosts.txt", bare.hosts)
        both = ((full, server, size.full), (bare, beside, size.empty))
        for rig, web, _ in both:
            run_wrk(web.address, rig.folder / "hosts.txt", seconds=3)
        # The first round of each is the worst there is: every page is written to the log whole
        # when it is first touched after a checkpoint, and a large database has more of them.
        bare.checkpoint()
        full.checkpoint()
        for _ in range(options.rounds):
            for rig, web, runs in both:
                hosts_file = rig.folder / "hosts.txt"
                runs.append(run_wrk(web.address, hosts_file, seconds=options.seconds))
    return size


def size_now(rig: Rig) -> tuple[int, float]:
    """Stays stored, and bytes for each with indexes, over all tables of a declaration."""
    tables = [*_FRESH, "outbox"]
    bytes_all = rig.query(
        "SELECT sum(pg_total_relation_size(relid)) FROM ("
        + " UNION ALL ".join(
            f"SELECT relid FROM pg_partition_tree('{name}')"
            if name == "stay"
            else f"SELECT '{name}'::regclass"
            for name in tables
        )
        + ") AS t(relid)"
    )
    stays = int(rig.query("SELECT count(*) FROM stay"))
    return stays, int(bytes_all) / max(stays, 1)


def partition_under_load(rig: Rig, server: Server) -> str:
    """Make a month's partition, the worker's monthly duty, while declarations run."""
    took: list[float] = []

    def make() -> None:
        time.sleep(2)
        start = time.monotonic()
        rig.query("SELECT ensure_stay_partitions((current_date + interval '8 months')::date, 1)")
        took.append(time.monotonic() - start)

    maker = threading.Thread(target=make)
    maker.start()
    measured = run_wrk(server.address, rig.folder / "hosts.txt", seconds=6)
    maker.join()
    failed = measured.refused + measured.broken
    return (
        f"a partition made under load took {took[0] * 1000:.0f} ms; meanwhile "
        f"{measured.per_second:,.0f}/s, p99 {measured.p99_ms:.0f} ms, {failed} failed"
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, nargs="+", default=[1])
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--lock", type=Path, help="hold this file's lock while measuring")
    options = parser.parse_args(arguments)
    sizes: list[Size] = []
    with running_rig() as rig:
        provide_wrk(rig.folder / "apt.log")
        write_hosts(rig.folder / "hosts.txt", rig.hosts)
        with product(rig, options.workers) as server:
            run_wrk(server.address, rig.folder / "hosts.txt", connections=4, seconds=1)
            filled, foreign = 0, ForeignCpu()
            for millions in options.millions:
                begun, wanted = time.monotonic(), round(millions * 1_000_000)
                fill(rig, filled + 1, wanted)
                print(f"filled to {wanted:,} in {time.monotonic() - begun:.0f} s",
                      file=sys.stderr, flush=True)  # fmt: skip
                filled = wanted
                with locked(options.lock):
                    foreign = ForeignCpu()
                    sizes.append(measure(rig, server, options))
                print(sizes[-1], file=sys.stderr, flush=True)
            with locked(options.lock):
                said = [partition_under_load(rig, server), *conditions(_PACKAGES, foreign)]
    print_sizes(sizes)
    print("\n" + "\n".join(said))
    return 0


@contextlib.contextmanager
def locked(path: Path | None) -> Iterator[None]:
    """On a machine that several measure on: one at a time. Filling goes on beside others."""
    if path is None:
        yield
        return
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def print_sizes(sizes: Sequence[Size]) -> None:
    print("| stays stored | declarations/s | with none, in turn | ratio | first round after a "
          "checkpoint | p99 ms | with none | bytes for a stay |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    for size in sizes:
        full, empty = _medians(size.full), _medians(size.empty)
        first = size.full[0].per_second / size.empty[0].per_second
        print(f"| {size.stays:,} | {full[0]:,.0f} | {empty[0]:,.0f} | {full[0] / empty[0]:.2f} "
              f"| {first:.2f} | {full[1]:.0f} | {empty[1]:.0f} "
              f"| {size.bytes_each:,.0f} |")  # fmt: skip


def _medians(runs: Sequence[Measured]) -> tuple[float, float]:
    return (
        statistics.median(run.per_second for run in runs),
        statistics.median(run.p99_ms for run in runs),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
