"""Put real ward boundaries in the place of approximate ones, from a file the operator has."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import shapely
from sqlalchemy import LargeBinary, Text, bindparam, insert, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import new_id
from asm.errors import Invalid, invalid_field
from asm.geo.areas.boundary_file import BoundaryFile, read_boundary_file
from asm.geo.areas.coverage import MOST_LISTED, Coverage, difference_share, study_coverage
from asm.geo.areas.wards import areas_missing
from asm.geo.model import boundary_load

#: `progress(done, total)`, in wards.
Progress = Callable[[int, int], None]

BATCH = 500
#: Codes of a file that are quoted where none of them is known.
MOST_NAMED = 5
#: Boundaries that differ from the ones before by more than this share of their area have moved.
MOVED_SHARE = 0.01
#: Comparing all boundaries may take longer than a transaction may otherwise stand idle.
PATIENT = text("SET LOCAL idle_in_transaction_session_timeout = 0")
_HELD = text("""
SELECT code, boundary_approximate AS approximate, ST_AsBinary(boundary) AS wkb,
  ST_AsBinary(centre) AS centre
FROM ward WHERE valid_to IS NULL
""")
# Another code of the same office for the same ward, in force today.
_ALIASES = text("""
SELECT alias, code FROM area_alias
WHERE level = 'ward' AND scheme = 'statistics' AND valid_to IS NULL
""")
_UPDATE = text("""
UPDATE ward SET boundary = ST_GeomFromWKB(given.wkb, 4326), boundary_source = :source,
  boundary_approximate = false, boundary_load_id = :load
FROM unnest(:codes, :wkbs) AS given (code, wkb)
WHERE ward.code = given.code
""").bindparams(bindparam("codes", type_=ARRAY(Text)), bindparam("wkbs", type_=ARRAY(LargeBinary)))


class MovedWard(msgspec.Struct, frozen=True, kw_only=True):
    """A ward whose real boundary was another one before; `share` of its area lies elsewhere now."""

    code: str
    share: float


class LoadReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a file changed. `loaded`: boundaries of the file that are in force now, `unchanged` of
    them as they stood before; `unknown_codes`: features of wards that are not in force; `repaired`:
    polygons that were invalid as drawn, with the reason of each in `invalid`; `empty`: features
    without any area; `approximate`: wards still without a boundary, the first of them in
    `missing`; `centre_outside`: wards whose known middle is not in the boundary (the polygons of
    two wards may be exchanged); `coverage`: of all real boundaries as they are then.
    """

    features: int
    loaded: int
    unchanged: int
    unknown_codes: list[str]
    repaired: int
    invalid: dict[str, str]
    empty: int
    approximate: int
    missing: list[str]
    moved: list[MovedWard]
    centre_outside: list[str]
    coverage: Coverage
    sha256: str

    @property
    def complete(self) -> bool:
        """Every feature of the file found its ward."""
        return not self.unknown_codes and not self.empty


async def load_boundaries(
    session: AsyncSession,
    path: Path,
    progress: Progress | None = None,
    *,
    provenance: str | None = None,
) -> LoadReport:
    """Load every boundary of a GeoJSON file (plain or .gz, EPSG:4326) in the caller's transaction;
    for a dry run the caller rolls back.

    Wards that the file does not hold keep what they have. `progress` is called after each batch.
    `provenance` says whose work the file is and under which terms. `session` must belong to the
    owner. Raises Invalid like `read_boundary_file`, `areas_missing` where there are no wards yet,
    and `wards_unknown` or `boundaries_empty` where the file has a boundary for none of them, before
    anything is changed.
    """
    file = await asyncio.to_thread(read_boundary_file, path)
    await session.execute(PATIENT)
    held = {row.code: row for row in await session.execute(_HELD)}
    if not held:
        raise areas_missing()
    aliases = {row.alias: row.code for row in await session.execute(_ALIASES)}
    file = _under_our_codes(file, aliases)
    codes = sorted(held.keys() & file.boundaries.keys())
    if not codes:
        raise _useless(file)
    load = new_id()
    await session.execute(
        insert(boundary_load).values(
            id=load,
            source=path.name,
            sha256=file.sha256,
            features=file.features,
            provenance=provenance,
        )
    )
    for start in range(0, len(codes), BATCH):
        batch = codes[start : start + BATCH]
        await _store(session, file, batch, (path.name, load))
        if progress:
            progress(start + len(batch), len(codes))
    return await asyncio.to_thread(_report, file, held, codes)


def _useless(file: BoundaryFile) -> Invalid:
    """What is wrong with a file that would change nothing."""
    if not file.boundaries:
        return invalid_field("", "boundaries_empty", text="boundary_file.all_empty")
    quoted = ", ".join(sorted(file.boundaries)[:MOST_NAMED])
    return invalid_field("", "wards_unknown", text="boundary_file.wards_unknown", found=quoted)


def _under_our_codes(file: BoundaryFile, aliases: dict[str, str]) -> BoundaryFile:
    named = {
        aliases.get(code, code): wkb
        for code, wkb in file.boundaries.items()
        if aliases.get(code, code) == code or aliases[code] not in file.boundaries
    }
    return msgspec.structs.replace(file, boundaries=named)


async def _store(
    session: AsyncSession, file: BoundaryFile, codes: list[str], load: tuple[str, UUID]
) -> None:
    source, identifier = load
    wkbs = [file.boundaries[code] for code in codes]
    given = {"codes": codes, "wkbs": wkbs, "source": source, "load": identifier}
    await session.execute(_UPDATE, given)


def _report(file: BoundaryFile, held: dict[str, Any], codes: list[str]) -> LoadReport:
    real = {code: row.wkb for code, row in held.items() if not row.approximate and row.wkb}
    after = real | {code: file.boundaries[code] for code in codes}
    missing = sorted(held.keys() - after.keys())
    return LoadReport(
        features=file.features,
        loaded=len(codes),
        unchanged=sum(real.get(code) == file.boundaries[code] for code in codes),
        unknown_codes=sorted(file.boundaries.keys() - held.keys()),
        repaired=len(file.invalid),
        invalid=dict(list(file.invalid.items())[:MOST_LISTED]),
        empty=file.empty,
        approximate=len(missing),
        missing=missing[:MOST_LISTED],
        moved=_moved(real, file, codes)[:MOST_LISTED],
        centre_outside=centres_outside(
            {code: (held[code].centre, file.boundaries[code]) for code in codes}
        )[:MOST_LISTED],
        coverage=study_coverage(after),
        sha256=file.sha256,
    )


def _moved(real: dict[str, bytes], file: BoundaryFile, codes: list[str]) -> list[MovedWard]:
    moved_wards = []
    for code in codes:
        if code in real and real[code] != file.boundaries[code]:
            before, after = shapely.from_wkb([real[code], file.boundaries[code]])
            share = difference_share(before, after)
            if share > MOVED_SHARE:
                moved_wards.append(MovedWard(code=code, share=share))
    return sorted(moved_wards, key=lambda moved: (-moved.share, moved.code))


def centres_outside(wards: dict[str, tuple[bytes, bytes]]) -> list[str]:
    """Codes of wards (code → WKB of the middle, WKB of the boundary) whose middle is not inside."""
    return [
        code
        for code, (centre, boundary) in sorted(wards.items())
        if not shapely.intersects(shapely.from_wkb(boundary), shapely.from_wkb(centre))
    ]
