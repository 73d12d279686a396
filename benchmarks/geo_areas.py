"""Wards at the scale of the country: load time of all boundaries, points assigned per second.

    python -m benchmarks.geo_areas [--points 100000] [--boundaries FILE.geojson.gz]

Runs on a database of its own, thrown away at the end. Without a boundary file (or
ASM_WARD_BOUNDARIES) the approximate cells are measured.
"""

import argparse
import asyncio
import json
import os
import random
import tempfile
import time
from pathlib import Path

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.migrate import migrate
from asm.db.session import make_engine, make_sessions
from asm.geo.areas.assign import Assigned, assign_points
from asm.geo.areas.fill_areas import seed_areas
from asm.geo.areas.load_boundaries import load_boundaries
from asm.geo.areas.old_units.old_units import map_old
from asm.geo.areas.wards import ward_at
from asm.geo.points import Point
from asm.notify.install_rules import install_rules
from local.fill import BESIDE_CHECKOUT
from tests.services import start_test_services

PROJECT = Path(__file__).parents[1]
#: Rows of wards with their share of area: points are spread over the land, as facilities are not.
_POINTS = text("""
SELECT ST_Y(p.geom), ST_X(p.geom) FROM ward w,
  LATERAL ST_Dump(ST_GeneratePoints(w.boundary, :each, 20260101)) p
WHERE w.valid_to IS NULL AND w.boundary IS NOT NULL
""")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=100_000)
    beside = PROJECT.parent / BESIDE_CHECKOUT
    given = os.environ.get("ASM_WARD_BOUNDARIES") or (str(beside) if beside.is_file() else None)
    parser.add_argument("--boundaries", type=Path, default=Path(given) if given else None)
    return parser.parse_args()


async def _measure(url: str, options: argparse.Namespace) -> dict[str, object]:
    engine = make_engine(url, name="asm-benchmark")
    sessions = make_sessions(engine)
    figures: dict[str, object] = {}
    try:
        async with sessions.begin() as session:
            started = time.perf_counter()
            await seed_areas(session)
            figures["seed_s"] = round(time.perf_counter() - started, 2)
        if options.boundaries is not None:
            async with sessions.begin() as session:
                started = time.perf_counter()
                report = await load_boundaries(session, options.boundaries)
                figures["load_s"] = round(time.perf_counter() - started, 2)
                figures["loaded"] = report.loaded
        async with sessions.begin() as session:
            await session.execute(text("ANALYZE ward"))
            figures |= await _points(session, options.points)
    finally:
        await engine.dispose()
    return figures | _old_area_figures()


async def _points(session: AsyncSession, wanted: int) -> dict[str, object]:
    rows = (await session.execute(_POINTS, {"each": -(-wanted // 3300)})).all()
    points = [Point(lat=row[0], lon=row[1]) for row in rows]
    random.Random(7).shuffle(points)
    points = points[:wanted]
    started, cpu = time.perf_counter(), time.process_time()
    answers: list[Assigned] = await assign_points(session, points)
    took, cpu = time.perf_counter() - started, time.process_time() - cpu
    single = points[:300]
    started = time.perf_counter()
    for point in single:
        await ward_at(session, point)
    seconds_each = (time.perf_counter() - started) / len(single)
    return {
        "points": len(points),
        "assigned": sum(answer.ward_code is not None for answer in answers),
        "on_border_or_overlap": sum(bool(answer.also_in) for answer in answers),
        "assign_s": round(took, 2),
        "points_per_s": round(len(points) / took),
        # On a machine that others use too: what this process itself took of it.
        "assign_cpu_s": round(cpu, 2),
        "one_point_ms": round(seconds_each * 1000, 2),
    }


def _old_area_figures() -> dict[str, object]:
    started = time.perf_counter()
    map_old("Phường Hàng Bạc, Quận Hoàn Kiếm, Hà Nội")
    first = time.perf_counter() - started
    started = time.perf_counter()
    for _ in range(200):
        map_old("Phường Bến Nghé, Quận 1, Thành phố Hồ Chí Minh")
    return {
        "old_units_table_s": round(first, 2),
        "map_old_ms": round((time.perf_counter() - started) * 5, 2),
    }


def main() -> None:
    """Start a server, measure, print one JSON object, throw everything away."""
    options = _parse()
    with tempfile.TemporaryDirectory() as folder:
        services = start_test_services(Path(folder))
        try:
            admin = services.admin_url("postgres")
            with psycopg.connect(admin, autocommit=True) as connection:
                connection.execute("CREATE DATABASE asm_benchmark")
            url = services.admin_url("asm_benchmark")
            migrate(url, fill=install_rules)
            print(json.dumps(asyncio.run(_measure(url, options)), indent=2))
        finally:
            services.stop()


if __name__ == "__main__":
    main()
