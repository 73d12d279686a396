"""Are the areas in order: complete, drawn, fitting together, and without holes in their history?"""

import asyncio
from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import remedy
from asm.geo.areas.coverage import MOST_LISTED, Coverage, study_coverage
from asm.geo.areas.load_boundaries import PATIENT, centres_outside
from asm.geo.areas.published_areas import published_areas

_COUNTS = text("""
SELECT (SELECT count(*) FROM province WHERE valid_to IS NULL) AS provinces,
  (SELECT count(*) FROM ward WHERE valid_to IS NULL) AS wards,
  (SELECT count(*) FROM ward WHERE valid_to IS NOT NULL) AS ended,
  (SELECT count(*) FROM area_event) AS events
""")
_WARDS = text("""
SELECT code, boundary_approximate AS approximate, ST_AsBinary(boundary) AS wkb,
  ST_AsBinary(centre) AS centre, boundary IS NOT NULL AND NOT ST_IsValid(boundary) AS invalid
FROM ward WHERE valid_to IS NULL
""")
# Ended ones too: what an event took away was there.
_KNOWN = text("SELECT code FROM province UNION ALL SELECT code FROM ward")
# A form begins on the day the one before ended, or something is missing or there twice.
_HISTORY = text("""
SELECT code FROM (
  SELECT code, valid_from, lag(valid_to) OVER (PARTITION BY code ORDER BY valid_from) AS before
  FROM (
    SELECT code, valid_from, valid_to FROM ward
    UNION ALL SELECT code, valid_from, valid_to FROM ward_former
  ) forms
) form WHERE before <> valid_from ORDER BY code
""")


class AreasReport(msgspec.Struct, frozen=True, kw_only=True):
    """`absent`: published provinces and wards that are not here, not even ended (`remedy` brings
    them in); `undrawn`: wards without any boundary; `approximate`: with a rough cell; `invalid`:
    with one that crosses itself; `centre_outside`: whose middle is not in their boundary;
    `broken_history`: whose forms do not follow on one another. Lists hold the first MOST_LISTED
    codes.
    """

    provinces: int
    wards: int
    ended: int
    events: int
    approximate: int
    absent_count: int
    absent: list[str]
    undrawn: list[str]
    invalid: list[str]
    centre_outside: list[str]
    broken_history: list[str]
    coverage: Coverage
    remedy: str | None = None
    remedy_en: str | None = None

    @property
    def in_order(self) -> bool:
        """Nothing is wrong; approximate cells and slivers of borders are no fault."""
        return not (
            self.absent_count
            or self.undrawn
            or self.invalid
            or self.broken_history
            or self.coverage.overlap_count
        )


async def check_areas(session: AsyncSession) -> AreasReport:
    """Look at all areas in force and their history; some seconds."""
    await session.execute(PATIENT)
    counts = (await session.execute(_COUNTS)).mappings().one()
    wards = (await session.execute(_WARDS)).all()
    broken = list((await session.execute(_HISTORY)).scalars())
    known = set((await session.execute(_KNOWN)).scalars())
    return await asyncio.to_thread(_report, dict(counts), wards, broken, known)


def _report(
    counts: dict[str, int], wards: Any, broken: list[str], known: Collection[str]
) -> AreasReport:
    published = [unit.code for level in published_areas() for unit in level]
    absent = [code for code in published if code not in known]
    helps = remedy("areas_missing") if absent else {}
    real = {row.code: row for row in wards if row.wkb and not row.approximate}
    outside = centres_outside({code: (row.centre, row.wkb) for code, row in real.items()})
    return AreasReport(
        **counts,
        approximate=sum(row.approximate for row in wards),
        absent_count=len(absent),
        absent=absent[:MOST_LISTED],
        undrawn=sorted(row.code for row in wards if row.wkb is None)[:MOST_LISTED],
        invalid=sorted(row.code for row in wards if row.invalid)[:MOST_LISTED],
        centre_outside=outside[:MOST_LISTED],
        broken_history=broken[:MOST_LISTED],
        # What crosses itself cannot be compared with others: it is told above.
        coverage=study_coverage({c: row.wkb for c, row in real.items() if not row.invalid}),
        remedy=helps.get("remedy"),
        remedy_en=helps.get("remedy_en"),
    )
