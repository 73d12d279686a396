"""Sheets of door plates to print, as PDF: A4 with four, A5 with one, or each plate on its own."""

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
import segno

from asm.geo.addresses.door_code import format_code
from asm.geo.addresses.plates import address_url

if TYPE_CHECKING:
    import typst

Paper = Literal["a4", "a5", "plate"]
PAPERS: Final[tuple[Paper, ...]] = ("a4", "a5", "plate")
#: Typesetting 200 takes under a second; a ward with more prints them in parts.
MOST_PLATES: Final = 200

_TEMPLATE: Final = Path(__file__).with_name("plates.typ")


class Plate(msgspec.Struct, frozen=True, kw_only=True):
    """A door's code and the address that stands below it, which the door shows anyway."""

    code: str
    address_text: str


def plates_pdf(plates: Sequence[Plate], public_url: str, paper: Paper = "a4") -> bytes:
    """A PDF of at most MOST_PLATES plates, whose QR leads to the door's page below `public_url`.
    Takes some milliseconds of processor a plate. Raises Invalid when a code is none.
    """
    return typeset(plates, public_url, paper, "pdf")[0]


def typeset(
    plates: Sequence[Plate], public_url: str, paper: Paper, kind: Literal["pdf", "png"]
) -> list[bytes]:
    """The same sheets as one PDF, or as a picture of each page (144 dots an inch)."""
    import typst  # noqa: PLC0415 -- a typesetter is memory that most processes never need

    plate_values = [
        {
            "code": format_code(plate.code),
            "address": plate.address_text,
            "qr": _qr(address_url(public_url, plate.code)),
        }
        for plate in plates[:MOST_PLATES]
    ]
    # A list when there are several pictures, which the package's types do not tell.
    sheets: Any = typst.compile(
        _TEMPLATE.read_bytes(),
        format=kind,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"plates": msgspec.json.encode(plate_values).decode(), "paper": paper},
    )
    return sheets if isinstance(sheets, list) else [sheets]


@cache
def _fonts() -> "typst.Fonts":
    """The fonts inside the package alone: a sheet looks alike on every machine."""
    import typst  # noqa: PLC0415 -- see above

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def _qr(url: str) -> str:
    """The QR as SVG. A quarter of it may be scratched and it still reads."""
    out = io.BytesIO()
    segno.make(url, error="q", boost_error=False, micro=False).save(
        out, kind="svg", border=4, xmldecl=False, dark="#000", light="#fff"
    )
    return out.getvalue().decode()
