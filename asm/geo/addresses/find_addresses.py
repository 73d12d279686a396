"""Finding a digital address: by any of its codes, by its text as people type it, by nearness."""

import re
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Date, Select, case, cast, func, literal, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import not_found
from asm.geo.addresses.address_changes import AddressAlias
from asm.geo.addresses.address_terms import ChangeKind
from asm.geo.addresses.door_code import format_code, is_valid, parse_code
from asm.geo.addresses.plus_code import plus_code, point_of_plus_code
from asm.geo.areas.old_units.old_unit_now import OldUnitNow, old_unit_now
from asm.geo.folding import fold
from asm.geo.model import (
    address_alias,
    address_change,
    degrees_of,
    digital_address,
    point_value,
    ward,
)
from asm.geo.points import Point, check_point

MOST_ADDRESSES: Final = 50
MOST_CHANGES: Final = 200
#: How like its text a typed one must be, 0 to 1: one wrong letter in a word leaves about 0.7.
ALIKE: Final = 0.5
#: Half the diagonal of a Plus Code's cell, and a doorstep.
PLUS_CODE_M: Final = 15
LONGEST_QUERY: Final = 200
#: Degrees are not metres: the index orders by degrees, so more are read than are answered.
_SPARE: Final = 4
_CODE_LIKE: Final = re.compile(r"[0-9a-zA-Z \-]{9,20}")

#: The day that it is in Vietnam; the database's own changes at seven in the morning there.
_TODAY: Final = cast(func.timezone("Asia/Ho_Chi_Minh", func.statement_timestamp()), Date)
_BY_TEXT = text("SELECT code, likeness FROM addresses_like(:wanted, :most)")


class FoundAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An address in a list. `printed`: the code as the plate shows it; `lat`, `lon` in degrees,
    off by `accuracy_m` at most where that is known; `distance_m` from the point asked about;
    `likeness` (0 to 1) to the text asked for, 1 when every word of it is there.
    """

    code: str
    printed: str
    plus_code: str
    facility_id: UUID | None
    address_text: str
    floor_unit: str | None
    old_unit: str | None
    building_kind: str | None
    ward_code: str
    ward_name: str
    lat: float
    lon: float
    accuracy_m: float | None
    point_source: str
    issued_at: datetime
    verified_at: datetime | None
    distance_m: float | None = None
    likeness: float | None = None


class AddressChange(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of an address's history: what was before and what came after."""

    at: datetime
    what: ChangeKind
    changed_by: UUID | None
    before: dict[str, Any]
    after: dict[str, Any]


class AddressRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All that the register holds of one door; `changes` newest first, at most MOST_CHANGES;
    `old_unit_now`: what became of its old unit, None where none is written down.
    """

    address: FoundAddress
    old_unit_now: OldUnitNow | None
    verified_by: UUID | None
    aliases: list[AddressAlias]
    changes: list[AddressChange]


async def read_record(
    session: AsyncSession, scope: ColumnElement[bool], code: str
) -> AddressRecord:
    """The whole record. Raises Invalid like `parse_code`, or `digital_address_not_found`."""
    stored = parse_code(code)
    listed = await _listed(session, _addresses().where(scope, digital_address.c.code == stored))
    if not listed:
        raise not_found("digital_address")
    verified_by = (
        await session.execute(
            select(digital_address.c.verified_by).where(digital_address.c.code == stored)
        )
    ).scalar_one()
    aliases = await session.execute(
        select(*(address_alias.c[name] for name in ("kind", "value", "valid_from", "valid_to")))
        .where(address_alias.c.code == stored)
        .order_by(address_alias.c.valid_from, address_alias.c.kind, address_alias.c.value)
        .limit(MOST_ADDRESSES)
    )
    changes = await session.execute(
        select(
            *(address_change.c[name] for name in ("at", "what", "changed_by", "before", "after"))
        )
        .where(address_change.c.code == stored)
        .order_by(address_change.c.at.desc(), address_change.c.id.desc())
        .limit(MOST_CHANGES)
    )
    door = listed[0]
    now = await old_unit_now(session, door.old_unit, door.ward_code) if door.old_unit else None
    return AddressRecord(
        address=door,
        old_unit_now=now,
        verified_by=verified_by,
        aliases=[AddressAlias(**row) for row in aliases.mappings()],
        changes=[AddressChange(**row) for row in changes.mappings()],
    )


async def find_addresses(
    session: AsyncSession,
    scope: ColumnElement[bool],
    q: str,
    *,
    everywhere: bool = False,
    limit: int = 20,
) -> list[FoundAddress]:
    """Addresses in `scope` by their own code, by another's code that holds today, or by text
    (however accented, with typing errors), the likest first.

    `everywhere`: the asker is an administrator, for whom the whole country's index is used.
    Raises Invalid `code_check_failed` for a code with a wrong symbol, with the likely one.
    """
    wanted, most = q.strip()[:LONGEST_QUERY], min(limit, MOST_ADDRESSES)
    if _reads_as_code(wanted):
        return await _listed(
            session, _addresses().where(scope, digital_address.c.code == parse_code(wanted))
        )
    point = point_of_plus_code(wanted)
    if point is not None:
        return await nearest_addresses(session, scope, point, within_m=PLUS_CODE_M, limit=most)
    held = await _by_alias(session, scope, wanted, most)
    folded = fold(wanted)
    if held or not folded:
        return held
    if everywhere:
        return await _by_text_everywhere(session, folded, most)
    alike = _likeness(folded)
    return await _listed(
        session,
        _addresses(likeness=alike)
        .where(scope, alike >= ALIKE)
        .order_by(alike.desc(), func.length(digital_address.c.folded), digital_address.c.code)
        .limit(most),
    )


async def nearest_addresses(
    session: AsyncSession,
    scope: ColumnElement[bool],
    point: Point,
    *,
    within_m: float = 1000,
    limit: int = 20,
) -> list[FoundAddress]:
    """The addresses in `scope` around `point`, nearest first. Raises Invalid like `check_point`."""
    check_point(point)
    most = min(limit, MOST_ADDRESSES)
    here = point_value(point)
    near = (
        _addresses(distance=func.ST_DistanceSphere(digital_address.c.point, here))
        .where(scope)
        .order_by(digital_address.c.point.op("<->")(here))
        .limit(most * _SPARE)
    )
    rows = (await session.execute(near)).mappings()
    within = [row for row in rows if row["distance_m"] <= within_m]
    within.sort(key=lambda row: (row["distance_m"], row["code"]))
    # Only what is answered has its codes made: most of the time went into the spare ones.
    return [_found_address(row) for row in within[:most]]


async def list_addresses(
    session: AsyncSession, scope: ColumnElement[bool], most: int
) -> list[FoundAddress]:
    """The first `most` addresses in `scope` by code."""
    return await _listed(
        session, _addresses().where(scope).order_by(digital_address.c.code).limit(most)
    )


def _reads_as_code(wanted: str) -> bool:
    """Whether a text is meant as one of our codes: it is one, or it begins like a printed one."""
    if is_valid(wanted):
        return True
    bare = wanted.replace(" ", "").replace("-", "").upper()
    return bool(_CODE_LIKE.fullmatch(wanted)) and bare.startswith("VN") and len(bare) == 13


async def _by_alias(
    session: AsyncSession, scope: ColumnElement[bool], wanted: str, most: int
) -> list[FoundAddress]:
    codes = select(address_alias.c.code).where(
        address_alias.c.kind.in_(("vpostcode", "ministry")),
        address_alias.c.value == wanted,
        address_alias.c.valid_from <= _TODAY,
        or_(address_alias.c.valid_to.is_(None), address_alias.c.valid_to > _TODAY),
    )
    return await _listed(
        session,
        _addresses()
        .where(scope, digital_address.c.code.in_(codes))
        .order_by(digital_address.c.code)
        .limit(most),
    )


def _likeness(folded: str) -> ColumnElement[float]:
    """SQL: how like an address is, 1 with every word asked for, as `addresses_like` tells it."""
    terms = func.string_to_array(digital_address.c.folded, " ")
    return case(
        (terms.op("@>")(func.string_to_array(folded, " ")), 1.0),
        else_=func.word_similarity(folded, digital_address.c.folded),
    )


async def _by_text_everywhere(session: AsyncSession, folded: str, most: int) -> list[FoundAddress]:
    rows = await session.execute(_BY_TEXT, {"wanted": folded, "most": most})
    likeness = {row.code: row.likeness for row in rows}
    listed = await _listed(session, _addresses().where(digital_address.c.code.in_(likeness)))
    rated = [msgspec.structs.replace(each, likeness=likeness[each.code]) for each in listed]
    return sorted(
        rated, key=lambda each: (-(each.likeness or 0), len(each.address_text), each.code)
    )


def _addresses(*, distance: Any = None, likeness: Any = None) -> Select[Any]:
    return select(
        *(digital_address.c[name] for name in _COLUMNS),
        ward.c.name.label("ward_name"),
        *degrees_of(digital_address.c.point),
        (literal(None) if distance is None else distance).label("distance_m"),
        (literal(None) if likeness is None else likeness).label("likeness"),
    ).join(ward, ward.c.code == digital_address.c.ward_code)


async def _listed(session: AsyncSession, query: Select[Any]) -> list[FoundAddress]:
    rows = await session.execute(query)
    return [_found_address(row) for row in rows.mappings()]


def _found_address(row: Any) -> FoundAddress:
    point = Point(lon=row["lon"], lat=row["lat"])
    return FoundAddress(**row, printed=format_code(row["code"]), plus_code=plus_code(point))


_COLUMNS: Final = (
    "code", "facility_id", "address_text", "floor_unit", "old_unit", "building_kind", "ward_code",
    "accuracy_m", "point_source", "issued_at", "verified_at",
)  # fmt: skip
