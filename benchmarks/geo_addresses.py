"""Finding one of a million digital addresses: the nearest, and by text with a typing error.

    python -m benchmarks.geo_addresses [--rows 1000000] [--asks 100]

On a private PostgreSQL with the real schema, asked as the login asm_api behind row-level security:
as an administrator (the whole country) and as an officer (one ward). The peer is the same question
by sequential scan, in the same run. Every address is invented. About four minutes.
"""

import argparse
import asyncio
import random
import secrets
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.accounts.create import create_account
from asm.accounts.roles import Role
from asm.accounts.sessions import actor_of_login
from asm.db.migrate import migrate
from asm.db.session import make_engine, make_sessions
from asm.facilities.addresses.scoped_addresses import addresses_around, search_addresses
from asm.geo.addresses.door_code import cell_of, encode_cell
from asm.geo.areas.fill_areas import seed_areas
from asm.geo.folding import fold
from asm.geo.points import Point
from asm.notify.install_rules import install_rules
from benchmarks.measure import ForeignCpu, conditions
from tests.services import start_test_services

_FIRST = ("Nguyễn", "Trần", "Lê", "Lý", "Phạm", "Hoàng", "Võ", "Đặng", "Bùi", "Đỗ", "Hàng")
_MIDDLE = ("Văn", "Thị", "Trãi", "Đình", "Thường", "Công", "Quốc", "Hữu", "Thái", "Minh", "Xuân")
_LAST = ("Cừ", "Linh", "Kiệt", "Học", "Sở", "Trứ", "Bông", "Đào", "Mẫu", "Thử", "Lợi", "Phúc",
         "Tông", "Tổ", "Đạo", "Khôi", "Chiểu", "Hiến", "Hãn", "Sĩ")  # fmt: skip
