"""What published units were before their present form, and the events that changed them. Pure."""

from datetime import date
from typing import Final, Literal
from uuid import UUID

import msgspec

from asm.geo.areas.published_areas import (
    DONG_NAI,
    DONG_NAI_CITY_SINCE,
    DONG_NAI_NEW_WARDS,
    REFORM_2025,
    PublishedProvince,
    WardKind,
)

EventKind = Literal["renamed", "merged", "split", "boundary_moved"]


class PublishedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A dated change of areas. `source`: the act, or where it was published."""

    id: UUID
    kind: EventKind
    happened_on: date
    title: str
    source: str


class FormerWard(msgspec.Struct, frozen=True, kw_only=True):
    """A form that a ward had from `valid_from` to the day before `valid_to`."""

    code: str
    province_code: str
    name: str
    kind: WardKind
    valid_from: date
    valid_to: date


#: Its area did not change, only its kind and that of ten of its communes.
DONG_NAI_EVENT: Final = PublishedEvent(
    id=UUID("019dc000-0000-7000-8000-000020260430"),
    kind="renamed",
    happened_on=DONG_NAI_CITY_SINCE,
    title="Thành lập thành phố Đồng Nai và mười phường của thành phố",
    source="Nghị quyết của Quốc hội, hiệu lực 2026-04-30",
)
FORMER_PROVINCES: Final = (
    PublishedProvince(
        code=DONG_NAI,
        name="Tỉnh Đồng Nai",
        kind="province",
        valid_from=REFORM_2025,
        valid_to=DONG_NAI_CITY_SINCE,
    ),
)
FORMER_WARDS: Final = tuple(
    FormerWard(
        code=code,
        province_code=DONG_NAI,
        name=f"Xã {name}",
        kind="xa",
        valid_from=REFORM_2025,
        valid_to=DONG_NAI_CITY_SINCE,
    )
    for code, name in DONG_NAI_NEW_WARDS.items()
)


class PublishedAlias(msgspec.Struct, frozen=True, kw_only=True):
    """A code that other published lists use for a ward."""

    code: str
    scheme: str
    alias: str
    valid_from: date
    source: str


#: Lists of the same office disagree about one code; files with either are taken.
PUBLISHED_ALIASES: Final = (
    PublishedAlias(
        code="06970",  # Xã Ba Chẽ
        scheme="statistics",
        alias="06978",
        valid_from=REFORM_2025,
        source="thanglequoc/vietnamese-provinces-database, 2026-08",
    ),
)
