"""The registration form: what was typed, and the registration that it means."""

import math
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from asm.facilities.registration import Registration, RoomInput
from asm.geo.addresses.address_terms import MOST_ACCURACY_M, HostPointSource
from asm.geo.addresses.door_code import decode, is_valid
from asm.geo.points import Point
from asm.identity.pasted_text import clean_number, clean_text
from asm.web.facilities.typed_point import degrees_of, is_link, pair_of
from asm.web.form_problems import FormProblem, form_problem

#: Where a refusal's words belong on the form.
INPUT_OF_POINTER: Final = {
    "kind": "kind",
    "name": "name",
    "address_text": "address_text",
    "phone": "phone",
    "lat": "latitude",
    "lon": "longitude",
    "ward_code": "latitude",
    "accuracy_m": "latitude",
    "rooms": "rooms",
}
#: Half the diagonal of a code's cell.
PLATE_M: Final = 1.3
_ROOM_LINE: Final = re.compile(r"(.+?)\s*[,;:\t]\s*(\d{1,3})")
_NO_BEDS: Final = re.compile(r"[^,;:\t]{1,50}")
_RANGE: Final = re.compile(r"(\D*)(\d{1,5})\s*-\s*(\d{1,5})")
_MOST_IN_RANGE: Final = 500
_OF_DIGITS: Final = frozenset({"phone", "latitude", "longitude", "accuracy_m", "plate"})


class FacilityForm(msgspec.Struct, frozen=True, kw_only=True):
    """Every input as text."""

    kind: str = ""
    name: str = ""
    address_text: str = ""
    phone: str = ""
    latitude: str = ""
    longitude: str = ""
    point_source: str = ""
    accuracy_m: str = ""
    plate: str = ""
    remote: str = ""
    rooms: str = ""


def _as_typed(name: str, text: str) -> str:
    return (clean_number if name in _OF_DIGITS else clean_text)(text).strip()


def read_form(data: Mapping[str, Any]) -> FacilityForm:
    inputs = {
        name: _as_typed(name, str(data.get(name, ""))) for name in FacilityForm.__struct_fields__
    }
    # Both in one box: what the other holds is an earlier point's.
    pair = pair_of(inputs["latitude"]) or pair_of(inputs["longitude"])
    if pair:
        inputs["latitude"], inputs["longitude"] = map(_shown, pair)
    return FacilityForm(**inputs)


def _shown(degrees: float) -> str:
    return f"{degrees:.7f}".rstrip("0").rstrip(".")


def point_of(form: FacilityForm) -> tuple[Point, list[FormProblem]]:
    """The point; 0 where a number cannot be read."""
    latitude, longitude = degrees_of(form.latitude), degrees_of(form.longitude)
    point = Point(lon=longitude or 0.0, lat=latitude or 0.0)
    linked = next((n for n in ("latitude", "longitude") if is_link(getattr(form, n))), None)
    if linked:
        return point, [form_problem(linked, "form.point_link")]
    form_problems = []
    if latitude is None:
        form_problems.append(_LATITUDE if form.latitude else _NO_LATITUDE)
    if longitude is None:
        form_problems.append(_LONGITUDE if form.longitude else _NO_LONGITUDE)
    return point, form_problems


def found_by(form: FacilityForm) -> tuple[HostPointSource | None, float | None]:
    """How the point was found and how many metres it may be off; None, None for a typed one.

    Without scripts nobody notices that a plate's point was typed over: it must still be the one.
    """
    point, _ = point_of(form)
    if form.point_source == "plate_scan":
        return (
            ("plate_scan", PLATE_M) if point == _rounded(plate_point(form.plate)) else (None, None)
        )
    if form.point_source not in {"map_click", "phone_gps"}:
        return None, None
    metres = _metres(form.accuracy_m)
    kept = None if metres is None or not math.isfinite(metres) else min(metres, MOST_ACCURACY_M)
    return ("map_click" if form.point_source == "map_click" else "phone_gps"), kept


def form_at_plate(code: str) -> FacilityForm:
    """A form for the door of a scanned plate; an empty one for what is no code."""
    point = plate_point(code)
    if point is None:
        return FacilityForm()
    return FacilityForm(
        latitude=f"{point.lat:.6f}",
        longitude=f"{point.lon:.6f}",
        point_source="plate_scan",
        plate=code,
    )


def plate_point(code: str) -> Point | None:
    """The middle of a code's cell; None for what is no code."""
    if not is_valid(code):
        return None
    return decode(code)[0]


def _rounded(point: Point | None) -> Point | None:
    """As the form's fields hold it."""
    return Point(lon=round(point.lon, 6), lat=round(point.lat, 6)) if point else None


def registration_of(form: FacilityForm) -> tuple[Registration, list[FormProblem]]:
    """The registration, and what of the form could not be read."""
    point, form_problems = point_of(form)
    source, accuracy_m = found_by(form)
    rooms, unread = rooms_of(form.rooms)
    form_problems += unread
    registration = Registration(
        kind=form.kind,
        name=form.name,
        phone=form.phone or None,
        address_text=form.address_text,
        lat=point.lat,
        lon=point.lon,
        point_source=source,
        accuracy_m=accuracy_m,
        remote=bool(form.remote),
        rooms=rooms,
    )
    return registration, form_problems


def rooms_of(text: str) -> tuple[list[RoomInput], list[FormProblem]]:
    """Rooms from lines such as `101, 2` or `101-110, 2`, and what is wrong with other lines. How
    many sleep in a room is never guessed: the ward counts by it.
    """
    rooms: list[RoomInput] = []
    unread = []
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        match = _ROOM_LINE.fullmatch(line)
        if match:
            beds = int(match.group(2))
            rooms += [RoomInput(name=name, beds=beds) for name in _names(match.group(1))]
        elif _NO_BEDS.fullmatch(line):
            unread.append(form_problem("rooms", "form.room_beds", line=number, room=line))
        elif line:
            unread.append(form_problem("rooms", "form.room_line", line=number))
    return rooms, unread


def _names(text: str) -> list[str]:
    match = _RANGE.fullmatch(text)
    if match is None:
        return [text]
    prefix, first, last = match.groups()
    count = int(last) - int(first) + 1
    if not 1 <= count <= _MOST_IN_RANGE:
        return [text]
    return [f"{prefix}{number:0{len(first)}}" for number in range(int(first), int(last) + 1)]


def _metres(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


_LATITUDE = form_problem("latitude", "form.latitude")
_NO_LATITUDE = form_problem("latitude", "form.latitude_missing")
_LONGITUDE = form_problem("longitude", "form.longitude")
_NO_LONGITUDE = form_problem("longitude", "form.longitude_missing")
