"""Fifteen months of stays of a whole country, invented: seasons, weekends, holidays and Tết.

Guests come from everywhere, more from where many live; foreigners to where guests go. Stays follow
each other by arrival, as they would have been stored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import holidays
import numpy as np
import psycopg
from numpy.typing import NDArray

from benchmarks.analytics.binary_copy import Columns, copy_rows, days, uuids
from benchmarks.analytics.invented_houses import KINDS, Houses, room_names

MONTHS: Final = 15
DAY_US: Final = 86_400_000_000
HOUR_US: Final = 3_600_000_000
#: 2000-01-01 UTC in milliseconds of the Unix clock.
_EPOCH_MS: Final = 946_684_800_000
_SEASON: Final = (0.9, 0.95, 0.95, 1.0, 1.05, 1.35, 1.4, 1.2, 0.9, 0.9, 0.9, 1.0)
_WEEKEND: Final = (0.85, 0.85, 0.88, 0.95, 1.2, 1.5, 1.0)  # Monday first
#: Kind → mean nights beyond the first, and the reason most give.
_NIGHTS: Final = {
    "hotel": (0.9, 1), "guest_house": (0.4, 1), "homestay": (1.2, 1), "boarding_house": (12.0, 2),
    "worker_housing": (20.0, 19), "hospital": (4.0, 18), "household": (2.0, 3),
}  # fmt: skip
_REASONS = np.array([_NIGHTS[each][1] for each in KINDS])
_COUNTRIES: Final = (b"KOR", b"CHN", b"TWN", b"USA", b"JPN", b"RUS", b"IND", b"KHM", b"MYS", b"AUS",
                     b"THA", b"GBR", b"FRA", b"DEU", b"SGP", b"PHL")  # fmt: skip


@dataclass(frozen=True)
class _Batch:
    """The stays of one night, in the order of their arrival."""

    house: NDArray[np.int64]
    nights: NDArray[np.int64]
    arrived: NDArray[np.int64]
    number: NDArray[np.int64]
    hourly: NDArray[np.bool_]


def put_stays(connection: psycopg.Connection, houses: Houses, size: int, last: date) -> None:
    """Store `size` stays whose first nights end with `last`, a month in one transaction."""
    volume = _volume(last)
    counts = np.floor(volume / volume.sum() * size).astype(np.int64)
    first = last - timedelta(days=len(counts) - 1)
    connection.execute("SELECT ensure_stay_partitions(%s, %s)", [first, MONTHS + 3])
    connection.commit()
    draw = np.random.default_rng(20_260_703)
    (account,) = connection.execute("SELECT id FROM account LIMIT 1").fetchone() or (None,)
    weights = _house_weights(houses)
    number = 0
    for offset, count in enumerate(counts):
        night = first + timedelta(days=offset)
        batch = _batch(draw, weights, houses, night, number, int(count))
        number += int(count)
        for columns in _columns(draw, houses, batch, night, account.bytes):
            copy_rows(connection, "stay", columns)
            copy_rows(connection, "identity_check", _answers(draw, columns))
        if night.day == 1:
            connection.commit()
    connection.commit()


def _volume(last: date) -> NDArray[np.float64]:
    """How many come, night by night, as shares."""
    first = (last - timedelta(days=MONTHS * 30)).replace(day=1)
    free = holidays.country_holidays("VN", years=range(first.year, last.year + 1), language="vi")
    nights = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    return np.array(
        [
            _SEASON[night.month - 1] * _WEEKEND[night.weekday()] * (1.7 if night in free else 1.0)
            for night in nights
        ]
    )


def _house_weights(houses: Houses) -> NDArray[np.float64]:
    """Arrivals go by rooms, and less often where people stay long."""
    mean = np.array([1 + _NIGHTS[kind][0] for kind in KINDS])[houses.kind]
    weights = houses.rooms / mean
    return np.cumsum(weights / weights.sum())


def _batch(
    draw: np.random.Generator,
    weights: NDArray[np.float64],
    houses: Houses,
    night: date,
    number: int,
    count: int,
) -> _Batch:
    house = np.minimum(np.searchsorted(weights, draw.random(count)), len(weights) - 1)
    mean = np.array([_NIGHTS[kind][0] for kind in KINDS])[houses.kind[house]]
    nights = 1 + draw.geometric(1 / (1 + mean)) - 1
    by_hour = np.array([kind[3] for kind in KINDS.values()])[houses.kind[house]]
    # Between noon and midnight in Vietnam, 05:00 to 17:00 UTC.
    arrived = days(night) * DAY_US + np.sort(draw.integers(5 * HOUR_US, 17 * HOUR_US, count))
    return _Batch(
        house=house,
        nights=np.minimum(nights, 400),
        arrived=arrived,
        number=np.arange(number, number + count),
        hourly=by_hour & (draw.random(count) < 0.08),
    )


def _columns(
    draw: np.random.Generator, houses: Houses, batch: _Batch, night: date, account: bytes
) -> Iterator[Columns]:
    """In three groups: who lives here, who lives abroad, and who did not say where."""
    size = len(batch.house)
    tourist = np.array([each[4] for each in KINDS.values()])[houses.kind[batch.house]]
    abroad = draw.random(size) < np.where(tourist, 0.16, 0.02)
    unknown = ~abroad & (draw.random(size) < 0.03)
    for group, chosen in (("home", ~abroad & ~unknown), ("abroad", abroad), ("unknown", unknown)):
        members = np.flatnonzero(chosen)
        if len(members):
            columns = _group(
                draw, houses, batch, night, account, members, foreign=group == "abroad"
            )
            yield _residence(columns, group)


def _residence(columns: Columns, group: str) -> Columns:
    province, country = columns["residence_province"], columns["residence_country"]
    if province is None or country is None:
        raise ValueError("both are there until now")
    if group == "unknown":
        return {**columns, "residence_province": None, "residence": np.full(len(country), b"?")}
    if group == "abroad":
        return {**columns, "residence_province": None, "residence": np.char.add(b"C", country)}
    return {**columns, "residence": np.char.add(b"P", province)}


def _group(
    draw: np.random.Generator,
    houses: Houses,
    batch: _Batch,
    night: date,
    account: bytes,
    chosen: NDArray[np.int64],
    *,
    foreign: bool,
) -> Columns:
    size = len(chosen)
    house, arrived, hourly = batch.house[chosen], batch.arrived[chosen], batch.hourly[chosen]
    kind = houses.kind[house]
    nights = np.where(hourly, 0, batch.nights[chosen])
    end = days(night) + nights
    left = np.where(hourly, arrived + 2 * HOUR_US, end * DAY_US + 4 * HOUR_US)
    reason = np.where(draw.random(size) < 0.8, _REASONS[kind], draw.integers(1, 20, size))
    home = _homes(draw, size) if foreign else np.full(size, b"VNM")
    tourism = np.array([each[4] for each in KINDS.values()])[kind] & (reason < 18)
    late = draw.random(size) < 0.03
    received = arrived + np.where(late, 14 * HOUR_US, HOUR_US // 4)
    milliseconds = arrived // 1000 + _EPOCH_MS
    return {
        "facility_id": houses.ids[house],
        "id": uuids(1, milliseconds, batch.number[chosen]),
        "arrival_date": np.full(size, days(night), ">i4"),
        "ward_code": houses.codes[houses.ward[house]],
        "person_ref": uuids(2, milliseconds, batch.number[chosen]),
        "guest_record_id": uuids(3, milliseconds, batch.number[chosen]),
        "receipt_number": np.char.add(b"B", np.char.zfill(batch.number[chosen].astype("S9"), 9)),
        "arrived_at": arrived.astype(">i8"),
        "planned_departure_at": left.astype(">i8"),
        "departed_at": left.astype(">i8"),
        "first_night": np.full(size, days(night), ">i4"),
        "end_night": end.astype(">i4"),
        "hourly": hourly.astype("u1"),
        "room_name": room_names(draw.integers(0, houses.rooms[house])),
        "reason": reason.astype(">i4"),
        "foreigner": np.full(size, foreign, "u1"),
        "no_papers": np.zeros(size, "u1"),
        "nationality": home.astype("S3"),
        "residence_province": _provinces(draw, houses, size),
        "residence_country": home.astype("S3"),
        "tourism": tourism.astype("u1"),
        "received_at": received.astype(">i8"),
        "due_at": (arrived + 12 * HOUR_US).astype(">i8"),
        "on_time": (~late).astype("u1"),
        "via": np.full(size, b"api"),
        "declared_by": np.full(size, account),
        "party_id": uuids(4, milliseconds, batch.number[chosen]),
    }


def _homes(draw: np.random.Generator, size: int) -> NDArray[np.bytes_]:
    return np.array(_COUNTRIES)[np.minimum(draw.geometric(0.25, size) - 1, 15)]


def _provinces(draw: np.random.Generator, houses: Houses, size: int) -> NDArray[np.bytes_]:
    provinces = np.unique(houses.provinces)
    shares = 1 / np.arange(1, len(provinces) + 1)
    live: NDArray[np.bytes_] = provinces[draw.choice(len(provinces), size, p=shares / shares.sum())]
    return live


def _answers(draw: np.random.Generator, columns: Columns) -> Columns:
    """The population database knew most of those who live here."""
    names = {"facility_id": "facility_id", "ward_code": "ward_code", "id": "stay_id",
             "guest_record_id": "guest_record_id"}  # fmt: skip
    given = {names[name]: values for name, values in columns.items() if name in names}
    size = next(len(values) for values in given.values() if values is not None)
    chosen = np.flatnonzero(draw.random(size) < 0.8)
    rows = {name: values[chosen] for name, values in given.items() if values is not None}
    return {**rows, "status": np.full(len(chosen), b"verified")}
