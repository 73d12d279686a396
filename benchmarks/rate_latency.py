"""Rate against p99, and the cost of a million declarations: `python -m benchmarks.rate_latency`.

The same declarations with more and more connections: few give the latency of an idle machine, many
its limit. Afterwards the background worker drains what was declared, and its share is counted.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.contenders import Server, product
from benchmarks.measure import ForeignCpu, conditions, cpu_seconds
from benchmarks.rig import Rig, running_rig, wal_bytes
from benchmarks.wrk import Measured, provide_wrk, run_wrk, write_hosts
from load_tests.plot import Axis, Line, chart
from local.machine import processes
from local.machine.ports import any_free_port

CONNECTIONS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
DRAIN_WITHIN_S = 180.0
_PACKAGES = ("litestar", "SQLAlchemy", "asyncpg", "msgspec", "uvicorn")


def measure_rates(
    rig: Rig, server: Server, repetitions: int, seconds: float
) -> list[list[Measured]]:
    """For each number of connections, `repetitions` runs."""
    hosts_file = rig.folder / "hosts.txt"
    run_wrk(server.address, hosts_file, seconds=3)
    measured: list[list[Measured]] = [[] for _ in CONNECTIONS]
    for _ in range(repetitions):
        for number, connections in enumerate(CONNECTIONS):
            rig.checkpoint()
            measured[number].append(
                run_wrk(server.address, hosts_file, connections=connections, seconds=seconds)
            )
    return measured


def drain_cost(rig: Rig) -> tuple[int, float, float, float]:
    """Stays drained by the worker, its seconds, and CPU of the worker and PostgreSQL for each."""
    waiting = int(rig.query("SELECT count(*) FROM outbox"))
    before = cpu_seconds(rig.postgres.pid)
    log = rig.folder / "worker.log"
    argv = [sys.executable, "-m", "asm.worker"]
    worker = processes.spawn("worker", argv, log=log, env=rig.environment(any_free_port()))
    begun = time.monotonic()
    try:
        left = waiting
        while left and time.monotonic() - begun < DRAIN_WITHIN_S:
            time.sleep(0.5)
            left = int(rig.query("SELECT count(*) FROM outbox WHERE dead_at IS NULL"))
        spent = time.monotonic() - begun
        done = max(waiting - left, 1)
        worker_us = cpu_seconds(worker.pid) / done * 1e6
        return done, spent, worker_us, (cpu_seconds(rig.postgres.pid) - before) / done * 1e6
    finally:
        processes.stop(worker)


def write_chart(path: Path, measured: Sequence[Sequence[Measured]], conditions: str) -> None:
    points = [(median(runs, "per_second"), median(runs, "p99_ms")) for runs in measured]
    half = [(median(runs, "per_second"), median(runs, "p50_ms")) for runs in measured]
    today = datetime.now(UTC).date()
    title = f"Rate against latency, {conditions}, {today}"
    svg = chart(
        title,
        [Line("p50", half, dots=True), Line("p99", points, dots=True)],
        Axis("declarations a second"),
        Axis("ms (logarithmic)", log=True),
    )
    path.write_text(svg, encoding="utf-8")


def median(runs: Sequence[Measured], what: str) -> float:
    return statistics.median(getattr(run, what) for run in runs)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--svg", type=Path, help="write the chart here")
    options = parser.parse_args(arguments)
    with running_rig() as rig:
        provide_wrk(rig.folder / "apt.log")
        write_hosts(rig.folder / "hosts.txt", rig.hosts)
        foreign = ForeignCpu()
        with product(rig, options.workers) as server:
            cpu = (cpu_seconds(server.pid), cpu_seconds(rig.postgres.pid), wal_bytes(rig.admin_url))
            measured = measure_rates(rig, server, options.rounds, options.seconds)
            now = (cpu_seconds(server.pid), cpu_seconds(rig.postgres.pid), wal_bytes(rig.admin_url))
        stays = int(rig.query("SELECT count(*) FROM stay"))
        drained, seconds, worker_us, drain_us = drain_cost(rig)
        shown = (
            f"{options.workers} worker(s), "
            f"others took {foreign.share():.0%} of {os.cpu_count()} cores"
        )
        said = conditions(_PACKAGES, foreign)
    print("| connections | declarations/s | p50 ms | p99 ms | refused or broken |")
    print("|---|---|---|---|---|")
    for connections, runs in zip(CONNECTIONS, measured, strict=True):
        failed = sum(run.refused + run.broken for run in runs)
        cells = (
            f"{median(runs, 'per_second'):,.0f}",
            f"{median(runs, 'p50_ms'):.1f}",
            f"{median(runs, 'p99_ms'):.1f}",
        )
        print(f"| {connections} | {' | '.join(cells)} | {failed} |")
    web, postgres, wal = ((b - a) / max(stays, 1) for a, b in zip(cpu, now, strict=True))
    print(f"\nfor a million declarations over all of these: web {web * 1e6:,.0f} CPU-seconds, "
          f"PostgreSQL {postgres * 1e6:,.0f}, write-ahead log {wal / 1000:,.1f} GB")  # fmt: skip
    print(f"the worker drained {drained:,} in {seconds:.0f} s ({drained / seconds:,.0f}/s): for a "
          f"million {worker_us:,.0f} CPU-seconds, PostgreSQL {drain_us:,.0f}")  # fmt: skip
    print("\n".join(said))
    if options.svg:
        write_chart(options.svg, measured, shown)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
