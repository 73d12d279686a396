"""Fill the province and ward tables. Run by the owner of the database, as often as one likes."""

import asyncio

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.geo.approximate import approximate_cells
from asm.geo.folding import fold
from asm.geo.published_areas import PublishedProvince, PublishedWard, published_areas

APPROXIMATE = "approximate"

_PROVINCES = text("""
INSERT INTO province (code, name, kind, folded, valid_from, valid_to)
VALUES (:code, :name, :kind, :folded, :valid_from, :valid_to)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, kind = excluded.kind,
  folded = excluded.folded, valid_from = excluded.valid_from, valid_to = excluded.valid_to
""")
# A boundary that an operator has loaded is never replaced by an approximate one.
_WARDS = text("""
INSERT INTO ward (code, province_code, name, kind, folded, valid_from, centre, boundary,
  boundary_source, boundary_approximate)
VALUES (:code, :province_code, :name, :kind, :folded, :valid_from,
  ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), ST_GeomFromWKB(:cell, 4326), :source, true)
ON CONFLICT (code) DO UPDATE SET province_code = excluded.province_code, name = excluded.name,
  kind = excluded.kind, folded = excluded.folded, valid_from = excluded.valid_from,
  centre = excluded.centre,
  boundary = CASE WHEN ward.boundary_approximate THEN excluded.boundary ELSE ward.boundary END
""")


class SeedReport(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows are there now because of the seed."""

    provinces: int
    wards: int


async def seed_areas(session: AsyncSession) -> SeedReport:
    """Write all provinces and wards with approximate cells; about two seconds. Idempotent.

    `session` must belong to the owner: asm_api and asm_worker may only read areas.
    """
    provinces, wards = await asyncio.to_thread(published_areas)
    cells = await asyncio.to_thread(approximate_cells, wards)
    await session.execute(_PROVINCES, [_province_row(province) for province in provinces])
    await session.execute(
        _WARDS, [_ward_row(ward, cell) for ward, cell in zip(wards, cells, strict=True)]
    )
    return SeedReport(provinces=len(provinces), wards=len(wards))


def _province_row(province: PublishedProvince) -> dict[str, object]:
    return {**msgspec.structs.asdict(province), "folded": fold(province.name)}


def _ward_row(ward: PublishedWard, cell: bytes) -> dict[str, object]:
    row = msgspec.structs.asdict(ward)
    del row["area_km2"]
    return {**row, "folded": fold(ward.name), "cell": cell, "source": APPROXIMATE}
