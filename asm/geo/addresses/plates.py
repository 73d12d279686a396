"""The door plate: a QR of the address as an upper-case URL, and the code in print."""

import io
from html import escape

import segno

from asm.geo.addresses.door_code import format_code, parse_code

#: Where a scanned plate leads. Upper case, since a QR holds capitals in 5.5 bits each, not 8.
PLATE_PATH = "/A/"

_WIDTH_MM, _HEIGHT_MM, _QR_MM = 100, 120, 90


def address_url(public_url: str, code: str) -> str:
    """The URL on the plate: `public_url` + `/A/` + code, all in upper case (a host ignores case).

    Raises Invalid when the code is not one.
    """
    return f"{public_url.rstrip('/')}{PLATE_PATH}{parse_code(code)}".upper()


def plate_svg(code: str, url: str) -> str:
    """A plate of 100 x 120 mm as SVG. A quarter of the QR may be scratched and it still reads."""
    printed = format_code(code)
    qr = segno.make(url, error="q", boost_error=False, micro=False)
    modules = qr.symbol_size(border=4)[0]
    drawn = io.BytesIO()
    qr.save(
        drawn,
        kind="svg",
        border=4,
        xmldecl=False,
        svgns=False,
        # With its size in modules: without one an inner SVG fills the whole plate.
        omitsize=False,
        nl=False,
        dark="#000",
    )
    left = (_WIDTH_MM - _QR_MM) / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH_MM}mm" height="{_HEIGHT_MM}mm" '
        f'viewBox="0 0 {_WIDTH_MM} {_HEIGHT_MM}" role="img" aria-label="{escape(printed)}">'
        f'<rect width="{_WIDTH_MM}" height="{_HEIGHT_MM}" fill="#fff"/>'
        f'<g transform="translate({left} {left}) scale({_QR_MM / modules:.5f})">'
        f"{drawn.getvalue().decode()}</g>"
        f'<text x="{_WIDTH_MM / 2}" y="{_HEIGHT_MM - 10}" text-anchor="middle" '
        f'font-family="monospace" font-size="8.5" font-weight="bold">{escape(printed)}</text></svg>'
    )
