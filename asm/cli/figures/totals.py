"""`asm totals`: what is counted of stays by night, filled, compared and mended."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from functools import partial
from typing import Annotated, TypeVar

import typer

from asm.analytics.totals.check import NIGHTS, TotalsCheck, check_totals
from asm.analytics.totals.fill import fill
from asm.analytics.totals.rebuild import Begin, as_worker, rebuild
from asm.cli.connect import ADMIN, engine_at
from asm.cli.console import NO, run, say, say_table
from asm.cli.outbox import Table

T = TypeVar("T")
totals_app = typer.Typer(
    name="totals", no_args_is_help=True, help="Counts by night: fill, compare with stays, mend."
)
_Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="A night's date.")]
_LastDay = Annotated[
    datetime | None, typer.Argument(formats=["%Y-%m-%d"], help="The last of several nights.")
]


@totals_app.command("check")
def totals_check(
    days: Annotated[int, typer.Option(min=1, max=1200, help="So many nights back.")] = NIGHTS,
    *,
    table: Table = False,
) -> None:
    """Compare with the stays themselves. Exit 1 when a number differs; the first 100 are named."""
    check = run(_check(days))
    if table:
        _say_check(check)
    else:
        say(check)
    raise typer.Exit(NO if check.differences else 0)


@totals_app.command("rebuild")
def totals_rebuild(night: _Day, last: _LastDay = None) -> None:
    """Count a night, or all from one to another, anew; safe while people declare."""
    until = night if last is None else last
    say(run(_as_worker(lambda begin: rebuild(begin, night.date(), until.date()))))


@totals_app.command("fill")
def totals_fill() -> None:
    """Count all stays that are in no total yet; stopped, it goes on where it was."""
    say(run(_as_worker(lambda begin: fill(begin, _progress))))


async def _check(days: int) -> TotalsCheck:
    async with engine_at(ADMIN, pool_size=2, name="asm-totals") as engine:
        return await check_totals(engine, days, as_worker)


async def _as_worker(work: Callable[[Begin], Awaitable[T]]) -> T:
    async with engine_at(ADMIN, pool_size=2, name="asm-totals") as engine:
        return await work(partial(as_worker, engine))


def _progress(day: date, stays: int) -> None:
    typer.echo(f"{day.isoformat()}: {stays}", err=True)


def _say_check(check: TotalsCheck) -> None:
    say_table(
        ["table", "night", "ward", "kind", "measure", "kept", "counted"],
        [
            [d.what, d.night.isoformat(), d.ward_code, d.kind, d.measure, d.kept, d.counted]
            for d in check.named
        ],
    )
