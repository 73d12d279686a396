"""Facilities that anyone may see, as features; the database's policy decides which (no homes)."""

from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.rls import enter_public
from asm.db.statements import read_statements
from asm.facilities.kinds import KINDS
from asm.geo.maps.features import Feature, Frame

_SQL = read_statements(__name__)
_SOME = text(_SQL["some"])
_COUNT = text(_SQL["count"])
_ITEMS = text(_SQL["items"])
#: In the tables beside the public map.
FACILITIES_A_PAGE: Final = 100
_COUNT_OF_PROVINCE = text(_SQL["count_of_province"])
_PAGE_OF_PROVINCE = text(_SQL["page_of_province"])
_BY_ID = text(_SQL["one"])


async def public_facilities(session: AsyncSession, frame: Frame) -> tuple[list[Feature], int]:
    """The public facilities in the frame, oldest first, and how many there are in all. The
    transaction is left in the public scope.
    """
    await enter_public(session)
    given = msgspec.structs.asdict(frame)
    count: int = (await session.execute(_COUNT, given)).scalar_one()
    rows = await session.execute(_ITEMS, given)
    return [_feature(row) for row in rows.mappings()], count


async def some_public_facility(session: AsyncSession) -> bool:
    """Whether there is any to see. The transaction is left in the public scope."""
    await enter_public(session)
    some: bool = (await session.execute(_SOME)).scalar_one()
    return some


class PublicFacility(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody may read of a facility."""

    name: str
    kind: str
    address_text: str
    ward_name: str


class PublicFacilityPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a list; `count` is of the whole list, `pages` at least 1."""

    facilities: list[PublicFacility]
    count: int
    page: int
    pages: int


async def facilities_of_province(
    session: AsyncSession, province_code: str, page: int = 1
) -> PublicFacilityPage:
    """Public facilities by ward and name, FACILITIES_A_PAGE a page. The transaction is left in the
    public scope.
    """
    await enter_public(session)
    values = {"province": province_code}
    count: int = (await session.execute(_COUNT_OF_PROVINCE, values)).scalar_one()
    window = {"limit": FACILITIES_A_PAGE, "offset": (page - 1) * FACILITIES_A_PAGE}
    rows = await session.execute(_PAGE_OF_PROVINCE, values | window)
    return PublicFacilityPage(
        facilities=[PublicFacility(**row) for row in rows.mappings()],
        count=count,
        page=page,
        pages=max(1, -(-count // FACILITIES_A_PAGE)),
    )


async def public_facility(session: AsyncSession, facility_id: UUID) -> Feature | None:
    """One public facility; None when it is absent or not public, which look alike."""
    await enter_public(session)
    row = (await session.execute(_BY_ID, {"id": facility_id})).mappings().one_or_none()
    return None if row is None else _feature(row)


def _feature(row: Any) -> Feature:
    properties = dict(row)
    geometry, identifier = properties.pop("geometry"), str(properties.pop("id"))
    kind = KINDS[properties["kind"]]
    properties |= {"kind_label": kind.label, "kind_label_en": kind.label_en}
    return Feature(id=identifier, geometry=msgspec.Raw(geometry.encode()), properties=properties)
