"""Digital addresses: issued once per facility, never changed, whatever becomes of the point."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import Conflict, not_found
from asm.geo.door_code import UNITS, cell_of, encode_cell
from asm.geo.model import digital_address
from asm.geo.points import check_point

#: How many cells away a full cell (a tower of flats at one point) lends a code: 9 x 9 cells of 32.
NEIGHBOUR_CELLS = 4


class DigitalAddress(msgspec.Struct, frozen=True, kw_only=True):
    """`code` is the name; `lat`, `lon` (degrees) are where the door is known to be today."""

    code: str
    facility_id: UUID
    unit: int
    lat: float
    lon: float
    point_source: str
    address_text: str
    ward_code: str
    issued_at: datetime


async def issue_address(
    session: AsyncSession,
    *,
    facility_id: UUID,
    lat: float,
    lon: float,
    address_text: str,
    ward_code: str,
    source: str,
) -> DigitalAddress:
    """Give a facility the lowest free unit of its cell; a facility that has one keeps it.

    `source` says where the point came from, such as `map` or `device`. Two registrations at the
    same door at once get different units: the primary key decides. Raises Invalid for a point
    outside Vietnam, Conflict `address_cells_full` when 2,592 codes around the point are taken.
    """
    check_point(lat, lon)
    held = await address_of(session, facility_id)
    if held is not None:
        return held
    row = {
        "facility_id": facility_id,
        "point": _point(lat, lon),
        "point_source": source,
        "address_text": address_text,
        "ward_code": ward_code,
    }
    for code, unit in _candidates(lat, lon):
        if await _claim(session, {**row, "code": code, "unit": unit}):
            break
        # The code was taken, or the same facility got its address in another transaction.
        held = await address_of(session, facility_id)
        if held is not None:
            return held
    return await _issued(session, facility_id)


async def move_point(
    session: AsyncSession,
    *,
    facility_id: UUID,
    lat: float,
    lon: float,
    ward_code: str,
    source: str,
) -> DigitalAddress:
    """Correct where the door is; the code stays. Raises NotFound when none was issued."""
    check_point(lat, lon)
    await session.execute(
        update(digital_address)
        .where(digital_address.c.facility_id == facility_id)
        .values(point=_point(lat, lon), point_source=source, ward_code=ward_code)
    )
    held = await address_of(session, facility_id)
    if held is None:
        raise not_found("digital_address")
    return held


async def address_of(session: AsyncSession, facility_id: UUID) -> DigitalAddress | None:
    """The digital address of a facility within the asker's scope, or None."""
    row = await session.execute(
        select(
            *(column for column in digital_address.c if column.name != "point"),
            func.ST_Y(digital_address.c.point).label("lat"),
            func.ST_X(digital_address.c.point).label("lon"),
        ).where(digital_address.c.facility_id == facility_id)
    )
    found = row.mappings().one_or_none()
    return DigitalAddress(**found) if found else None


async def _issued(session: AsyncSession, facility_id: UUID) -> DigitalAddress:
    held = await address_of(session, facility_id)
    if held is None:
        raise Conflict(
            "address_cells_full",
            "Quá nhiều cơ sở ở cùng một vị trí: hãy chọn vị trí lối vào riêng.",
            "Too many facilities at one point: choose the point of your own entrance.",
        )
    return held


async def _claim(session: AsyncSession, row: dict[str, Any]) -> bool:
    done = await session.execute(
        insert(digital_address)
        .values(row)
        .on_conflict_do_nothing()
        .returning(digital_address.c.code)
    )
    return done.one_or_none() is not None


def _candidates(lat: float, lon: float) -> Iterator[tuple[str, int]]:
    """Codes to try: every unit of the point's own cell, then of the rings of cells around it."""
    row, column = cell_of(lat, lon)
    reach = range(-NEIGHBOUR_CELLS, NEIGHBOUR_CELLS + 1)
    steps = sorted(((north, east) for north in reach for east in reach), key=_nearness)
    for north, east in steps:
        for unit in range(UNITS):
            yield encode_cell(row + north, column + east, unit), unit


def _nearness(step: tuple[int, int]) -> tuple[int, int, int]:
    north, east = step
    return max(abs(north), abs(east)), north, east


def _point(lat: float, lon: float) -> Any:
    return func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4326)
