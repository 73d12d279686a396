"""Fill the province and ward tables. Run by the owner of the database, as often as one likes."""

import asyncio
import hashlib

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.geo.areas.approximate import approximate_cells
from asm.geo.areas.old_units.published_history import (
    DONG_NAI_EVENT,
    FORMER_PROVINCES,
    FORMER_WARDS,
    PUBLISHED_ALIASES,
    FormerWard,
)
from asm.geo.areas.published_areas import PublishedProvince, PublishedWard, published_areas
from asm.geo.folding import fold
from asm.geo.points import fields_with_degrees

APPROXIMATE = "approximate"

_NONE = text("SELECT NOT EXISTS (SELECT FROM ward)")
_PROVINCES = text("""
INSERT INTO province (code, name, kind, folded, valid_from, valid_to)
VALUES (:code, :name, :kind, :folded, :valid_from, :valid_to)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, kind = excluded.kind,
  folded = excluded.folded, valid_from = excluded.valid_from, valid_to = excluded.valid_to
WHERE province.valid_from <= excluded.valid_from AND province.valid_to IS NULL
""")
# A boundary that an operator has loaded is never replaced by an approximate one, and a later form
# of a unit (an event that was applied here) never by an earlier one.
_WARDS = text("""
INSERT INTO ward (code, province_code, name, kind, folded, valid_from, centre, boundary,
  boundary_source, boundary_approximate)
VALUES (:code, :province_code, :name, :kind, :folded, :valid_from,
  ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), ST_GeomFromWKB(:cell, 4326), :source, true)
ON CONFLICT (code) DO UPDATE SET province_code = excluded.province_code, name = excluded.name,
  kind = excluded.kind, folded = excluded.folded, valid_from = excluded.valid_from,
  centre = excluded.centre,
  boundary = CASE WHEN ward.boundary_approximate THEN excluded.boundary ELSE ward.boundary END
WHERE ward.valid_from <= excluded.valid_from AND ward.valid_to IS NULL
""")
_EVENT = text("""
INSERT INTO area_event (id, kind, happened_on, title, source, sha256)
VALUES (:id, :kind, :happened_on, :title, :source, :sha256) ON CONFLICT DO NOTHING
""")
_EVENT_UNITS = text("""
INSERT INTO area_event_unit (event_id, level, code, role) VALUES (:event_id, :level, :code, :role)
ON CONFLICT DO NOTHING
""")
_FORMER_PROVINCES = text("""
INSERT INTO province_former (code, valid_from, valid_to, name, kind, folded, event_id)
VALUES (:code, :valid_from, :valid_to, :name, :kind, :folded, :event_id) ON CONFLICT DO NOTHING
""")
_FORMER_WARDS = text("""
INSERT INTO ward_former (code, valid_from, valid_to, province_code, name, kind, folded, event_id)
VALUES (:code, :valid_from, :valid_to, :province_code, :name, :kind, :folded, :event_id)
ON CONFLICT DO NOTHING
""")
_ALIASES = text("""
INSERT INTO area_alias (level, code, scheme, alias, valid_from, source)
VALUES ('ward', :code, :scheme, :alias, :valid_from, :source) ON CONFLICT DO NOTHING
""")


class SeedReport(msgspec.Struct, frozen=True, kw_only=True):
    """How many published units are written."""

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
    await _seed_history(session)
    return SeedReport(provinces=len(provinces), wards=len(wards))


async def fill_empty_areas(session: AsyncSession) -> SeedReport | None:
    """`seed_areas` where there is no ward at all; None, and nothing done, where there are some."""
    empty: bool = (await session.execute(_NONE)).scalar_one()
    return await seed_areas(session) if empty else None


async def _seed_history(session: AsyncSession) -> None:
    """What the published units were before and are called elsewhere, with the event of Đồng Nai."""
    await session.execute(_ALIASES, [msgspec.structs.asdict(row) for row in PUBLISHED_ALIASES])
    event = DONG_NAI_EVENT
    formers: list[PublishedProvince | FormerWard] = [*FORMER_PROVINCES, *FORMER_WARDS]
    # The published title stands for a file's content: the same event is never there twice.
    digest = hashlib.sha256(event.title.encode()).hexdigest()
    await session.execute(_EVENT, {**msgspec.structs.asdict(event), "sha256": digest})
    units = [
        {
            "event_id": event.id,
            "level": "province" if isinstance(unit, PublishedProvince) else "ward",
            "code": unit.code,
            "role": role,
        }
        for unit in formers
        for role in ("before", "after")
    ]
    await session.execute(_EVENT_UNITS, units)
    for statement, rows in ((_FORMER_PROVINCES, FORMER_PROVINCES), (_FORMER_WARDS, FORMER_WARDS)):
        await session.execute(
            statement,
            [
                {**msgspec.structs.asdict(row), "folded": fold(row.name), "event_id": event.id}
                for row in rows
            ],
        )


def _province_row(province: PublishedProvince) -> dict[str, object]:
    return {**msgspec.structs.asdict(province), "folded": fold(province.name)}


def _ward_row(ward: PublishedWard, cell: bytes) -> dict[str, object]:
    row = fields_with_degrees(ward)
    del row["area_km2"]
    return {**row, "folded": fold(ward.name), "cell": cell, "source": APPROXIMATE}
