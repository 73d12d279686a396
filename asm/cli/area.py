"""`asm area`: the ward of a point, and what became of an old unit. One JSON object each, with `ok`.

Exit 0 with an answer; 1 with a question (its choices are there) or a refusal and its remedy.
"""

import asyncio
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
import typer

from asm.cli.connect import API, engine_at
from asm.cli.console import refused, say_answer
from asm.db.session import one_transaction
from asm.errors import Invalid
from asm.geo.areas.old_units.old_units import Mapped, map_old, map_old_code
from asm.geo.areas.succession import as_of_today
from asm.geo.areas.wards import WardHit, ward_at
from asm.geo.points import Point, invalid_point, swapped
from asm.settings import read_settings

area_app = typer.Typer(
    name="area", no_args_is_help=True, help="The ward of a point; old and new units."
)
_Number = Annotated[str, typer.Argument(help="Degrees, such as 21.0287 or 21,0287.")]


@area_app.command("of", context_settings={"ignore_unknown_options": True})
def of(
    lat: _Number,
    lon: _Number,
    day: Annotated[
        datetime | None,
        typer.Option("--day", formats=["%Y-%m-%d"], help="As areas were on this day."),
    ] = None,
) -> None:
    """The ward that a point lies in. Reads the database at ASM_DATABASE_URL."""
    try:
        point = Point(lat=_degrees(lat), lon=_degrees(lon))
    except Invalid as refusal:
        say_answer(refused(refusal))
    say_answer(asyncio.run(_answer(point, day.date() if day else None)))


def _degrees(text: str) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError as error:
        raise invalid_point("point_unreadable") from error


async def _answer(point: Point, day: date | None) -> dict[str, Any]:
    degrees = {"lat": point.lat, "lon": point.lon}
    try:
        return {"ok": True, **degrees, "ward": await _look_up(point, day)}
    except Invalid as refusal:
        if not swapped(point):
            return refused(refusal, **degrees)
        try:
            ward = await _look_up(point.exchanged(), day)
        except Invalid:
            return refused(refusal, **degrees)
        likely = {"lat": point.lon, "lon": point.lat, "ward": ward}
        return refused(refusal, **degrees, exchanged=likely)


async def _look_up(point: Point, day: date | None) -> WardHit:
    async with (
        engine_at(API, pool_size=1, name="asm-area") as engine,
        one_transaction(engine) as session,
    ):
        return await ward_at(session, point, day)


@area_app.command("map-old")
def map_old_area(
    unit: Annotated[str, typer.Argument(help='"ward, district, province", or an old ward code.')],
) -> None:
    """What became of a unit of before 2025-07-01: an answer, or a question with choices.

    With ASM_DATABASE_URL set, changes of areas recorded since are taken into account
    (`later_events` tells).
    """
    try:
        mapped = map_old_code(unit) if unit.strip().isdigit() else map_old(unit)
    except Invalid as refusal:
        say_answer(refused(refusal))
    if not read_settings().database_url:
        say_answer(_describe_mapped(mapped) | {"later_events": False})
    say_answer(_describe_mapped(asyncio.run(_today(mapped))) | {"later_events": True})


async def _today(mapped: Mapped) -> Mapped:
    async with (
        engine_at(API, pool_size=1, name="asm-area") as engine,
        one_transaction(engine) as session,
    ):
        return await as_of_today(session, mapped)


def _describe_mapped(mapped: Mapped) -> dict[str, Any]:
    return {"ok": mapped.new is not None, **msgspec.structs.asdict(mapped)}
