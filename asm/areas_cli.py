"""`asm areas`: what an operator does with areas and their boundaries."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from asm.console import run, say
from asm.db.session import make_engine, one_transaction
from asm.geo.assign_file import AssignReport, assign_file
from asm.geo.load import load_boundaries
from asm.settings import read_settings, require

areas_app = typer.Typer(no_args_is_help=True, help="Provinces, wards and their boundaries.")


async def _as_admin(work: Callable[[AsyncSession], Awaitable[object]]) -> object:
    """One transaction as the owner of the areas."""
    url = require(read_settings().admin_database_url, "ASM_ADMIN_DATABASE_URL")
    engine = make_engine(url, name="asm-areas")
    try:
        async with one_transaction(engine) as session:
            return await work(session)
    finally:
        await engine.dispose()


@areas_app.command("load")
def areas_load(file: Path) -> None:
    """Replace approximate ward cells by the polygons of a GeoJSON file (plain or .gz)."""
    say(run(_as_admin(lambda session: load_boundaries(session, file, progress=_progress("wards")))))


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
    url = require(read_settings().database_url, "ASM_DATABASE_URL")
    engine = make_engine(url, name="asm-areas")
    try:
        async with one_transaction(engine) as session:
            return await assign_file(
                session, file, out, exchange=exchange, progress=_progress("points")
            )
    finally:
        await engine.dispose()


def _progress(what: str) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        sys.stderr.write(f"\r{done}/{total} {what}" + ("\n" if done == total else ""))

    return tell
