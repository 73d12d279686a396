"""How old are the totals while a country declares: `python -m benchmarks.analytics.freshness`.

Guests arrive over HTTP at 600 a second, one of each six without papers, so each party raises a
flag, beside one worker with all its work, turn about with one that counts no totals. While they are
sent, ten times a second the oldest declaration that the totals have not followed is looked for: its
age is how far they are behind. Then as many declarations as go are sent beside either worker, for
the rate with totals against that without, pair by pair. Four turns take about six minutes.
"""

import argparse
import asyncio
import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import psutil
import psycopg

from benchmarks.checks import PARTY, declare, guest, numbers, party
from benchmarks.contenders import Server, product
from benchmarks.measure import ForeignCpu, conditions, cpu_seconds
from benchmarks.rig import Rig, running_rig
from benchmarks.wrk import run_wrk, write_hosts
from local.machine.ports import any_free_port

RATE = 600
LIMIT_S = 2.0
EVERY_S = 0.1
TURNS = 4
#: As many as ask at once on an evening; a few guests an hour in each, as in a country.
HOUSES = 600
ROOMS = range(101, 117)
WORKERS = {
    "with totals": "asm.worker",
    "without": "benchmarks.analytics.worker_without_totals",
}
# What the totals have not followed yet waits in the outbox: both end in one transaction. To look
# for stays that the ledger lacks took a third of a processor from what is measured.
_AGE = """
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) FROM outbox
WHERE topic = 'stay.changed' AND dead_at IS NULL
"""
_FLAGS = "SELECT count(*) FROM flag WHERE raised_at >= '{since}'"
_PACKAGES = ("litestar", "SQLAlchemy", "asyncpg", "msgspec", "arq")
_number = numbers()


@dataclass
class Beside:
    """What was seen beside one kind of worker. Seconds, but for `rates` (declarations a second);
    `web_ms`, `worker_ms`: processor milliseconds for a guest, their database backends included.
    `reached`: guests a second that were acknowledged; `flags` of all that were sent.
    """

    ages: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    web_ms: list[float] = field(default_factory=list)
    worker_ms: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    reached: list[float] = field(default_factory=list)
    flags: int = 0


@contextlib.contextmanager
def _worker(rig: Rig, module: str) -> Iterator[int]:
    log = (rig.folder / "worker.log").open("ab")
    environment = rig.environment(any_free_port())
    line = [sys.executable, "-m", module]
    child = subprocess.Popen(line, env=dict(environment), stdout=log, stderr=log)
    try:
        yield child.pid
    finally:
        child.terminate()
        child.wait(60)
        log.close()


def _backends_s(rig: Rig, login: str) -> float:
    """Processor seconds of the backends that serve `login` now."""
    pids = rig.query(f"SELECT pid FROM pg_stat_activity WHERE usename = '{login}'").split()
    spent = 0.0
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = psutil.Process(int(pid)).cpu_times()
            spent += times.user + times.system
    return spent


async def _paced(rig: Rig, server: Server, pid: int, seconds: float, seen: Beside) -> None:
    def spent() -> tuple[float, float]:
        web = cpu_seconds(server.pid) + _backends_s(rig, "asm_api")
        return web, cpu_seconds(pid) + _backends_s(rig, "asm_worker")

    since = rig.query("SELECT clock_timestamp()").strip()
    web, work = spent()
    sent: list[asyncio.Task[float]] = []
    looking = asyncio.create_task(_look(rig, seen))
    began = time.monotonic()
    limits = httpx.Limits(max_connections=64)
    async with httpx.AsyncClient(base_url=server.address, limits=limits, timeout=60) as http:
        for turn in range(int(RATE / PARTY * seconds)):
            wait = began + turn * PARTY / RATE - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            guests = [*(guest(next(_number)) for _ in range(PARTY - 1)), guest(None)]
            host = rig.hosts[turn % len(rig.hosts)]
            room = str(ROOMS[turn // len(rig.hosts) % len(ROOMS)])
            body = party(*guests) | {"room": room}
            sent.append(asyncio.create_task(declare(http, host, body)))
        seen.answers += await asyncio.gather(*sent)
    guests_sent = len(sent) * PARTY
    seen.reached.append(guests_sent / (time.monotonic() - began))
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    await _emptied(rig)
    seen.flags += int(rig.query(_FLAGS.format(since=since)))
    web_after, work_after = spent()
    seen.web_ms.append((web_after - web) / guests_sent * 1000)
    seen.worker_ms.append((work_after - work) / guests_sent * 1000)


async def _look(rig: Rig, seen: Beside) -> None:
    async with await psycopg.AsyncConnection.connect(rig.admin_url, autocommit=True) as connection:
        while True:
            row = await (await connection.execute(_AGE)).fetchone()
            seen.ages.append(float(row[0]) if row else 0.0)
            await asyncio.sleep(EVERY_S)


async def _emptied(rig: Rig) -> None:
    async with asyncio.timeout(60):
        while int(rig.query("SELECT count(*) FROM outbox WHERE dead_at IS NULL")):  # noqa: ASYNC110 -- the worker is another process
            await asyncio.sleep(0.2)


def _measure(seconds: float, turns: int) -> dict[str, Beside]:
    seen = {kind: Beside() for kind in WORKERS}
    with running_rig(houses=HOUSES) as rig, product(rig, 1) as server:
        hosts = rig.folder / "hosts.txt"
        write_hosts(hosts, rig.hosts)
        for turn in range(turns):
            kinds = list(WORKERS)
            for kind in kinds if turn % 2 == 0 else reversed(kinds):
                with _worker(rig, WORKERS[kind]) as pid:
                    asyncio.run(_paced(rig, server, pid, seconds, seen[kind]))
                    rig.checkpoint()
                    seen[kind].rates.append(run_wrk(server.address, hosts, seconds=6).per_second)
                    asyncio.run(_emptied(rig))
    return seen


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="of each paced run")
    parser.add_argument("--turns", type=int, default=TURNS)
    options = parser.parse_args()
    foreign = ForeignCpu()
    seen = _measure(options.seconds, options.turns)
    counted, without = seen["with totals"], seen["without"]
    p50, p95, p99 = (_percentile(counted.ages, share) for share in (0.5, 0.95, 0.99))
    reached = ", ".join(f"{rate:.0f}" for rate in counted.reached)
    print(f"Guests a second asked {RATE}, acknowledged {reached}; {counted.flags} flags raised")
    print(f"Totals behind meanwhile, in seconds, of {len(counted.ages)} looks (limit {LIMIT_S:g}):")
    print(f"p50 {p50:.2f}, p95 {p95:.2f}, p99 {p99:.2f}, at most {max(counted.ages):.2f}\n")
    print("| | with totals | without | ratio |\n|---|---|---|---|")
    for what, of in (
        ("declarations/s beside the worker", "rates"),
        ("web process and its backends, ms a guest", "web_ms"),
        ("worker and its backends, ms a guest", "worker_ms"),
        ("answer at the paced rate, s", "answers"),
    ):
        ours, theirs = (statistics.median(getattr(each, of)) for each in (counted, without))
        print(f"| {what} | {ours:.3f} | {theirs:.3f} | {ours / theirs:.2f} |")
    pairs = [ours / theirs for ours, theirs in zip(counted.rates, without.rates, strict=True)]
    print(
        f"\ndeclarations/s with totals ÷ without, pair by pair: median of {len(pairs)} "
        f"{statistics.median(pairs):.3f}, {min(pairs):.3f} to {max(pairs):.3f}"
    )
    print("\n" + "\n".join(conditions(_PACKAGES, foreign)))


if __name__ == "__main__":
    main()
