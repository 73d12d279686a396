"""`asm areas`: what an operator does with areas and their boundaries."""

import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer
from sqlalchemy.ext.asyncio import AsyncSession

from asm.cli.connect import ADMIN, API, engine_at
from asm.cli.console import run, say, say_answer, say_progress
from asm.db.base import vietnam_time
from asm.db.rls import database_now
from asm.db.session import one_transaction
from asm.demo.ward_split import invented_split
from asm.facilities.check_wards import WardsOfFacilities, check_wards
from asm.geo.areas.area_codes import load_codes
from asm.geo.areas.assign_file import AssignReport, assign_file
from asm.geo.areas.check_areas import AreasReport, check_areas
from asm.geo.areas.fill_areas import SeedReport, fill_empty_areas, seed_areas
from asm.geo.areas.load_boundaries import LoadReport, load_boundaries
from asm.stays.area_changes import AreaChange, change_areas

T = TypeVar("T")
areas_app = typer.Typer(
    name="areas", no_args_is_help=True, help="Provinces, wards and their boundaries."
)


async def _as_admin(work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """One transaction as the owner of the areas."""
    async with engine_at(ADMIN, name="asm-areas") as engine, one_transaction(engine) as session:
        return await work(session)


async def fill_where_none() -> SeedReport | None:
    """Today's units for an installation that has none; None where it has some."""
    return await _as_admin(fill_empty_areas)


@areas_app.command("init")
def areas_init() -> None:
    """Bring in today's provinces and wards with approximate cells. Again: what was loaded stays."""
    report = run(_as_admin(seed_areas))
    say({"ok": True, **msgspec.structs.asdict(report)})


@areas_app.command("load")
def areas_load(
    file: Path,
    *,
    provenance: Annotated[
        str | None, typer.Option(help="Whose work the file is, and under which terms.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Check and compare, store nothing.")] = False,
) -> None:
    """Replace approximate ward cells by the polygons of a GeoJSON file (plain or .gz). Exit 0: all
    of them, 1: some are of no ward in force.
    """

    async def work(session: AsyncSession) -> LoadReport:
        report = await load_boundaries(session, file, _progress("wards"), provenance=provenance)
        if dry_run:
            await session.rollback()
        return report

    report = run(_as_admin(work))
    say_answer({"ok": report.complete, "dry_run": dry_run, **msgspec.structs.asdict(report)})


@areas_app.command("check")
def areas_check() -> None:
    """Look whether areas, facilities and officers fit together. Exit 0: in order, 1: not."""

    async def work(session: AsyncSession) -> tuple[AreasReport, WardsOfFacilities]:
        return await check_areas(session), await check_wards(session)

    areas, facilities = run(_as_admin(work))
    in_order = areas.in_order and facilities.in_order
    say({"ok": in_order, "areas": areas, "facilities": facilities})
    raise typer.Exit(0 if in_order else 1)


@areas_app.command("event")
def areas_event(
    file: Annotated[Path, typer.Argument(help="JSON: what ended, what is new or changed.")],
    *,
    dry_run: Annotated[bool, typer.Option(help="Check everything, change nothing.")] = False,
) -> None:
    """Record a merger, split, rename or moved boundary; facilities and running stays follow."""
    say(run(_event(file, dry_run=dry_run)))


async def _event(file: Path, *, dry_run: bool) -> AreaChange:
    async with engine_at(ADMIN, name="asm-areas") as engine:
        return await change_areas(engine, file, dry_run=dry_run)


@areas_app.command("codes")
def areas_codes(file: Path) -> None:
    """Store the codes that other lists give to areas (CSV). Exit 0: all rows, 1: not all."""
    report = run(_as_admin(lambda session: load_codes(session, file)))
    say(report)
    raise typer.Exit(1 if report.rejected else 0)


@areas_app.command("demo")
def areas_demo(ward: Annotated[str, typer.Option(help="Which ward to split.")] = "00070") -> None:
    """Show what an invented split would do to a ward, its facilities and guests; store nothing."""
    say(run(_demo(ward)))


async def _demo(ward: str) -> AreaChange:
    async with engine_at(ADMIN, name="asm-areas") as engine:
        async with one_transaction(engine) as session:
            today = vietnam_time(await database_now(session)).date()
            event = await invented_split(session, ward, today)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "split.json"
            file.write_bytes(msgspec.json.encode(event))
            return await change_areas(engine, file, dry_run=True)


@areas_app.command("assign")
def areas_assign(
    file: Annotated[Path, typer.Argument(help="CSV in UTF-8 with the columns lat and lon.")],
    out: Annotated[
        Path | None, typer.Option(help="Write the rows here, with the ward of each.")
    ] = None,
    *,
    exchange: Annotated[
        bool, typer.Option("--exchange", help="The two columns are named the wrong way.")
    ] = False,
) -> None:
    """Say the ward of every point of a file. Exit 0: all, 1: some could not be told."""
    report = run(_assign(file, out, exchange=exchange))
    say(report)
    raise typer.Exit(1 if report.problems else 0)


async def _assign(file: Path, out: Path | None, *, exchange: bool) -> AssignReport:
    async with engine_at(API, name="asm-areas") as engine, one_transaction(engine) as session:
        return await assign_file(
            session, file, out, exchange=exchange, progress=_progress("points")
        )


def _progress(what: str) -> Callable[[int, int], None]:
    """On a terminal one line that counts; elsewhere, as in a log, a line each."""

    def write_progress(done: int, total: int) -> None:
        line = f"{done}/{total} {what}"
        if not sys.stderr.isatty():
            say_progress(line)
            return
        sys.stderr.write(f"\r{line}" + ("\n" if done == total else ""))
        sys.stderr.flush()

    return write_progress
