"""Which wards many points are in: all in one call, by the same rule as for one point."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
import shapely
from sqlalchemy import Float, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import Invalid
from asm.geo.areas.wards import NEAR_M
from asm.geo.points import Point, arrays_of, check_point

#: Points that the database looks for beside the boundaries in one statement.
NEAR_BATCH = 10_000

# The boundaries are fetched once and prepared here: testing 100,000 points one by one in the
# database unpacks a polygon for each and takes twenty times as long.
_BOUNDARIES = text("""
SELECT code, boundary_approximate AS approximate, ST_AsBinary(boundary) AS wkb FROM ward
WHERE valid_to IS NULL AND boundary && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
ORDER BY boundary_approximate, code
""")
_NEAREST = text("""
SELECT DISTINCT ON (near.n) near.n, near.code, near.approximate, near.distance_m FROM (
  SELECT given.n, w.code, w.boundary_approximate AS approximate, ST_DistanceSphere(
    ST_ClosestPoint(w.boundary, given.point), given.point) AS distance_m
  FROM (
    SELECT g.n, ST_SetSRID(ST_MakePoint(g.lon, g.lat), 4326) AS point
    FROM unnest(:lats, :lons) WITH ORDINALITY AS g (lat, lon, n)
  ) given JOIN ward w ON w.valid_to IS NULL
    AND w.boundary && ST_Expand(given.point, :near_degrees)
) near WHERE near.distance_m <= :near_m ORDER BY near.n, near.distance_m, near.code
""").bindparams(bindparam("lats", type_=ARRAY(Float)), bindparam("lons", type_=ARRAY(Float)))


class Assigned(msgspec.Struct, frozen=True, kw_only=True):
    """The ward of one point as `WardHit` has it, or the `problem` (a code of `check_point`)."""

    ward_code: str | None = None
    approximate: bool = False
    distance_m: float | None = None
    also_in: tuple[str, ...] = ()
    problem: str | None = None


async def assign_points(session: AsyncSession, points: Sequence[Point]) -> list[Assigned]:
    """One answer per point, in the same order; never raises for a point.

    The rule is that of `ward_at`: real boundaries before approximate cells, the lowest code of
    several, else the nearest ward within NEAR_M.
    """
    answers: dict[int, Assigned] = {}
    good: list[int] = []
    for n, point in enumerate(points):
        problem = _problem(point)
        if problem:
            answers[n] = Assigned(problem=problem)
        else:
            good.append(n)
    inside = await _inside(session, [points[n] for n in good])
    missed = [n for n, assigned in zip(good, inside, strict=True) if assigned is None]
    answers |= {
        n: assigned for n, assigned in zip(good, inside, strict=True) if assigned is not None
    }
    for start in range(0, len(missed), NEAR_BATCH):
        batch = missed[start : start + NEAR_BATCH]
        near = await _near(session, [points[n] for n in batch])
        answers |= dict(zip(batch, near, strict=True))
    return [answers[n] for n in range(len(points))]


def _problem(point: Point) -> str | None:
    try:
        check_point(point)
    except Invalid as refusal:
        return refusal.code
    return None


async def _inside(session: AsyncSession, points: list[Point]) -> list[Assigned | None]:
    if not points:
        return []
    frame = {
        "west": min(point.lon for point in points),
        "south": min(point.lat for point in points),
        "east": max(point.lon for point in points),
        "north": max(point.lat for point in points),
    }
    wards = (await session.execute(_BOUNDARIES, frame)).all()
    return await asyncio.to_thread(_test, wards, points)


def _test(wards: Sequence[Any], points: list[Point]) -> list[Assigned | None]:
    """Wards come best first, so each point's first is its answer."""
    boundaries = shapely.from_wkb([row.wkb for row in wards])
    shapely.prepare(boundaries)
    dots = shapely.points([point.lon for point in points], [point.lat for point in points])
    at, near = shapely.STRtree(boundaries).query(dots)
    within = shapely.intersects(boundaries[near], dots[at])
    held: dict[int, list[int]] = defaultdict(list)
    for point, ward in zip(at[within].tolist(), near[within].tolist(), strict=True):
        held[point].append(ward)
    answers: list[Assigned | None] = [None] * len(points)
    for point, holding in held.items():
        first, *others = [wards[ward] for ward in sorted(holding)]
        answers[point] = Assigned(
            ward_code=first.code,
            approximate=first.approximate,
            also_in=tuple(o.code for o in others if o.approximate == first.approximate),
        )
    return answers


async def _near(session: AsyncSession, points: list[Point]) -> list[Assigned]:
    given = {
        **arrays_of(points),
        "near_m": NEAR_M,
        "near_degrees": NEAR_M / 100_000,
    }
    nearest = {row.n: row for row in await session.execute(_NEAREST, given)}
    return [
        Assigned(
            ward_code=nearest[n].code,
            approximate=nearest[n].approximate,
            distance_m=nearest[n].distance_m,
        )
        if n in nearest
        else Assigned(problem="point_outside_vietnam")
        for n in range(1, len(points) + 1)
    ]
