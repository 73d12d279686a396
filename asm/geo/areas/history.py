"""What a ward was, is called elsewhere, and borders on."""

from datetime import date
from typing import Any, Literal

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import not_found
from asm.geo.areas.old_units.published_history import EventKind
from asm.geo.areas.published_areas import WardKind

#: Drawings of one border differ by some metres; wards this near to each other are neighbours.
TOUCHING_DEGREES = 0.0002

_FORMS = text("""
SELECT form.*, p.name AS province_name FROM (
  SELECT code, name, kind, province_code, valid_from, valid_to FROM ward WHERE code = :code
  UNION ALL
  SELECT code, name, kind, province_code, valid_from, valid_to FROM ward_former WHERE code = :code
) form, LATERAL (
  SELECT name FROM provinces_on(form.valid_from) o WHERE o.code = form.province_code
) p ORDER BY form.valid_from
""")
_ALIASES = text("""
SELECT scheme, alias, valid_from, valid_to FROM area_alias
WHERE level = 'ward' AND code = :code ORDER BY scheme, valid_from
""")
_EVENTS = text("""
SELECT e.kind, e.happened_on, e.title, e.source,
  (SELECT coalesce(array_agg(code ORDER BY code), '{}') FROM area_event_unit
   WHERE event_id = e.id AND level = 'ward' AND role = 'before') AS before,
  (SELECT coalesce(array_agg(code ORDER BY code), '{}') FROM area_event_unit
   WHERE event_id = e.id AND level = 'ward' AND role = 'after') AS after
FROM area_event e WHERE EXISTS (
  SELECT FROM area_event_unit u WHERE u.event_id = e.id AND u.level = 'ward' AND u.code = :code)
ORDER BY e.happened_on
""")
_NEIGHBOURS = text("""
SELECT other.code, other.name FROM ward own JOIN ward other
  ON other.code <> own.code AND other.valid_to IS NULL
  AND other.boundary && ST_Expand(own.boundary, :touching)
  AND ST_DWithin(other.boundary, own.boundary, :touching)
WHERE own.code = :code AND own.valid_to IS NULL ORDER BY other.code
""")
_BOUNDARY = text("""
SELECT w.boundary_source AS source, w.boundary_approximate AS approximate, l.provenance,
  (l.loaded_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS loaded_on
FROM ward w LEFT JOIN boundary_load l ON l.id = w.boundary_load_id WHERE w.code = :code
""")


class WardForm(msgspec.Struct, frozen=True, kw_only=True):
    """How a ward was from `valid_from` to the day before `valid_to` (None: still)."""

    name: str
    kind: WardKind
    province_code: str
    province_name: str
    valid_from: date
    valid_to: date | None


class WardAlias(msgspec.Struct, frozen=True, kw_only=True):
    """The ward's code in another list, such as the ministry's catalogue."""

    scheme: str
    alias: str
    valid_from: date
    valid_to: date | None


class AreaEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A dated change with the codes of the wards before and after; `source`: the act."""

    kind: EventKind
    happened_on: date
    title: str
    source: str
    before: list[str]
    after: list[str]


class Neighbour(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str


class BoundarySource(msgspec.Struct, frozen=True, kw_only=True):
    """Where the boundary in force comes from; `loaded_on` is None for an approximate cell."""

    source: str | None
    approximate: bool
    provenance: str | None
    loaded_on: date | None


class WardHistory(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a ward, the newest form last. An ended ward has no neighbours."""

    code: str
    status: Literal["in_force", "ended"]
    forms: list[WardForm]
    aliases: list[WardAlias]
    events: list[AreaEvent]
    neighbours: list[Neighbour]
    boundary: BoundarySource


async def ward_history(session: AsyncSession, code: str) -> WardHistory:
    """The ward with this statistics code, in force or ended. Raises `ward_not_found`."""

    async def rows(statement: Any, **more: Any) -> list[dict[str, Any]]:
        result = await session.execute(statement, {"code": code, **more})
        return [dict(row) for row in result.mappings()]

    forms = [
        WardForm(**{name: value for name, value in row.items() if name != "code"})
        for row in await rows(_FORMS)
    ]
    if not forms:
        raise not_found("ward")
    return WardHistory(
        code=code,
        status="in_force" if forms[-1].valid_to is None else "ended",
        forms=forms,
        aliases=[WardAlias(**row) for row in await rows(_ALIASES)],
        events=[AreaEvent(**row) for row in await rows(_EVENTS)],
        neighbours=[Neighbour(**row) for row in await rows(_NEIGHBOURS, touching=TOUCHING_DEGREES)],
        boundary=BoundarySource(**(await rows(_BOUNDARY))[0]),
    )
