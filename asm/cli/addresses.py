"""`asm addresses` and `asm plates`: the register of digital addresses, from the command line.

Each command acts as the account given with `--as`, within what that account may see and do, prints
one JSON object with `ok`, and exits with 0, or with 1 and the remedy.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
import typer
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.accounts.sessions import actor_of_login
from asm.cli.connect import API, engine_at
from asm.cli.console import refused, say_answer
from asm.db.session import one_transaction
from asm.errors import Refusal, not_found
from asm.facilities.addresses.export_addresses import ExportFormat, export_addresses
from asm.facilities.addresses.scoped_addresses import search_addresses
from asm.facilities.scope import facilities_of
from asm.geo.addresses.plate_sheets import MOST_PLATES, PAPERS, Paper, Plate, plates_pdf
from asm.geo.addresses.plates import address_url, plate_svg
from asm.imports.import_addresses import import_addresses
from asm.settings import read_settings

addresses_app = typer.Typer(
    name="addresses", no_args_is_help=True, help="The register of digital addresses."
)
plates_app = typer.Typer()

_As = Annotated[str, typer.Option("--as", help="The account that asks.")]
_FORMATS: Final[dict[str, ExportFormat]] = {
    ".geojson": "geojson",
    ".json": "geojson",
    ".csv": "csv",
    ".gpkg": "gpkg",
}
Work = Callable[[AsyncSession, Actor], Awaitable[dict[str, Any]]]


def _answer(login: str, work: Work) -> None:
    """Do `work` in one transaction as `login`, and print what it came to."""

    async def connected() -> dict[str, Any]:
        async with (
            engine_at(API, name="asm-addresses") as engine,
            one_transaction(engine) as session,
        ):
            return await work(session, await actor_of_login(session, login))

    try:
        answer = {"ok": True, **asyncio.run(connected())}
    except Refusal as refusal:
        answer = refused(refusal)
    say_answer(answer)


@addresses_app.command("search")
def search(
    q: Annotated[str, typer.Argument(help="A code, or the address as people write it.")],
    login: _As,
    limit: Annotated[int, typer.Option(min=1, max=50)] = 20,
) -> None:
    """Find addresses by any of their codes or by text, typing errors allowed."""

    async def work(session: AsyncSession, actor: Actor) -> dict[str, Any]:
        return {"addresses": await search_addresses(Scope(session, actor), q, limit)}

    _answer(login, work)


@addresses_app.command("import")
def import_list(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    login: _As,
    *,
    dry_run: Annotated[bool, typer.Option(help="Check everything, store nothing.")] = False,
) -> None:
    """Add the doors of a CSV, GeoJSON or XLSX list. Exit 1 when a row was rejected."""

    async def work(session: AsyncSession, actor: Actor) -> dict[str, Any]:
        outcome = await import_addresses(
            Scope(session, actor), file.read_bytes(), dry_run=dry_run, progress=_progress
        )
        return msgspec.structs.asdict(outcome) | {"ok": not outcome.rejected}

    _answer(login, work)


@addresses_app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="Ends in .geojson, .csv or .gpkg.")],
    login: _As,
    ward: Annotated[str | None, typer.Option(help="Only this ward, by its code.")] = None,
) -> None:
    """Write every door the account may see to a file."""
    form = _FORMATS.get(file.suffix.lower())
    if form is None:
        raise typer.BadParameter(f"the file must end in one of {', '.join(_FORMATS)}")

    async def work(session: AsyncSession, actor: Actor) -> dict[str, Any]:
        content = await export_addresses(Scope(session, actor), form, ward_code=ward)
        file.write_bytes(content)
        return {"file": file.name, "format": form, "bytes": len(content)}

    _answer(login, work)


@plates_app.command("plates")
def plates(
    file: Annotated[Path, typer.Argument(help="Ends in .pdf, or .svg for one plate.")],
    login: _As,
    facility: Annotated[
        list[UUID] | None, typer.Option(help="Whose plate; default: all the account may see.")
    ] = None,
    paper: Annotated[str, typer.Option(help=f"One of {', '.join(PAPERS)}.")] = "a4",
) -> None:
    """Make door plates to print: sheets as PDF, or one plate as SVG."""
    chosen: dict[str, Paper] = {each: each for each in PAPERS}
    if paper not in chosen or file.suffix.lower() not in {".pdf", ".svg"}:
        raise typer.BadParameter(f"paper: {', '.join(PAPERS)}; file: .pdf or .svg")

    async def work(session: AsyncSession, actor: Actor) -> dict[str, Any]:
        all_plates = [
            Plate(code=each.digital_address, address_text=each.address_text)
            for each in await facilities_of(Scope(session, actor))
            if each.digital_address and (not facility or each.id in facility)
        ]
        if not all_plates:
            raise not_found("digital_address")
        printed = all_plates[: 1 if file.suffix.lower() == ".svg" else MOST_PLATES]
        file.write_bytes(_drawn(printed, file, chosen[paper]))
        return {
            "plates": len(printed),
            "left_out": len(all_plates) - len(printed),
            "file": file.name,
        }

    _answer(login, work)


def _drawn(printed: list[Plate], file: Path, paper: Paper) -> bytes:
    public_url = read_settings().public_url
    if file.suffix.lower() == ".svg":
        return plate_svg(printed[0].code, address_url(public_url, printed[0].code)).encode()
    return plates_pdf(printed, public_url, paper)


def _progress(done: int, total: int) -> None:
    # Counts in place on a terminal; lines elsewhere: a refusal after it has one of its own.
    over, end = ("\r", "") if sys.stderr.isatty() and done < total else ("", "\n")
    sys.stderr.write(f"{over}{done}/{total}{end}")
