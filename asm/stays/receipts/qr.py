"""Draw a QR."""

import io

import segno


def qr_svg(text: str) -> bytes:
    """A QR as an SVG file without style attributes; a seventh of it may be damaged."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", border=4, omitsize=True, xmldecl=False, dark="#000", light="#fff"
    )
    return drawn.getvalue()