PASSWORDS = {"asm_api": "bench-api-password", "asm_worker": "bench-worker-password"}
WARD = "00070"
#: A sequential scan of a million texts takes many seconds.
PEER_ASKS = 3
Search = Callable[[AsyncSession, Actor], Awaitable[Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--asks", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        services = start_test_services(Path(folder))
        try:
            asyncio.run(_measure(services.admin_url("postgres"), options.rows, options.asks))
        finally:
            services.stop()


async def _measure(url: str, rows: int, asks: int) -> None:
    migrate(url, fill=install_rules, passwords=PASSWORDS)
    engine = make_engine(url)
    async with make_sessions(engine).begin() as session:
        await seed_areas(session)
    async with make_sessions(engine).begin() as session:
        await _people(session)
    await engine.dispose()
    spent = time.perf_counter()
    sample = _fill(url, rows, asks)
    took = time.perf_counter() - spent
    print(f"{rows:,} addresses in, indexed and analysed in {took:.0f} s", flush=True)
    api = make_engine(url.split("//", maxsplit=1)[0] + "//asm_api:" + PASSWORDS["asm_api"] + "@"
                      + url.split("@")[1])  # fmt: skip
    foreign = ForeignCpu()
    await _ask_all(make_sessions(api), sample)
    await api.dispose()
    _peers(url, sample[:PEER_ASKS])
    for line in conditions(("SQLAlchemy", "asyncpg"), foreign):
        print(line)


async def _people(session: AsyncSession) -> None:
    people: tuple[tuple[str, Role, str | None], ...] = (
        ("officer", "ward_officer", WARD),
        ("admin", "administrator", None),
    )
    for login, role, ward in people:
        await create_account(
            session,
            login=login,
            password=secrets.token_urlsafe(24),
            display_name=login,
            role=role,
            ward_code=ward,
        )


class Door(NamedTuple):
    point: Point
    said: str


def _fill(url: str, rows: int, asks: int) -> list[Door]:
    """Invented doors around the centres of the wards, by COPY; `asks` of them to look for."""
    chance = random.Random(1)
    doors: list[Door] = []
    taken: set[str] = set()
    with psycopg.connect(url, autocommit=True) as connection:
        wards = connection.execute(_WARDS).fetchall()
        # Indexes are quicker made over what is there; they are remade as the migrations make them.
        indexes = connection.execute(_INDEXES).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}".encode())
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            while len(taken) < rows:
                code, name, north, east = chance.choice(wards)
                point = Point(lat=north + chance.gauss(0, 0.01), lon=east + chance.gauss(0, 0.01))
                door = encode_cell(*cell_of(point), 0)
                if door in taken:
                    continue
                taken.add(door)
                said = f"{_street(chance)}, {name}"
                ewkt = f"SRID=4326;POINT({point.lon} {point.lat})"
                copy.write_row((door, 0, ewkt, "imported", said, fold(said), code))
                if len(taken) % (rows // asks) == 0:
                    doors.append(Door(point, said))
        connection.execute("SET maintenance_work_mem = '512MB'")
        for _, definition in indexes:
            connection.execute(definition.encode())
        connection.execute("VACUUM ANALYZE digital_address")
    return doors


def _street(chance: random.Random) -> str:
    alley = f"ngõ {chance.randint(1, 99)} " if chance.random() < 0.3 else ""
    street = " ".join(chance.choice(names) for names in (_FIRST, _MIDDLE, _LAST))
    return f"{chance.randint(1, 400)} {alley}{street}"


def _street_alone(said: str) -> str:
    """Three words that many doors have in common."""
    return " ".join(said.partition(",")[0].split()[-3:])


def _mistyped(said: str, chance: random.Random) -> str:
    """Without diacritics, and one letter wrong."""
    folded = fold(said)
    at = chance.choice([at for at, sign in enumerate(folded) if sign.isalpha()])
    return folded[:at] + chance.choice("aehinot") + folded[at + 1 :]


async def _ask_all(sessions: async_sessionmaker[AsyncSession], sample: list[Door]) -> None:
    chance = random.Random(2)
    for who in ("admin", "officer"):
        right = 0
        nearest, exact, mistyped, street = [], [], [], []
        for door in sample:
            wrong = _mistyped(door.said, chance)
            nearest.append((await _timed(sessions, who, _near(door)))[0])
            exact.append((await _timed(sessions, who, _like(door.said)))[0])
            spent, answer = await _timed(sessions, who, _like(wrong))
            mistyped.append(spent)
            street.append((await _timed(sessions, who, _like(_street_alone(door.said))))[0])
            right += any(each.address_text == door.said for each in answer)
        _print(f"{who}: nearest 20", nearest)
        _print(f"{who}: text as written", exact)
        _print(f"{who}: text with a typing error", mistyped)
        _print(f"{who}: the name of a street alone", street)
        if who == "admin":
            print(
                f"  the right one among the first 20 answers: {right} of {len(sample)}", flush=True
            )


def _near(door: Door) -> Search:
    return lambda session, actor: addresses_around(
        Scope(session, actor), door.point, within_m=1000, limit=20
    )


def _like(said: str) -> Search:
    return lambda session, actor: search_addresses(Scope(session, actor), said)


async def _timed(
    sessions: async_sessionmaker[AsyncSession], login: str, search: Search
) -> tuple[float, Any]:
    async with sessions() as session:
        actor = await actor_of_login(session, login)
        start = time.perf_counter()
        answer = await search(session, actor)
        return time.perf_counter() - start, answer


def _peers(url: str, sample: list[Door]) -> None:
    """The same questions without an index, by the owner, past the policies."""
    near, like = [], []
    with psycopg.connect(url) as connection:
        connection.execute("SET enable_indexscan = off; SET enable_bitmapscan = off")
        for door in sample:
            start = time.perf_counter()
            connection.execute(_NEAR_PEER, (door.point.lon, door.point.lat)).fetchall()
            near.append(time.perf_counter() - start)
            start = time.perf_counter()
            connection.execute(_LIKE_PEER, {"q": fold(door.said)}).fetchall()
            like.append(time.perf_counter() - start)
    _print("peer, sequential scan: nearest 20", near)
    _print("peer, sequential scan: text", like)


def _print(what: str, spent: list[float]) -> None:
    each_ms = sorted(value * 1000 for value in spent)
    p95 = each_ms[int(0.95 * (len(each_ms) - 1))]
    print(
        f"{what}: p50 {statistics.median(each_ms):.1f} ms, p95 {p95:.1f} ms ({len(each_ms)} asked)",
        flush=True,
    )


_WARDS = "SELECT code, name, ST_Y(centre), ST_X(centre) FROM ward WHERE valid_to IS NULL"
_COPY = (
    "COPY digital_address (code, unit, point, point_source, address_text, folded, ward_code) "
    "FROM STDIN"
)
_INDEXES = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'digital_address' "
    "AND indexdef NOT LIKE 'CREATE UNIQUE%'"
)
_NEAR_PEER = (
    "SELECT code FROM digital_address "
    "ORDER BY point <-> ST_SetSRID(ST_MakePoint(%s, %s), 4326) LIMIT 20"
)
_LIKE_PEER = (
    "SELECT code FROM digital_address WHERE word_similarity(%(q)s, folded) > 0.5 "
    "ORDER BY word_similarity(%(q)s, folded) DESC LIMIT 20"
)

if __name__ == "__main__":
    main()
