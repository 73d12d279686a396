"""The checks under load: `python -m benchmarks.checks [--seconds 20]`, about two minutes.

Parties of six arrive over HTTP at 100, 300 and 600 guests a second while one worker runs the whole
set of checks beside the web process on the same cores. One guest of each party has no papers, so
each party raises a flag: from `received_at` of the stay to `raised_at` of its flag, both on the
database's clock, is the time from declaration to flag. Then one worker empties what was left
waiting, and last the answers to a watched person and to an unknown one are timed in turn.
"""

import argparse
import asyncio
import contextlib
import itertools
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec

from asm.db.base import new_id
from asm.db.session import make_engine
from asm.identity.vault.sealing import blind_index
from asm.stays.open_vault import open_vault
from benchmarks.contenders import product
from benchmarks.measure import ForeignCpu, conditions
from benchmarks.rig import Rig, running_rig
from load_tests.crowd import CrowdAccount
from local.machine.ports import any_free_port

RATES = (100, 300, 600)
PARTY = 6
PAIRS = 400
PATIENCE_S = 120.0
_PACKAGES = ("litestar", "SQLAlchemy", "asyncpg", "msgspec", "arq")
_serial = itertools.count(1)
_unnumbered = itertools.count()
_NAMES = ("An", "Bình", "Cúc", "Dung", "Giang", "Hạnh", "Khánh", "Liên", "Mai", "Nga", "Oanh")
_BEHIND = (
    "SELECT percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM "
    "flag.raised_at - stay.received_at)), count(*) FROM flag JOIN stay "
    "ON stay.facility_id = flag.facility_id AND stay.id = flag.stay_id "
    "WHERE flag.check_id = 'guest-without-papers' AND stay.received_at >= '{since}'"
)


class Paced(msgspec.Struct, frozen=True, kw_only=True):
    """What one rate came to. `declared` guests a second were acknowledged, `checked` a second were
    through every check by the end of the drain; times in seconds.
    """

    rate: int
    declared: float
    checked: float
    flags: int
    p50: float
    p95: float


def numbers() -> Iterator[str]:
    for n in _serial:
        yield f"001090{n:06d}"


_number = numbers()


