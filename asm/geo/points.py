"""Is this a point that can be in Vietnam? Said before any database is asked."""

from asm.errors import Invalid, field_error
from asm.geo.addresses.door_code import in_box


def check_point(lat: float, lon: float) -> None:
    """Raise Invalid when a point (degrees, WGS 84) cannot be in Vietnam: `coordinates_zero` for
    0, 0, `coordinates_swapped` when it could be with latitude and longitude exchanged, otherwise
    `point_outside_vietnam` (NaN too).
    """
    if in_box(lat, lon):
        return
    if lat == 0 and lon == 0:
        raise invalid_point(
            "coordinates_zero",
            "Vị trí là 0, 0: thiết bị chưa xác định được vị trí.",
            "The position is 0, 0: the device has not found its position.",
        )
    if swapped(lat, lon):
        refusal = invalid_point(
            "coordinates_swapped",
            "Vĩ độ và kinh độ bị đảo: vĩ độ Việt Nam từ 8 đến 24, kinh độ từ 102 đến 118.",
            "Latitude and longitude are exchanged: Vietnam is at latitude 8-24, longitude 102-118.",
        )
        for error in refusal.errors:
            error["remedy"] = f"Đổi chỗ hai số: vĩ độ {lon}, kinh độ {lat}."
            error["remedy_en"] = f"Exchange the two numbers: latitude {lon}, longitude {lat}."
        raise refusal
    raise outside_vietnam()


def swapped(lat: float, lon: float) -> bool:
    """Whether the two numbers (degrees) make a point of Vietnam's box only when exchanged: no point
    of the box does so both ways, since its latitudes end at 24 and its longitudes begin at 102.
    """
    return not in_box(lat, lon) and in_box(lon, lat)


def outside_vietnam() -> Invalid:
    """The refusal of a point that is in no ward."""
    return invalid_point(
        "point_outside_vietnam",
        "Vị trí không nằm trong phường, xã, đặc khu nào của Việt Nam.",
        "The point is in no ward of Vietnam.",
    )


def invalid_point(code: str, message: str, message_en: str) -> Invalid:
    """An Invalid about `/lat` and `/lon`, with the remedy that always works."""
    error = field_error("/lat", code, message, message_en)
    error["remedy"] = "Chọn lại vị trí trên bản đồ."
    error["remedy_en"] = "Choose the place on the map again."
    return Invalid(code, message, message_en, errors=[error, {**error, "pointer": "/lon"}])
