"""What a ward's officer may know of other wards: aggregated, in months that are closed."""

from datetime import date
from typing import Final

import msgspec
from sqlalchemy import select, text

from asm.accounts.access import Scope
from asm.accounts.roles import WARD_OFFICER
from asm.analytics.questions.reckon import mean
from asm.analytics.questions.span import provisional_from
from asm.errors import not_found
from asm.geo.model import province, ward

# Decides in the database what is shown at all (migration 0038): no cell below ten, no fewer than
# five wards behind one, whole months whose corrections are closed, and nothing to choose.
_OUTLINE: Final = text("SELECT * FROM province_outline(:closed_before)")


class OutlineMonth(msgspec.Struct, frozen=True, kw_only=True):
    """All wards of the officer's province but their own, together. None: fewer than ten of it, or
    fewer than five wards behind it.
    """

    month: date
    arrivals: int | None
    guest_nights: int | None
    mean_nights: float | None


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """The last twelve closed months of the province around the officer's own ward, newest first."""

    province_code: str
    province_name: str
    months: list[OutlineMonth]


async def province_outline(scope: Scope) -> Outline:
    """For ward officers; takes no filter, so nothing can be subtracted. Raises `area_not_found` for
    everybody else.
    """
    if scope.actor.role != WARD_OFFICER or scope.actor.ward_code is None:
        raise not_found("area")
    around = (
        await scope.session.execute(
            select(province.c.code, province.c.name)
            .join(ward, ward.c.province_code == province.c.code)
            .where(ward.c.code == scope.actor.ward_code)
        )
    ).one()
    closed_before = provisional_from(scope.actor.now)
    rows = await scope.session.execute(_OUTLINE, {"closed_before": closed_before})
    return Outline(
        province_code=around.code,
        province_name=around.name,
        months=[
            OutlineMonth(
                month=row.month,
                arrivals=row.arrivals,
                guest_nights=row.guest_nights,
                mean_nights=mean(row.guest_nights, row.arrivals)
                if row.arrivals and row.guest_nights
                else None,
            )
            for row in rows
        ],
    )