def guest(number: str | None) -> dict[str, Any]:
    card: dict[str, Any] = {
        "full_name": "Nguyễn Văn Mẫu",
        "sex": "male",
        "birth_date": "1990-08-15",
        "residence_province": "01",
    }
    if number is None:
        # Without a number name and year are what tells guests of a house apart.
        rest, year = divmod(next(_unnumbered), 50)
        names = [_NAMES[rest // len(_NAMES) ** power % len(_NAMES)] for power in range(3)]
        card["full_name"] = f"Trần {' '.join(names)}"
        card["birth_date"] = f"{1950 + year}-05-17"
        return {**card, "no_papers": True, "note": "mất giấy tờ"}
    return {**card, "document_type": 1, "document_number": number}


def party(*guests: dict[str, Any]) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "arrived_at": now.isoformat(),
        "planned_departure_at": (now + timedelta(days=2)).isoformat(),
        "room": "101",
        "reason": 1,
        "guests": list(guests),
    }


async def declare(http: httpx.AsyncClient, host: CrowdAccount, body: dict[str, Any]) -> float:
    """Seconds until the answer. Raises for anything but 201."""
    started = time.perf_counter()
    answer = await http.post(
        f"/api/v1/facilities/{host.facility_id}/stays",
        json=body,
        headers={"Authorization": f"Bearer {host.token}", "Idempotency-Key": str(new_id())},
    )
    spent = time.perf_counter() - started
    answer.raise_for_status()
    if answer.json()["rejected"]:
        raise RuntimeError(f"a guest of the benchmark was refused: {answer.text[-2000:]}")
    return spent


@contextlib.contextmanager
def worker(rig: Rig) -> Iterator[None]:
    child = subprocess.Popen(
        [sys.executable, "-m", "asm.worker"],
        env={**rig.environment(any_free_port())},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        child.terminate()
        child.wait(30)


async def at_rate(rig: Rig, address: str, rate: int, seconds: float) -> Paced:
    """Send parties on a clock that waits for no answer, then let the worker catch up."""
    since = rig.query("SELECT clock_timestamp()").strip()
    sent: list[asyncio.Task[float]] = []
    limits = httpx.Limits(max_connections=64)
    began = time.monotonic()
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as http:
        for turn in range(int(rate / PARTY * seconds)):
            wait = began + turn * PARTY / rate - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            host = rig.hosts[turn % len(rig.hosts)]
            guests = [guest(next(_number)) for _ in range(PARTY - 1)]
            sent.append(asyncio.create_task(declare(http, host, party(*guests, guest(None)))))
        await asyncio.gather(*sent)
    declared_in = time.monotonic() - began
    while int(rig.query("SELECT count(*) FROM outbox WHERE dead_at IS NULL")):
        if time.monotonic() - began > seconds + PATIENCE_S:
            break
        await asyncio.sleep(0.1)
    checked_in = time.monotonic() - began
    left = int(rig.query("SELECT count(*) FROM outbox"))
    figures = rig.query(_BEHIND.format(since=since)).strip().split("|")
    p50, p95 = (float(value) for value in figures[0].strip("{}").split(","))
    guests_sent = len(sent) * PARTY
    return Paced(
        rate=rate,
        declared=guests_sent / declared_in,
        checked=(guests_sent - left) / checked_in,
        flags=int(figures[1]),
        p50=p50,
        p95=p95,
    )


async def answer_times(rig: Rig, address: str) -> tuple[float, float]:
    """Medians in milliseconds for watched and unknown persons, asked in turn."""
    watched = [next(_number) for _ in range(PAIRS)]
    await _watch(rig, watched)
    spent: tuple[list[float], list[float]] = ([], [])
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        for turn, number in enumerate(watched):
            host = rig.hosts[turn % len(rig.hosts)]
            pair = [(0, number), (1, next(_number))]
            for which, document_number in pair if turn % 2 else reversed(pair):
                spent[which].append(await declare(http, host, party(guest(document_number))))
    known, unknown = (statistics.median(times) * 1000 for times in spent)
    return known, unknown


async def _watch(rig: Rig, watched: list[str]) -> None:
    engine = make_engine(rig.admin_url, pool_size=2, name="asm-bench-watch")
    try:
        keys = await open_vault(rig.folder / "secrets", engine).current()
        hashes = [blind_index(keys, 1, number, "VNM").value.hex() for number in watched]
    finally:
        await engine.dispose()
    entries = ", ".join(f"(new_list, gen_random_uuid(), '\\x{digest}')" for digest in hashes)
    rig.query(
        "DO $$ DECLARE new_list uuid := gen_random_uuid(); BEGIN "
        "INSERT INTO watch_list (id, owner_id, name, reason, valid_until) SELECT new_list, id, "
        "'Thử', 'Thử', current_date + 30 FROM account WHERE login = 'quang'; "
        f"INSERT INTO vault.watch_entry (list_id, id, index_a) VALUES {entries}; END $$"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    foreign = ForeignCpu()
    with running_rig() as rig, product(rig, 1) as server, worker(rig):
        rows = [asyncio.run(at_rate(rig, server.address, rate, options.seconds)) for rate in RATES]
        known, unknown = asyncio.run(answer_times(rig, server.address))
    lines = [
        (
            "| asked, guests/s | declared/s | through all checks/s | of the asked rate | flags |"
            " declaration to flag p50, s | p95, s |"
        ),
        "|---|---|---|---|---|---|---|",
        *(
            f"| {row.rate} | {row.declared:.0f} | {row.checked:.0f} |"
            f" {row.checked / row.rate:.2f}× | {row.flags} | {row.p50:.2f} | {row.p95:.2f} |"
            for row in rows
        ),
        "",
        (
            f"answer to a watched person {known:.2f} ms, to an unknown one {unknown:.2f} ms"
            f" (medians of {PAIRS} each, in turn): {abs(known - unknown):.2f} ms apart"
        ),
        *conditions(_PACKAGES, foreign),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
