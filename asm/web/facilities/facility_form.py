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
_RANGE: Final = re.compile(r"(\D*)(\d{1,5})\s*-\s*(\d{1,5})")
#: As map programs copy a point: 21.028511, 105.854167.
_PAIR: Final = re.compile(r"\(?(-?\d{1,3}\.\d+)\s*[,; ]\s*(-?\d{1,3}\.\d+)\)?")
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
    pair = _PAIR.fullmatch(inputs["latitude"])
    if pair and not inputs["longitude"]:
        inputs["latitude"], inputs["longitude"] = pair.groups()
    return FacilityForm(**inputs)


def point_of(form: FacilityForm) -> tuple[Point, list[FormProblem]]:
    """The point; 0 where a number cannot be read."""
    latitude, longitude = _degrees(form.latitude), _degrees(form.longitude)
    form_problems = [
        form_problem
        for value, form_problem in ((latitude, _LATITUDE), (longitude, _LONGITUDE))
        if value is None
    ]
    return Point(lon=longitude or 0.0, lat=latitude or 0.0), form_problems


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
    metres = _degrees(form.accuracy_m)
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
    rooms, bad_lines = rooms_of(form.rooms)
    form_problems += [_room_line(number) for number in bad_lines]
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


def rooms_of(text: str) -> tuple[list[RoomInput], list[int]]:
    """Rooms from lines such as `101, 2` or `101-110, 2`, and the numbers of unreadable lines."""
    rooms: list[RoomInput] = []
    bad_lines = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        match = _ROOM_LINE.fullmatch(line.strip())
        if match is None:
            bad_lines.append(number)
            continue
        beds = int(match.group(2))
        rooms += [RoomInput(name=name, beds=beds) for name in _names(match.group(1))]
    return rooms, bad_lines


def _names(text: str) -> list[str]:
    match = _RANGE.fullmatch(text)
    if match is None:
        return [text]
    prefix, first, last = match.groups()
    count = int(last) - int(first) + 1
    if not 1 <= count <= _MOST_IN_RANGE:
        return [text]
    return [f"{prefix}{number:0{len(first)}}" for number in range(int(first), int(last) + 1)]


def _degrees(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _room_line(number: int) -> FormProblem:
    return form_problem("rooms", "form.room_line", line=number)


_LATITUDE = form_problem("latitude", "form.latitude")
_LONGITUDE = form_problem("longitude", "form.longitude")
