"""Totals of Hoàn Kiếm as the worker would have kept them, so that pages show figures: 40 nights
that end with last night, in a hotel, most of it from two provinces.
"""

import contextlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import psycopg
import psycopg.sql

from asm.analytics.totals.model import COUNTS, HOUSES
from asm.demo.cast import WARD_A
from asm.facilities.nights import current_night

NIGHTS = 40
HOMES = {"P79": 60, "P48": 30, "CKOR": 8, "?": 2}
GUESTS = sum(HOMES.values())


def last_night(now: datetime) -> date:
    return current_night(now) - timedelta(days=1)


def count_nights(admin_url: str, now: datetime, nights: int = NIGHTS) -> date:
    """Write them, and return the last one; each has GUESTS guests, half of whom arrived."""
    last = last_night(now)
    with psycopg.connect(admin_url) as connection:
        connection.execute(
            "INSERT INTO totals_state (singleton, first_night, last_night, refreshed_at) "
            "VALUES (true, %s, %s, now()) ON CONFLICT (singleton) DO UPDATE SET "
            "first_night = excluded.first_night, last_night = excluded.last_night",
            [last - timedelta(days=nights - 1), last + timedelta(days=1)],
        )
        for number in range(nights):
            _one_night(connection, last - timedelta(days=number))
    return last


def _one_night(connection: psycopg.Connection, night: date) -> None:
    counts = dict.fromkeys(COUNTS, 0) | {
        "arrivals": GUESTS // 2,
        "guest_nights": GUESTS,
        "departures": GUESTS // 2,
        "declared": GUESTS // 2,
        "stays": GUESTS // 2,
        "length_1": GUESTS // 4,
        "length_2": GUESTS // 4,
    }
    houses = dict.fromkeys(HOUSES, 0) | {
        "facilities_active": 4,
        "facilities_stayed": 3,
        "facilities_said": 2,
        "rooms_open": 100,
        "beds_open": 200,
        "rooms_all": 110,
        "beds_all": 220,
        "rooms_occupied": 50,
        "known_nights": GUESTS,
    }
    for table, keys, values in (
        ("night_total", {"tourism": True}, counts),
        ("ward_night", {}, houses),
    ):
        _insert(
            connection,
            table,
            {"ward_code": WARD_A, "night": night, "kind": "hotel", **keys, **values},
        )
    for home, guests in HOMES.items():
        _insert(
            connection,
            "origin_night",
            {
                "ward_code": WARD_A,
                "night": night,
                "kind": "hotel",
                "residence": home,
                "reason": 1,
                "tourism": True,
                "arrivals": guests // 2,
                "guest_nights": guests,
            },
        )


def _insert(connection: psycopg.Connection, table: str, row: dict[str, object]) -> None:
    names = psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, row))
    values = psycopg.sql.SQL(", ").join(psycopg.sql.Placeholder() * len(row))
    statement = psycopg.sql.SQL("INSERT INTO {} ({}) VALUES ({})")
    connection.execute(
        statement.format(psycopg.sql.Identifier(table), names, values), list(row.values())
    )


@contextlib.contextmanager
def table_gone(admin_url: str, name: str) -> Iterator[None]:
    """While a table has another name, whatever reads it fails."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        renamed = psycopg.sql.SQL("ALTER TABLE {} RENAME TO {}")
        away, back = psycopg.sql.Identifier(name), psycopg.sql.Identifier(f"{name}_away")
        connection.execute(renamed.format(away, back))
        yield
        connection.execute(renamed.format(back, away))
