"""Declaring beside its peers in one run: `python -m benchmarks.compare --rounds 3 --seconds 8`.

The product does all it does for a real declaration (bearer token, rules, sealing, signed receipt,
idempotency key, audit entry, outbox row, one durable commit before the answer) over HTTP at 64
connections. The peers write three plain rows. pgbench writes the product's rows with no web at all.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial

from benchmarks.contenders import (
    EARLIER_DATABASE,
    PEER_DATABASE,
    Server,
    django_drf,
    fastapi_orm,
    make_earlier_database,
    make_peer_database,
    product,
    provide_peers,
    unpack_earlier,
)
from benchmarks.measure import ForeignCpu, conditions, cpu_seconds
from benchmarks.rig import DATABASE, Rig, running_rig, wal_bytes
from benchmarks.rows import plain_script, product_script, run_pgbench
from benchmarks.wrk import WARM_UP_S, provide_wrk, run_wrk, write_hosts

CONNECTIONS = 64
GOALS = (("FastAPI, 2 workers", 8.0), ("Django, 2 workers", 10.0), ("pgbench, our rows", 0.8))
P99_GOAL_MS = 50.0
_HEADINGS = (
    "what", "declarations/s", "ASM's best ÷ this", "p50 ms", "p99 ms", "web CPU µs each",
    "PostgreSQL CPU µs each", "WAL bytes each", "MB a worker", "ready in s", "failed",
)  # fmt: skip
_PACKAGES = ("litestar", "SQLAlchemy", "asyncpg", "msgspec", "uvicorn", "uvloop")


@dataclass
class Sample:
    """What one round gave. CPU in microseconds for each declaration; WAL in bytes."""

    per_second: float
    p50_ms: float | None
    p99_ms: float
    web_us: float | None = None
    postgres_us: float | None = None
    wal: float | None = None
    failed: int = 0
    started_in_s: float | None = None
    memory_mb: float | None = None


@dataclass
class Contender:
    name: str
    run: Callable[[], Sample]
    samples: list[Sample] = field(default_factory=list)

    def median(self, what: str) -> float | None:
        values = [value for s in self.samples if (value := getattr(s, what)) is not None]
        return statistics.median(values) if values else None

    @property
    def rate(self) -> float:
        return self.median("per_second") or 0.0


def measure_server(
    rig: Rig, start: Callable[[], AbstractContextManager[Server]], seconds: float, database: str
) -> Sample:
    """Warm up, then declare for `seconds`; count what web and database spent on it."""
    hosts_file = rig.folder / "hosts.txt"
    dsn = rig.cluster.admin_url(database)
    with start() as server:
        run_wrk(server.address, hosts_file, connections=CONNECTIONS, seconds=WARM_UP_S)
        rig.checkpoint()
        before = (cpu_seconds(server.pid), cpu_seconds(rig.postgres.pid), wal_bytes(dsn))
        stored = _stays(rig, database)
        measured = run_wrk(server.address, hosts_file, connections=CONNECTIONS, seconds=seconds)
        # wrk leaves with requests under way; what they wrote is counted when it is written.
        time.sleep(0.5)
        stored = _stays(rig, database) - stored
        after = (cpu_seconds(server.pid), cpu_seconds(rig.postgres.pid), wal_bytes(dsn))
        if not measured.answered <= stored <= measured.answered + 2 * CONNECTIONS:
            raise SystemExit(f"{measured.answered} were acknowledged and {stored} are stored")
        memory = max(worker.memory_info().rss for worker in server.workers()) / 2**20
    web, postgres, wal = ((b - a) / max(stored, 1) for a, b in zip(before, after, strict=True))
    return Sample(
        per_second=measured.per_second,
        p50_ms=measured.p50_ms,
        p99_ms=measured.p99_ms,
        web_us=web * 1e6,
        postgres_us=postgres * 1e6,
        wal=wal,
        failed=measured.refused + measured.broken,
        started_in_s=server.started_in_s,
        memory_mb=memory,
    )


def measure_pgbench(rig: Rig, script: Callable[[], str], seconds: float, database: str) -> Sample:
    statement = script()
    run_pgbench(rig, statement, database, WARM_UP_S)
    rig.checkpoint()
    dsn = rig.cluster.admin_url(database)
    before = (cpu_seconds(rig.postgres.pid), wal_bytes(dsn))
    rate, p99 = run_pgbench(rig, statement, database, round(seconds))
    count = rate * seconds
    return Sample(
        per_second=rate,
        p50_ms=None,
        p99_ms=p99,
        postgres_us=(cpu_seconds(rig.postgres.pid) - before[0]) / count * 1e6,
        wal=(wal_bytes(dsn) - before[1]) / count,
    )


def _stays(rig: Rig, database: str) -> int:
    return int(rig.cluster.query("SELECT count(*) FROM stay", dbname=database))


def contenders(rig: Rig, seconds: float, earlier: str = "") -> list[Contender]:
    """Ours first: pgbench copies the newest row that it stored. `earlier`: a commit to run beside
    them, on a copy of the same database, taken back to its schema.
    """

    def served(start: Callable[[], AbstractContextManager[Server]], database: str) -> Sample:
        return measure_server(rig, start, seconds, database)

    def bench(script: Callable[[], str], database: str) -> Sample:
        return measure_pgbench(rig, script, seconds, database)

    before = []
    if earlier:
        tree = unpack_earlier(earlier, rig.folder / "earlier")
        make_earlier_database(rig, tree)
        start = partial(product, rig, 1, tree, EARLIER_DATABASE)
        before.append(
            Contender(f"ASM at {earlier}, 1 worker", lambda: served(start, EARLIER_DATABASE))
        )
    return [
        Contender("ASM, 1 worker", lambda: served(partial(product, rig, 1), DATABASE)),
        Contender("ASM, 2 workers", lambda: served(partial(product, rig, 2), DATABASE)),
        *before,
        Contender("pgbench, our rows", lambda: bench(partial(product_script, rig), DATABASE)),
        Contender("pgbench, three plain rows", lambda: bench(plain_script, PEER_DATABASE)),
        Contender(
            "FastAPI, 2 workers", lambda: served(partial(fastapi_orm, rig, 2), PEER_DATABASE)
        ),
        Contender("Django, 2 workers", lambda: served(partial(django_drf, rig, 2), PEER_DATABASE)),
    ]


def processor_us(contender: Contender) -> float:
    """Microseconds of web and database for a declaration; pgbench's own part is not counted."""
    return (contender.median("web_us") or 0.0) + (contender.median("postgres_us") or 0.0)


