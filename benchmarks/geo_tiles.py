"""Vector tiles at the scale of the country: time and size at each zoom, made anew or kept.

    python -m benchmarks.geo_tiles [--facilities 100000] [--boundaries FILE.geojson.gz]

Facilities crowd around the middles of wards, more in the two largest cities. Each tile is asked
over the application's own interface as a stranger asks it. Runs on a database of its own, thrown
away at the end. Without a boundary file (or ASM_WARD_BOUNDARIES) approximate cells are measured.
"""

import argparse
import asyncio
import math
import os
import random
import secrets
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
from litestar import Litestar

from asm.app import create_app
from asm.db.migrate import migrate
from asm.db.session import make_engine, one_transaction
from asm.demo.cast import seed_cast
from asm.geo.areas.fill_areas import seed_areas
from asm.geo.areas.load_boundaries import load_boundaries
from asm.geo.maps.tiles import MOST_BYTES
from asm.identity.vault.keys import create_keys
from asm.install.belonging.installation import note_installation
from asm.notify.install_rules import install_rules
from asm.settings import Settings
from asm.web.map.shelf import TileShelf
from benchmarks.measure import ForeignCpu, conditions
from local.fill import BESIDE_CHECKOUT
from tests.services import TestServices, start_test_services

PROJECT = Path(__file__).parents[1]
LAYERS = ("areas", "facilities")
ZOOMS = range(5, 17)
#: Where tiles are asked: the two largest cities, a plain, a highland and a coast.
CENTRES = ((21.03, 105.85), (10.78, 106.70), (10.03, 105.78), (12.67, 108.04), (16.07, 108.22))
#: A third of all facilities lie in the two largest cities.
CITIES = ("01", "79")
KINDS = ("hotel", "guest_house", "homestay", "boarding_house", "household")
_COPY = (
    "COPY facility (id, kind, name, folded_name, address_text, ward_code, point, status, "
    "registered_by) FROM STDIN"
)


@dataclass(frozen=True)
class Answer:
    """One tile: milliseconds made anew, from the shelf and when the asker has it; bytes."""

    made_ms: float
    kept_ms: float
    unchanged_ms: float
    plain: int
    packed: int


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--facilities", type=int, default=100_000)
    beside = PROJECT.parent / BESIDE_CHECKOUT
    given = os.environ.get("ASM_WARD_BOUNDARIES") or (str(beside) if beside.is_file() else None)
    parser.add_argument("--boundaries", type=Path, default=Path(given) if given else None)
    return parser.parse_args()


async def _fill(url: str, options: argparse.Namespace) -> None:
    engine = make_engine(url, name="asm-benchmark")
    await note_installation(engine, "demo")
    async with one_transaction(engine) as session:
        await seed_areas(session)
    async with one_transaction(engine) as session:
        await seed_cast(session)
    if options.boundaries is not None:
        async with one_transaction(engine) as session:
            await load_boundaries(session, options.boundaries)
    await engine.dispose()
    with psycopg.connect(url, autocommit=True) as connection:
        _add_facilities(connection, options.facilities)
        connection.execute("VACUUM ANALYZE facility")
        connection.execute("VACUUM ANALYZE ward")


def _add_facilities(connection: psycopg.Connection, count: int) -> None:
    """Around the middles of wards, thinning out within three kilometres."""
    wards = connection.execute(
        "SELECT code, province_code, ST_Y(centre), ST_X(centre) FROM ward WHERE valid_to IS NULL"
    ).fetchall()
    cities = [ward for ward in wards if ward[1] in CITIES]
    account = connection.execute("SELECT id FROM account LIMIT 1").fetchone()
    assert account is not None  # noqa: S101 -- the cast has accounts
    chance = random.Random(7)
    with connection.cursor().copy(_COPY) as copy:
        for n in range(count):
            code, _, lat, lon = chance.choice(wards if n % 3 else cities)
            lat, lon = lat + chance.gauss(0, 0.012), lon + chance.gauss(0, 0.012)
            name = f"Cơ sở lưu trú số {n}"
            point = f"SRID=4326;POINT({lon} {lat})"
            copy.write_row(
                (uuid4(), KINDS[n % 5], name, "co so", "Đường Thử", code, point, "active", *account)
            )


def _addresses(layer: str, z: int) -> list[str]:
    """The tiles around each place: its own, and its neighbour's to the east."""
    paths = []
    for lat, lon in CENTRES:
        x = int((lon / 180 + 1) / 2 * 2**z)
        y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
        paths += [f"/tiles/{layer}/{z}/{x}/{y}", f"/tiles/{layer}/{z}/{x + 1}/{y}"]
    return list(dict.fromkeys(paths))


