"""Figures with millions of stays stored: `python -m benchmarks.analytics [--millions 1 20]`.

For each size a country's houses and fifteen months of its stays are invented and counted; then the
pages of officers and the questions behind them are asked for through the front door, turn about,
and the same month once more of the raw rows. Pages are compared with themselves at the first size,
questions with their raw twin, all in one run.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import psycopg

from asm.analytics.totals.fill import FilledTotals, fill
from asm.db.session import make_engine, one_transaction
from benchmarks.analytics.invented_houses import put_houses
from benchmarks.analytics.invented_stays import put_stays
from benchmarks.analytics.questions import Timed, ask_all
from benchmarks.analytics.tables import print_sizes
from benchmarks.contenders import product
from benchmarks.measure import ForeignCpu, conditions
from benchmarks.rig import Rig, running_rig

_PACKAGES = ("litestar", "SQLAlchemy", "asyncpg", "msgspec")


def measure(millions: float, turns: int, kept: Path | None) -> list[Timed]:
    """Invent and count, unless that is kept from an earlier run; ask."""
    folder = None if kept is None else kept / f"{millions:g}"
    filled = None if folder is None else folder / "last-night"
    with running_rig(houses=5, kept=folder) as rig:
        if filled is not None and filled.exists():
            last = date.fromisoformat(filled.read_text("ascii"))
        else:
            last = date.today() - timedelta(days=1)  # noqa: DTZ011 -- may end on any day
            _invent(rig, round(millions * 1_000_000), last)
            if filled is not None:
                filled.write_text(last.isoformat(), "ascii")
        with product(rig, 1) as server:
            return ask_all(rig, server, turns, last)


def _invent(rig: Rig, stays: int, last: date) -> None:
    begun = time.monotonic()
    with psycopg.connect(rig.admin_url) as connection:
        connection.execute("SET synchronous_commit = off")
        houses = put_houses(connection)
        put_stays(connection, houses, stays, last)
    stored = time.monotonic()
    _analyze(rig)
    filled = asyncio.run(_fill(rig))
    counted = time.monotonic()
    _analyze(rig)
    print(
        f"{filled.stays:,} stays: invented in {stored - begun:.0f} s, counted in "
        f"{counted - stored:.0f} s",
        file=sys.stderr,
        flush=True,
    )


def _analyze(rig: Rig) -> None:
    with psycopg.connect(rig.admin_url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


async def _fill(rig: Rig) -> FilledTotals:
    engine = make_engine(
        rig.cluster.url("asm_worker", rig.password, "asm"), name="asm-bench-totals"
    )
    try:
        return await fill(partial(one_transaction, engine))
    finally:
        await engine.dispose()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, nargs="+", default=[1])
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--kept", type=Path, help="folder for the databases, to ask them again")
    options = parser.parse_args(arguments)
    if options.kept is not None:
        options.kept.mkdir(exist_ok=True)
    foreign = ForeignCpu()
    sizes = {
        millions: measure(millions, options.turns, options.kept) for millions in options.millions
    }
    print_sizes(sizes)
    print("\n" + "\n".join(conditions(_PACKAGES, foreign)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
