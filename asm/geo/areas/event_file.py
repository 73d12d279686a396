"""Read a file that describes one change of areas: a rename, a merger, a split. Pure."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec

from asm.errors import Invalid, invalid_field, reason_of
from asm.geo.areas.boundary_file import read_geometry
from asm.geo.areas.old_units.published_history import EventKind
from asm.geo.areas.published_areas import ProvinceKind, WardKind

MOST_BYTES = 200_000_000

_Code = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{2,6}$")]
_Name = Annotated[str, msgspec.Meta(min_length=2, max_length=200)]


class WardAfter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ward as it is from the day on. `geometry`: GeoJSON in EPSG:4326, longitude first; may be
    left out where the boundary did not change.
    """

    code: _Code
    name: _Name
    kind: WardKind
    province_code: _Code
    geometry: msgspec.Raw = msgspec.Raw(b"null")


class ProvinceAfter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A province's name and kind from the day on."""

    code: _Code
    name: _Name
    kind: ProvinceKind


class EventFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ended`: codes of wards that are no more; `wards`: new, changed and continuing ones, with
    `source`, the act. A ward that goes on unchanged beside the others need not be named.
    """

    kind: EventKind
    happened_on: date
    title: _Name
    source: _Name
    ended: list[_Code] = []
    wards: list[WardAfter] = []
    provinces: list[ProvinceAfter] = []


class ReadEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`boundaries`: ward code → WKB of a valid MultiPolygon. `sha256` of the file names it."""

    event: EventFile
    boundaries: dict[str, bytes]
    sha256: str


def read_event_file(path: Path) -> ReadEvent:
    """Raises Invalid `file_unreadable`, `event_malformed` (the text says where), `ward_repeated`
    or what a boundary file is refused for.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _malformed("the file is larger than 200 MB")
        raw = path.read_bytes()
    except OSError as error:
        raise _invalid("file_unreadable", file=path, reason=reason_of(error)) from error
    try:
        event = msgspec.json.decode(raw, type=EventFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _malformed(str(error)) from error
    codes = [ward.code for ward in event.wards] + event.ended
    if len(codes) != len(set(codes)):
        raise _invalid("ward_repeated")
    if not codes and not event.provinces:
        raise _malformed("it changes nothing: give ended, wards or provinces")
    boundaries = {
        ward.code: read_geometry(ward.code, ward.geometry).wkb
        for ward in event.wards
        if bytes(ward.geometry) != b"null"
    }
    return ReadEvent(event=event, boundaries=boundaries, sha256=hashlib.sha256(raw).hexdigest())


def _malformed(why: str) -> Invalid:
    return _invalid("event_malformed", why=why)


def _invalid(code: str, **facts: object) -> Invalid:
    return invalid_field("", code, text=f"event_file.{code}", **facts)
