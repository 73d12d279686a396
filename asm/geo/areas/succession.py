"""What became of wards by the changes that were recorded here, one event after the other.

A published table of old units knows nothing of what happened after it was made.
"""

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from asm.geo.areas.old_units.old_units import Mapped, NewUnit, divided

#: A smaller share of an area than this is two drawings of one border.
SLIVER = 0.001

_EVENTS = text("""
SELECT e.id, e.happened_on,
  array_agg(u.code ORDER BY u.code) FILTER (WHERE u.role = 'before') AS before
FROM area_event e JOIN area_event_unit u ON u.event_id = e.id AND u.level = 'ward'
WHERE e.kind <> 'renamed' GROUP BY e.id, e.happened_on ORDER BY e.happened_on, e.recorded_at
""")
_HEIRS = text("""
SELECT b.code AS before, a.code AS after FROM area_event_unit u
JOIN wards_on(:day) a ON a.code = u.code
JOIN wards_on(CAST(:day AS date) - 1) b ON b.code = ANY(:codes) AND b.boundary && a.boundary
WHERE u.event_id = :event AND u.level = 'ward' AND u.role = 'after'
  AND ST_Area(ST_Intersection(a.boundary, b.boundary)) > :sliver * ST_Area(b.boundary)
ORDER BY 1, 2
""").bindparams(bindparam("codes", type_=ARRAY(Text)))
_UNITS = text("""
SELECT w.code, w.name, w.province_code, p.name AS province_name
FROM ward w JOIN province p ON p.code = w.province_code
WHERE w.code = ANY(:codes) AND w.valid_to IS NULL
""").bindparams(bindparam("codes", type_=ARRAY(Text)))


async def as_of_today(session: AsyncSession, mapped: Mapped) -> Mapped:
    """The answer by the published table, carried through the events recorded since: a unit that was
    merged or renamed is named as it is today, one that was divided becomes a question.
    """
    published = [*mapped.choices, *([mapped.new] if mapped.new else [])]
    heirs = await heirs_of(session, {unit.code for unit in published})
    after = list({code: None for unit in published for code in heirs[unit.code]})
    rows = await session.execute(_UNITS, {"codes": after})
    known = {row["code"]: NewUnit(**row) for row in rows.mappings()}
    units = [known[code] for code in after if code in known]
    if mapped.status == "ambiguous":
        return msgspec.structs.replace(mapped, choices=units)
    if len(units) == 1:
        same = mapped.new is not None and units[0].code == mapped.new.code
        return Mapped(
            status="current" if mapped.status == "current" and same else "whole",
            old=mapped.old,
            new=units[0],
        )
    name = mapped.old.ward if mapped.old else (mapped.new.name if mapped.new else "")
    return divided(name, units, mapped.old)


async def heirs_of(session: AsyncSession, codes: Collection[str]) -> dict[str, list[str]]:
    """Today's codes of each code: of the published table, or of a ward that has ended since."""
    heirs = {code: [code] for code in codes}
    for event in await session.execute(_EVENTS):
        here = sorted({code for held in heirs.values() for code in held} & set(event.before or []))
        if not here:
            continue
        values: dict[str, Any] = {"day": event.happened_on, "event": event.id, "sliver": SLIVER}
        rows = await session.execute(_HEIRS, values | {"codes": here})
        went: dict[str, list[str]] = {code: [] for code in here}
        for row in rows:
            went[row.before].append(row.after)
        heirs = {code: _unique(_followed(held, went)) for code, held in heirs.items()}
    return heirs


def _followed(held: list[str], went: dict[str, list[str]]) -> Iterable[str]:
    for code in held:
        yield from went.get(code, [code])


def _unique(codes: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(codes))
