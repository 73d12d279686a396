"""Record a change of areas: what was becomes a former form, what is becomes the newest one.

Nothing of the past is rewritten: a ward that ended keeps its row with its last day, a changed one
leaves its former form behind (ADR 0020).
"""

from datetime import date
from typing import Any, NoReturn
from uuid import UUID

import msgspec
from sqlalchemy import Date, LargeBinary, Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import new_id, vietnam_time
from asm.db.rls import database_now
from asm.errors import Conflict, invalid_field
from asm.geo.areas.event_file import ReadEvent, WardAfter
from asm.geo.areas.wards import require_areas
from asm.geo.folding import fold

#: How much of the area before may be missing or new afterwards: drawings differ a little.
TOLERATED_SHARE = 0.02

_KNOWN = text("SELECT id, happened_on FROM area_event WHERE sha256 = :sha256")
_EVENT = text("""
INSERT INTO area_event (id, kind, happened_on, title, source, sha256)
VALUES (:id, :kind, :happened_on, :title, :source, :sha256)
""")
_UNIT = text("""
INSERT INTO area_event_unit (event_id, level, code, role) VALUES (:event, :level, :code, :role)
""")
_WARDS = text("""
SELECT code, valid_from, valid_to, boundary IS NOT NULL AS drawn FROM ward
WHERE code = ANY(:codes) FOR UPDATE
""").bindparams(bindparam("codes", type_=ARRAY(Text)))
_PROVINCES = text("SELECT code, valid_from FROM province WHERE valid_to IS NULL FOR UPDATE")
_END = text("UPDATE ward SET valid_to = :day WHERE code = :code")
_KEEP_FORMER = text("""
INSERT INTO ward_former (code, valid_from, valid_to, province_code, name, kind, folded, boundary,
  boundary_source, boundary_approximate, event_id)
SELECT code, valid_from, :day, province_code, name, kind, folded,
  CASE WHEN CAST(:redrawn AS boolean) THEN boundary END,
  CASE WHEN CAST(:redrawn AS boolean) THEN boundary_source END,
  CASE WHEN CAST(:redrawn AS boolean) THEN boundary_approximate END, :event
FROM ward WHERE code = :code
""")
_CHANGE = text("""
UPDATE ward SET name = :name, kind = :kind, folded = :folded, province_code = :province_code,
  valid_from = :day,
  boundary = coalesce(ST_GeomFromWKB(:wkb, 4326), boundary),
  centre = coalesce(ST_PointOnSurface(ST_GeomFromWKB(:wkb, 4326)), centre),
  boundary_approximate = boundary_approximate AND CAST(:wkb AS bytea) IS NULL,
  boundary_source = CASE WHEN CAST(:wkb AS bytea) IS NULL THEN boundary_source ELSE :source END
WHERE code = :code
""").bindparams(bindparam("wkb", type_=LargeBinary), bindparam("day", type_=Date))
_CREATE = text("""
INSERT INTO ward (code, province_code, name, kind, folded, centre, boundary, boundary_source,
  boundary_approximate, valid_from)
VALUES (:code, :province_code, :name, :kind, :folded,
  ST_PointOnSurface(ST_GeomFromWKB(:wkb, 4326)), ST_GeomFromWKB(:wkb, 4326), :source, false, :day)
""").bindparams(bindparam("wkb", type_=LargeBinary), bindparam("day", type_=Date))
_KEEP_FORMER_PROVINCE = text("""
INSERT INTO province_former (code, valid_from, valid_to, name, kind, folded, event_id)
SELECT code, valid_from, :day, name, kind, folded, :event FROM province WHERE code = :code
""")
_CHANGE_PROVINCE = text("""
UPDATE province SET name = :name, kind = :kind, folded = :folded, valid_from = :day
WHERE code = :code
""")
# Square kilometres lost and gained, on the sphere; wards whose boundary did not change are in both.
_BALANCE = text("""
WITH before AS (SELECT ST_Union(boundary) AS area FROM wards_on(:eve) WHERE code = ANY(:before)),
after AS (SELECT ST_Union(boundary) AS area FROM ward
  WHERE code = ANY(:after) AND valid_to IS NULL)
SELECT coalesce(ST_Area(before.area::geography), 0) / 1e6 AS whole,
  coalesce(ST_Area(ST_Difference(before.area, after.area)::geography), 0) / 1e6 AS lost,
  coalesce(ST_Area(ST_Difference(after.area, before.area)::geography), 0) / 1e6 AS gained
FROM before, after
""").bindparams(
    bindparam("before", type_=ARRAY(Text)),
    bindparam("after", type_=ARRAY(Text)),
    bindparam("eve", type_=Date),
)


class RecordedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`before`, `after`: ward codes. `already`: the same file was recorded earlier, and nothing was
    done again. `lost_km2`, `gained_km2`: area of before that is in no ward after, and the reverse.
    """

    id: UUID
    happened_on: date
    before: list[str]
    after: list[str]
    already: bool = False
    lost_km2: float = 0.0
    gained_km2: float = 0.0


async def record_event(session: AsyncSession, read: ReadEvent) -> RecordedEvent:
    """Record the event of a file, once. `session` must belong to the owner of the areas.

    Raises Invalid `areas_missing`, `event_in_future`, `ward_unknown`, `province_unknown`,
    `boundary_missing`, `before_its_form`, or Conflict `areas_do_not_match` when more than
    TOLERATED_SHARE of the area before is in no ward after, or the reverse.
    """
    known = (await session.execute(_KNOWN, {"sha256": read.sha256})).one_or_none()
    if known is not None:
        before, after = await _units(session, known.id)
        return RecordedEvent(
            id=known.id, happened_on=known.happened_on, before=before, after=after, already=True
        )
    await require_areas(session)
    event = read.event
    if event.happened_on > vietnam_time(await database_now(session)).date():
        _refuse("event_in_future")
    new = new_id()
    await session.execute(
        _EVENT,
        {
            "id": new,
            "kind": event.kind,
            "happened_on": event.happened_on,
            "title": event.title,
            "source": event.source,
            "sha256": read.sha256,
        },
    )
    await _change_provinces(session, read, new)
    before = await _change_wards(session, read, new)
    after = sorted(ward.code for ward in event.wards)
    for role, codes in (("before", before), ("after", after)):
        for code in codes:
            unit = {"event": new, "level": "ward", "code": code, "role": role}
            await session.execute(_UNIT, unit)
    lost, gained = await _balance(session, event.happened_on, before, after)
    return RecordedEvent(
        id=new,
        happened_on=event.happened_on,
        before=before,
        after=after,
        lost_km2=lost,
        gained_km2=gained,
    )


async def _change_provinces(session: AsyncSession, read: ReadEvent, event_id: UUID) -> None:
    known = {row.code: row.valid_from for row in await session.execute(_PROVINCES)}
    day = read.event.happened_on
    for province in read.event.provinces:
        if province.code not in known:
            _unknown("province_unknown", province.code)
        _check_after(province.code, known[province.code], day)
        which = {"code": province.code, "day": day, "event": event_id}
        await session.execute(_KEEP_FORMER_PROVINCE, which)
        await session.execute(
            _CHANGE_PROVINCE,
            msgspec.structs.asdict(province) | {"folded": fold(province.name), "day": day},
        )
        for role in ("before", "after"):
            unit = {"event": event_id, "level": "province", "code": province.code, "role": role}
            await session.execute(_UNIT, unit)
    for ward in read.event.wards:
        if ward.province_code not in known:
            _unknown("province_unknown", ward.province_code)


async def _change_wards(session: AsyncSession, read: ReadEvent, event_id: UUID) -> list[str]:
    """Make the changes; the codes of the wards that were there before, in order."""
    event = read.event
    codes = [ward.code for ward in event.wards] + event.ended
    known = {row.code: row for row in await session.execute(_WARDS, {"codes": codes})}
    for code, row in known.items():
        if row.valid_to is not None:
            _unknown("ward_unknown", code)
        _check_after(code, row.valid_from, event.happened_on)
    for code in event.ended:
        if code not in known:
            _unknown("ward_unknown", code)
        await session.execute(_END, {"code": code, "day": event.happened_on})
    for ward in event.wards:
        await _write(session, read, ward, event_id if ward.code in known else None)
    return sorted(known)


async def _write(
    session: AsyncSession, read: ReadEvent, ward: WardAfter, changed_by: UUID | None
) -> None:
    wkb, day = read.boundaries.get(ward.code), read.event.happened_on
    row: dict[str, Any] = {
        "code": ward.code,
        "name": ward.name,
        "kind": ward.kind,
        "folded": fold(ward.name),
        "province_code": ward.province_code,
        "day": day,
        "wkb": wkb,
        "source": read.event.source,
    }
    if changed_by is None:
        if wkb is None:
            _refuse("boundary_missing", ward=ward.code)
        await session.execute(_CREATE, row)
        return
    former = {"code": ward.code, "day": day, "redrawn": wkb is not None, "event": changed_by}
    await session.execute(_KEEP_FORMER, former)
    await session.execute(_CHANGE, row)


async def _balance(
    session: AsyncSession, day: date, before: list[str], after: list[str]
) -> tuple[float, float]:
    if not before:
        return 0.0, 0.0
    eve = date.fromordinal(day.toordinal() - 1)
    row = (await session.execute(_BALANCE, {"eve": eve, "before": before, "after": after})).one()
    if max(row.lost, row.gained) > TOLERATED_SHARE * row.whole:
        raise Conflict("areas_do_not_match", lost=row.lost, gained=row.gained)
    return round(row.lost, 3), round(row.gained, 3)


async def _units(session: AsyncSession, event_id: UUID) -> tuple[list[str], list[str]]:
    rows = await session.execute(
        text("SELECT role, code FROM area_event_unit WHERE event_id = :id AND level = 'ward' "
             "ORDER BY code"),
        {"id": event_id},
    )  # fmt: skip
    units: dict[str, list[str]] = {"before": [], "after": []}
    for row in rows:
        units[row.role].append(row.code)
    return units["before"], units["after"]


def _check_after(code: str, valid_from: date, day: date) -> None:
    if valid_from >= day:
        _refuse("before_its_form", area=code, valid_from=valid_from)


def _unknown(problem: str, code: str) -> NoReturn:
    _refuse(problem, text="area_unknown", area=code)


def _refuse(code: str, text: str | None = None, **facts: object) -> NoReturn:
    raise invalid_field("", code, text=text, **facts)
