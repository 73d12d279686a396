"""Facilities of a whole country, invented: where they stand, of what kind, with how many rooms.

How many each ward has goes by how many former communes it was put together from in 2025, by whether
it is a city's ward, and by how much its province lives from guests.
"""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from importlib.resources import as_file, files
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray

from benchmarks.analytics.binary_copy import copy_rows, days, uuids

HOUSES: Final = 40_000
#: Kind → share of houses, mean number of rooms, beds in a room, hourly use, tourism.
KINDS: Final[dict[str, tuple[float, int, int, bool, bool]]] = {
    "hotel": (0.24, 32, 2, True, True),
    "guest_house": (0.28, 12, 2, True, True),
    "homestay": (0.12, 5, 2, False, True),
    "boarding_house": (0.24, 10, 2, False, False),
    "worker_housing": (0.04, 60, 4, False, False),
    "hospital": (0.03, 50, 4, False, False),
    "household": (0.05, 2, 2, False, False),
}
#: Provinces that live from guests, and by how much more than others (an assumption).
_VISITED: Final = {
    "01": 4.0, "79": 4.0, "48": 5.0, "56": 4.0, "22": 3.5, "68": 3.0, "46": 2.5, "91": 3.0,
    "15": 2.0, "37": 2.0, "31": 2.0, "24": 1.5, "75": 1.5, "40": 1.5, "38": 1.5,
}  # fmt: skip
_OPENED: Final = date(2025, 1, 1)
_LONG_AGO_MS: Final = 1_700_000_000_000


@dataclass(frozen=True)
class Houses:
    """Facilities in the order of their number; arrays run in parallel. `ward` indexes `codes`."""

    ids: NDArray[Any]
    codes: NDArray[Any]
    provinces: NDArray[Any]
    ward: NDArray[np.int64]
    kind: NDArray[np.int64]
    rooms: NDArray[np.int64]


def ward_weights(codes: list[str]) -> NDArray[np.float64]:
    """How much of the country's lodging each ward holds."""
    source = files("vietnamadminunits") / "data"
    merged: Counter[tuple[str, str]] = Counter()
    converter = json.loads((source / "converter_2025.json").read_text(encoding="utf-8"))
    for province, wards in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, former in wards.items():
            merged[province, ward] = len(former)
    with as_file(source / "dataset.db") as path, closing(sqlite3.connect(path)) as database:
        rows = {
            code: (province, merged[province_key, key], kind)
            for code, province, province_key, key, kind in database.execute(
                "SELECT wardCode, provinceCode, provinceKey, wardKey, wardType FROM admin_units"
            )
        }
    draw = np.random.default_rng(20_260_701)
    spread = draw.lognormal(0, 0.9, len(codes))
    known = [rows.get(code, ("", 1, "")) for code in codes]
    return np.array(
        [
            _VISITED.get(province, 1.0) * max(former, 1) * (2.5 if kind == "Phường" else 1.0) * luck
            for (province, former, kind), luck in zip(known, spread, strict=True)
        ]
    )


def put_houses(connection: psycopg.Connection) -> Houses:
    """Store them, active since long ago, with their rooms."""
    rows = connection.execute(
        "SELECT code, province_code, ST_AsEWKB(ST_PointOnSurface(boundary)) "
        "FROM ward WHERE valid_to IS NULL ORDER BY code"
    ).fetchall()
    (registered_by,) = connection.execute("SELECT id FROM account LIMIT 1").fetchone() or (None,)
    codes = [row[0] for row in rows]
    weights = ward_weights(codes)
    draw = np.random.default_rng(20_260_702)
    number = np.arange(HOUSES)
    kinds = list(KINDS.values())
    houses = Houses(
        ids=uuids(0xB, np.full(HOUSES, _LONG_AGO_MS), number),
        codes=np.array([code.encode() for code in codes]),
        provinces=np.array([row[1].encode() for row in rows]),
        ward=draw.choice(len(codes), HOUSES, p=weights / weights.sum()),
        kind=draw.choice(len(kinds), HOUSES, p=[kind[0] for kind in kinds]),
        rooms=np.zeros(HOUSES, dtype=np.int64),
    )
    mean = np.array([kind[1] for kind in kinds])[houses.kind]
    houses.rooms[:] = np.clip(mean * draw.lognormal(-0.2, 0.6, HOUSES), 1, 400).astype(np.int64)
    points = np.array([bytes(row[2]) for row in rows])
    for index, kind in enumerate(KINDS):
        chosen = houses.kind == index
        size = int(chosen.sum())
        copy_rows(
            connection,
            "facility",
            {
                "id": houses.ids[chosen],
                "kind": np.full(size, kind.encode()),
                "name": _names(number[chosen]),
                "folded_name": _names(number[chosen]),
                "address_text": np.full(size, b"1"),
                "ward_code": houses.codes[houses.ward[chosen]],
                "point": points[houses.ward[chosen]],
                "status": np.full(size, b"active"),
                "registered_by": np.full(size, registered_by.bytes),
                "registered_at": np.full(size, _microseconds(_OPENED), ">i8"),
            },
        )
    _put_rooms(connection, houses)
    return houses


def _put_rooms(connection: psycopg.Connection, houses: Houses) -> None:
    house = np.repeat(np.arange(HOUSES), houses.rooms)
    first = np.repeat(np.cumsum(houses.rooms) - houses.rooms, houses.rooms)
    number = np.arange(len(house))
    beds = np.array([kind[2] for kind in KINDS.values()])[houses.kind[house]]
    copy_rows(
        connection,
        "room",
        {
            "facility_id": houses.ids[house],
            "id": uuids(0xC, np.full(len(house), _LONG_AGO_MS), number),
            "name": room_names(number - first),
            "beds": beds.astype(">i4"),
            "opened_on": np.full(len(house), days(_OPENED), ">i4"),
        },
    )


def room_names(number: NDArray[np.int64]) -> NDArray[Any]:
    """001, 002, …"""
    return np.char.zfill(number.astype("S3"), 3).astype("S3")


def _names(number: NDArray[np.int64]) -> NDArray[Any]:
    return np.char.add(b"house ", np.char.zfill(number.astype("S5"), 5))


def _microseconds(day: date) -> int:
    return days(day) * 86_400_000_000
