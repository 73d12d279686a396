"""Digital addresses: issued once, never changed, whatever becomes of the point or the ward."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import Conflict, not_found
from asm.geo.addresses.address_changes import PointCorrection, correct_point, write_change
from asm.geo.addresses.address_terms import NewAddress
from asm.geo.addresses.door_code import UNITS, cell_of, encode_cell
from asm.geo.folding import fold
from asm.geo.model import degrees_of, digital_address, point_value
from asm.geo.points import Point, check_point, fields_with_degrees

#: How many cells away a full cell (a tower of flats at one point) lends a code: 9 x 9 cells of 32.
NEIGHBOUR_CELLS = 4


class DigitalAddress(msgspec.Struct, frozen=True, kw_only=True):
    """`code` is the name; `lat`, `lon` (degrees) are where the door is known to be today.
    `facility_id`: None for a door that belongs to no facility.
    """

    code: str
    facility_id: UUID | None
    unit: int
    lat: float
    lon: float
    point_source: str
    address_text: str
    ward_code: str
    issued_at: datetime


async def issue_address(
    session: AsyncSession, new: NewAddress, *, facility_id: UUID | None = None
) -> DigitalAddress:
    """Give a door the lowest free unit of its cell; a facility that has an address keeps it.

    Two registrations at the same door at once get different units: the primary key decides.
    Raises Invalid for a point outside Vietnam, Conflict `address_cells_full` when 2,592 codes
    around the point are taken.
    """
    check_point(new.point)
    held = await address_of(session, facility_id) if facility_id else None
    if held is not None:
        return held
    values = row_of(new) | {"facility_id": facility_id}
    for code, unit in candidates(new.point):
        if await _claim(session, values | {"code": code, "unit": unit}):
            await write_change(session, code, "issued", {}, change_of(new))
            return await _issued(session, digital_address.c.code == code)
        # The code was taken, or the same facility got its address in another transaction.
        held = await address_of(session, facility_id) if facility_id else None
        if held is not None:
            return held
    raise cells_full()


async def move_point(
    session: AsyncSession, *, facility_id: UUID, correction: PointCorrection
) -> DigitalAddress:
    """Correct where a facility's door is; the code stays. Raises NotFound when none was issued,
    Invalid for a point outside Vietnam.
    """
    check_point(correction.point)
    held = await address_of(session, facility_id)
    if held is None:
        raise not_found("digital_address")
    await correct_point(session, held.code, correction)
    return await _issued(session, digital_address.c.facility_id == facility_id)


async def address_of(session: AsyncSession, facility_id: UUID) -> DigitalAddress | None:
    """The digital address of a facility within the asker's scope, or None."""
    return await _read_address(session, digital_address.c.facility_id == facility_id)


def row_of(new: NewAddress) -> dict[str, Any]:
    """The columns of a new address, all but its code and unit."""
    return {
        "point": point_value(new.point),
        "point_source": new.source,
        "accuracy_m": new.accuracy_m,
        "address_text": new.address_text,
        "folded": fold(new.address_text),
        "ward_code": new.ward_code,
        "old_unit": new.old_unit,
        "floor_unit": new.floor_unit,
        "building_kind": new.building_kind,
    }


def change_of(new: NewAddress) -> dict[str, Any]:
    """What the history says of an address as it was issued."""
    return {name: value for name, value in fields_with_degrees(new).items() if value is not None}


def candidates(point: Point) -> Iterator[tuple[str, int]]:
    """Codes to try: every unit of the point's own cell, then of the rings of cells around it."""
    row, column = cell_of(point)
    reach = range(-NEIGHBOUR_CELLS, NEIGHBOUR_CELLS + 1)
    steps = sorted(((north, east) for north in reach for east in reach), key=_nearness)
    for north, east in steps:
        for unit in range(UNITS):
            yield encode_cell(row + north, column + east, unit), unit


def cells_full() -> Conflict:
    """The refusal of a door around which every code is taken."""
    return Conflict("address_cells_full")


async def _read_address(session: AsyncSession, condition: Any) -> DigitalAddress | None:
    rows = await session.execute(
        select(
            *(digital_address.c[name] for name in _COLUMNS),
            *degrees_of(digital_address.c.point),
        ).where(condition)
    )
    row = rows.mappings().one_or_none()
    return DigitalAddress(**row) if row else None


async def _issued(session: AsyncSession, condition: Any) -> DigitalAddress:
    held = await _read_address(session, condition)
    if held is None:
        raise not_found("digital_address")
    return held


async def _claim(session: AsyncSession, row: dict[str, Any]) -> bool:
    done = await session.execute(
        insert(digital_address)
        .values(row)
        .on_conflict_do_nothing()
        .returning(digital_address.c.code)
    )
    return done.one_or_none() is not None


def _nearness(step: tuple[int, int]) -> tuple[int, int, int]:
    north, east = step
    return max(abs(north), abs(east)), north, east


_COLUMNS = (
    "code", "facility_id", "unit", "point_source", "address_text", "ward_code", "issued_at",
)  # fmt: skip