def print_result(everyone: Sequence[Contender]) -> None:
    today = [each for each in everyone if each.name.startswith("ASM, ")]
    ours = max(today, key=lambda c: c.rate)
    print("| " + " | ".join(_HEADINGS) + " |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for each in everyone:
        cells = [
            _shown(each.median(what), form)
            for what, form in (
                ("p50_ms", "{:.1f}"), ("p99_ms", "{:.1f}"), ("web_us", "{:,.0f}"),
                ("postgres_us", "{:,.0f}"), ("wal", "{:,.0f}"), ("memory_mb", "{:.0f}"),
                ("started_in_s", "{:.2f}"),
            )
        ]  # fmt: skip
        failed = sum(s.failed for s in each.samples)
        print(f"| {each.name} | {each.rate:,.0f} | {ours.rate / max(each.rate, 1):.2f}× | "
              + " | ".join(cells) + f" | {failed} |")  # fmt: skip
    print()
    by_name = {each.name: each for each in everyone}
    for each in everyone:
        if each.name.startswith("ASM at "):
            print(f"{today[0].rate / max(each.rate, 1):.3f} × {each.name}, with {today[0].name}")
    for name, wanted in ((name, wanted) for name, wanted in GOALS if name in by_name):
        ratio = ours.rate / max(by_name[name].rate, 1)
        print(f"{_said(ratio >= wanted)}: {ratio:.2f} × {name} (goal {wanted} ×), with {ours.name}")
    # What each declaration takes of the processors does not depend on how much of them others use.
    mine = min(today, key=processor_us)
    for each in everyone:
        if each not in today:
            print(f"by processor time: {processor_us(each) / processor_us(mine):.2f} × {each.name}")
    p99 = ours.median("p99_ms") or 0.0
    print(f"{_said(p99 <= P99_GOAL_MS)}: p99 {p99:.1f} ms at {CONNECTIONS} connections"
          f" (goal {P99_GOAL_MS:.0f} ms), with {ours.name}")  # fmt: skip


def _time_for_another(begun: float, done: int, budget: float) -> bool:
    spent = time.monotonic() - begun
    return done == 0 or spent + spent / done < budget


def _said(reached: bool) -> str:  # noqa: FBT001 -- one word for a fact
    return "reached" if reached else "NOT reached"


def _shown(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--budget", type=float, default=3600, help="seconds; begin no round after")
    parser.add_argument("--earlier", default="", help="a commit to measure beside this one")
    parser.add_argument("--only", default="", help="contenders whose name holds this")
    options = parser.parse_args(arguments)
    provide_peers()
    with running_rig() as rig:
        provide_wrk(rig.folder / "apt.log")
        write_hosts(rig.folder / "hosts.txt", rig.hosts)
        make_peer_database(rig)
        foreign = ForeignCpu()
        everyone = [
            c for c in contenders(rig, options.seconds, options.earlier) if options.only in c.name
        ]
        begun, done = time.monotonic(), 0
        while done < options.rounds and _time_for_another(begun, done, options.budget):
            done += 1
            for each in everyone:
                each.samples.append(each.run())
                print(f"round {done}: {each.name} {each.samples[-1].per_second:,.0f}/s",
                      file=sys.stderr, flush=True)  # fmt: skip
        said = conditions(_PACKAGES, foreign)
        version = rig.cluster.installation.version
    print(f"Medians of {done} rounds of {options.seconds:.0f} s each, {CONNECTIONS} connections"
          f" (pgbench: 16 clients), fsync and synchronous_commit on\n")  # fmt: skip
    print_result(everyone)
    print("\n" + "\n".join([*said, f"PostgreSQL {version}; the background worker was off"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
