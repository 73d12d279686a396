"""The Plus Code of a point: computed, never stored as the truth, since anyone can compute it."""

from openlocationcode import openlocationcode

#: Ten digits are a cell of about 14 x 14 m, the size that maps print.
DIGITS = 10


def plus_code(lat: float, lon: float) -> str:
    """The full Plus Code, such as `7PH72VH2+FX`, of a point in degrees."""
    code: str = openlocationcode.encode(lat, lon, DIGITS)
    return code


def point_of_plus_code(code: str) -> tuple[float, float] | None:
    """The middle (degrees) of a full Plus Code, or None for any other text."""
    told = code.strip().upper()
    if "+" not in told or not openlocationcode.isFull(told):
        return None
    area = openlocationcode.decode(told)
    return area.latitudeCenter, area.longitudeCenter