async def _timed(
    client: httpx.AsyncClient, path: str, etag: str = ""
) -> tuple[float, httpx.Response]:
    started = time.perf_counter()
    answer = await client.get(path, headers={"if-none-match": etag} if etag else {})
    return (time.perf_counter() - started) * 1000, answer


async def _ask(client: httpx.AsyncClient, path: str) -> Answer:
    made_ms, answer = await _timed(client, path)
    if answer.status_code not in {200, 204}:
        raise SystemExit(f"{path}: {answer.status_code} {answer.text[:200]}")
    kept = [(await _timed(client, path))[0] for _ in range(5)]
    unchanged = []
    for _ in range(5):
        ms, again = await _timed(client, path, answer.headers["etag"])
        if again.status_code != 304:
            raise SystemExit(f"{path}: {again.status_code} where 304 was due")
        unchanged.append(ms)
    packed = int(answer.headers.get("content-length", 0))
    return Answer(
        made_ms, statistics.median(kept), statistics.median(unchanged), len(answer.content), packed
    )


async def _measure(app: Litestar) -> list[str]:
    lines = [
        "| layer | zoom | tiles | made p50 / max ms | kept ms | 304 ms | made ÷ kept | kB (gz) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    transport = httpx.ASGITransport(app=app)
    # Versions are asked once: what a first request of five seconds pays is told apart, below.
    app.state["tiles"] = TileShelf(believed_s=3600)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for layer in LAYERS:
            first, _ = await _timed(client, _addresses(layer, 16)[0])
            for z in ZOOMS:
                answers = [await _ask(client, path) for path in _addresses(layer, z)]
                lines.append(_line(layer, z, answers))
            lines.append(f"| {layer} | | first with its data version | {first:.0f} ms | | | | |")
    return lines


def _line(layer: str, z: int, answers: list[Answer]) -> str:
    heaviest = max(answers, key=lambda answer: answer.plain)
    if heaviest.plain > MOST_BYTES:
        raise SystemExit(f"{layer} at zoom {z}: {heaviest.plain} bytes are more than {MOST_BYTES}")
    made_ms = statistics.median(answer.made_ms for answer in answers)
    kept = statistics.median(answer.kept_ms for answer in answers)
    unchanged = statistics.median(answer.unchanged_ms for answer in answers)
    most = max(answer.made_ms for answer in answers)
    return (
        f"| {layer} | {z} | {len(answers)} | {made_ms:.1f} / {most:.0f} | {kept:.1f} | "
        f"{unchanged:.1f} | {made_ms / kept:.1f} | "
        f"{heaviest.plain / 1000:.0f} ({heaviest.packed / 1000:.0f}) |"
    )


def _settings(services: TestServices, folder: Path, password: str) -> Settings:
    address = services.admin_url("asm_benchmark")
    location = address.split("@", 1)[1]
    create_keys(folder / "secrets")
    return Settings(
        database_url=f"postgresql://asm_api:{password}@{location}",
        worker_database_url=f"postgresql://asm_worker:{password}@{location}",
        admin_database_url=address,
        redis_url=services.redis_url,
        secrets_dir=folder / "secrets",
        public_url="http://127.0.0.1",
        host="127.0.0.1",
        port=0,
        data_dir=folder,
        log_json=True,
    )


async def _run(settings: Settings) -> list[str]:
    app = create_app(settings)
    async with app.lifespan():
        return await _measure(app)


def main() -> None:
    """Start a server, fill it, measure, print a table, throw everything away."""
    options, foreign = _parse(), ForeignCpu()
    with tempfile.TemporaryDirectory() as name:
        folder, password = Path(name), secrets.token_urlsafe(16)
        services = start_test_services(folder)
        try:
            with psycopg.connect(services.admin_url("postgres"), autocommit=True) as connection:
                connection.execute("CREATE DATABASE asm_benchmark")
            url = services.admin_url("asm_benchmark")
            migrate(
                url,
                fill=install_rules,
                passwords={"asm_api": password, "asm_worker": password},
            )
            asyncio.run(_fill(url, options))
            lines = asyncio.run(_run(_settings(services, folder, password)))
        finally:
            services.stop()
    lines += ["", f"boundaries: {options.boundaries.name if options.boundaries else 'approximate'}"]
    lines += conditions(("litestar", "asyncpg"), foreign)
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
