"""Put real ward boundaries in the place of approximate ones, from a file the operator has."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import LargeBinary, Text, bindparam, func, insert, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import new_id
from asm.geo.boundary_file import read_boundary_file
from asm.geo.model import boundary_load, ward

Progress = Callable[[int, int], None]

BATCH = 500
_UPDATE = text("""
UPDATE ward SET boundary = ST_GeomFromWKB(given.wkb, 4326), boundary_source = :source,
  boundary_approximate = false
FROM unnest(:codes, :wkbs) AS given (code, wkb)
WHERE ward.code = given.code
""").bindparams(bindparam("codes", type_=ARRAY(Text)), bindparam("wkbs", type_=ARRAY(LargeBinary)))


class LoadReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a file changed. `unknown_codes`: features of wards that are not in the list of wards;
    `repaired`: polygons that were invalid as drawn; `approximate`: wards still without a boundary.
    """

    features: int
    loaded: int
    unknown_codes: list[str]
    repaired: int
    empty: int
    approximate: int
    sha256: str


async def load_boundaries(
    session: AsyncSession, path: Path, progress: Progress | None = None
) -> LoadReport:
    """Load every boundary of a GeoJSON file (plain or .gz, EPSG:4326) in the caller's transaction.

    Wards that the file does not hold keep what they have. `progress(done, total)` is called after
    each batch. `session` must belong to the owner. Raises Invalid like `read_boundary_file`,
    before anything is changed.
    """
    file = await asyncio.to_thread(read_boundary_file, path)
    known = set((await session.execute(select(ward.c.code))).scalars())
    codes = sorted(known & file.boundaries.keys())
    for start in range(0, len(codes), BATCH):
        batch = codes[start : start + BATCH]
        wkbs = [file.boundaries[code] for code in batch]
        await session.execute(_UPDATE, {"codes": batch, "wkbs": wkbs, "source": path.name})
        if progress:
            progress(start + len(batch), len(codes))
    await session.execute(
        insert(boundary_load).values(
            id=new_id(), source=path.name, sha256=file.sha256, features=file.features
        )
    )
    return LoadReport(
        features=file.features,
        loaded=len(codes),
        unknown_codes=sorted(file.boundaries.keys() - known),
        repaired=file.repaired,
        empty=file.empty,
        approximate=await _still_approximate(session),
        sha256=file.sha256,
    )


async def _still_approximate(session: AsyncSession) -> int:
    rows: Any = await session.execute(
        select(func.count()).select_from(ward).where(ward.c.boundary_approximate)
    )
    count: int = rows.scalar_one()
    return count
