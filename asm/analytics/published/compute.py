"""From the counts of a week to its tables: minutes of arithmetic at most, in a process of its own,
so that a worker goes on with its work and gives the memory back.
"""

import asyncio
import hashlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import msgspec

from asm.analytics.published.cube import build_cube
from asm.analytics.published.groups import TOURISM
from asm.analytics.published.sums import CannotHideError
from asm.analytics.published.tables import HIDDEN, PublishedTable, published_tables
from asm.analytics.published.week import WeekCounts, cell_of, known_cell, stayed_cell

Rows = dict[str, list[dict[str, Any]]]


def counts_hash(week: WeekCounts) -> str:
    """The same for the same counts. Never shown: small counts could be guessed from it."""
    return hashlib.sha256(msgspec.json.encode(week)).hexdigest()


def has_figures(week: WeekCounts) -> bool:
    """Whether there is anything to publish: a facility, or a guest."""
    return bool(week.guests) or any(row.active for row in week.beds)


async def compute(week: WeekCounts, before: Rows | None) -> list[PublishedTable]:
    """The tables to publish. `before`: the rows of the vintage before, of which whatever was hidden
    stays so, and nothing that was shown is counted on to hide.

    Raises CannotHideError where a correction would give a hidden cell away.
    """
    loop = asyncio.get_running_loop()
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=spawned) as process:
        return await loop.run_in_executor(process, compute_here, week, before)


def compute_here(week: WeekCounts, before: Rows | None) -> list[PublishedTable]:
    """The same in this process."""
    # Imported here: the solver takes a quarter of a second and 60 MB that nobody else needs.
    from asm.analytics.published.protect import narrowed, protect  # noqa: PLC0415

    cube = build_cube(week)
    hidden_before = set() if before is None else hidden_in(before)
    if hidden_before & cube.empty:
        raise CannotHideError
    known = {count.cell for count in cube.sums.counts.values()}
    hidden = protect(
        cube.sums,
        cube.blocks,
        cube.prices,
        hidden=hidden_before & known,
        fixed=before is not None,
    )
    if narrowed(cube.sums, hidden):  # from the start once more: only what holds goes out
        raise CannotHideError
    return published_tables(cube, hidden)


def hidden_in(tables: Rows) -> set[str]:
    """The cells that published tables hide."""
    hidden = {
        cell_of(row["area"], row.get("sector", TOURISM), row["origin"])
        for name in ("guests", "origins")
        for row in tables[name]
        if row["status"] == HIDDEN
    }
    hidden |= {
        known_cell(row["area"], row["sector"])
        for row in tables["occupancy"]
        if row["status"] == HIDDEN
    }
    return hidden | {
        stayed_cell(row["area"]) for row in tables["coverage"] if row["status"] == HIDDEN
    }


def revised_cells(tables: list[PublishedTable], before: Rows) -> int:
    """How many rows say something else than in the vintage before."""
    return sum(
        row != former
        for table in tables
        for row, former in zip(table.rows, before[table.name], strict=False)
    )
