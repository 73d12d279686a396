"""The Plus Code of a point: computed, never stored as the truth, since anyone can compute it."""

from openlocationcode import openlocationcode

from asm.geo.points import Point

#: Ten digits are a cell of about 14 x 14 m, the size that maps print.
DIGITS = 10


def plus_code(point: Point) -> str:
    """The full Plus Code, such as `7PH72VH2+FX`, of a point."""
    code: str = openlocationcode.encode(point.lat, point.lon, DIGITS)
    return code


def point_of_plus_code(code: str) -> Point | None:
    """The middle of a full Plus Code, or None for any other text."""
    text = code.strip().upper()
    if "+" not in text or not openlocationcode.isFull(text):
        return None
    area = openlocationcode.decode(text)
    return Point(lon=area.longitudeCenter, lat=area.latitudeCenter)
