"""`asm code`: the digital address of a point and back, without a database.

Each command prints one JSON object with `ok` and exits with 0, or with 1 and the remedy.
"""

from typing import Annotated, Any

import typer

from asm.cli.console import refused, say_answer
from asm.errors import Invalid
from asm.geo.addresses.door_code import correct, decode, encode, format_code, parse_code
from asm.geo.addresses.plus_code import plus_code
from asm.geo.points import Point, check_point

codes_app = typer.Typer(
    name="code", no_args_is_help=True, help="Digital addresses: a point's code and back."
)


@codes_app.command("encode", context_settings={"ignore_unknown_options": True})
def encode_point(
    lat: Annotated[float, typer.Argument(help="Degrees north, such as 21.0287.")],
    lon: Annotated[float, typer.Argument(help="Degrees east, such as 105.8524.")],
    *,
    unit: Annotated[int, typer.Option(help="0 to 31: which door in the cell.")] = 0,
) -> None:
    """The code of a point and a unit. It names the cell: an issued code comes from the register."""
    try:
        point = Point(lon=lon, lat=lat)
        check_point(point)
        answer = _describe_code(encode(point, unit))
    except Invalid as refusal:
        answer = refused(refusal)
    say_answer(answer)


@codes_app.command("decode")
def decode_code(
    code: Annotated[str, typer.Argument(help="The code as it is printed, typed or scanned.")],
) -> None:
    """Where a code's cell lies; a code with one wrong symbol is refused with the likely one."""
    try:
        answer = _describe_code(parse_code(code))
    except Invalid as refusal:
        likely = correct(code) if refusal.code == "code_check_failed" else None
        answer = refused(refusal, likely=format_code(likely) if likely else None)
    say_answer(answer)


def _describe_code(code: str) -> dict[str, Any]:
    point, unit = decode(code)
    return {
        "ok": True,
        "address": code,
        "printed": format_code(code),
        "lat": round(point.lat, 7),
        "lon": round(point.lon, 7),
        "unit": unit,
        "plus_code": plus_code(point),
    }
