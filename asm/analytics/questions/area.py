"""Whose figures: a ward's, a province's or the country's; and who sees exact figures of what."""

from typing import Final, Literal, cast

import msgspec
from sqlalchemy import select

from asm.accounts.access import Scope
from asm.accounts.roles import MINISTRY_OFFICER, PROVINCIAL_OFFICER, WARD_OFFICER
from asm.errors import NotFound, invalid_field, not_found
from asm.geo.model import province, ward

AreaKind = Literal["ward", "province", "country"]


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """`code`: of the ward (five digits) or province (two); None for the country."""

    kind: AreaKind
    code: str | None = None

    def __str__(self) -> str:
        """As addresses and filters write it: `ward:00070`, `province:01`, `country`."""
        return f"{self.kind}:{self.code}" if self.code else self.kind


COUNTRY: Final = Area(kind="country")


class NamedArea(msgspec.Struct, frozen=True, kw_only=True):
    """An area as it is called; `name` is empty for the country, which every page names itself."""

    kind: str
    code: str | None
    name: str

    @property
    def area(self) -> Area:
        return Area(kind=cast("AreaKind", self.kind), code=self.code)


def read_area(written: str) -> Area:
    """The area that `str(area)` wrote. Raises Invalid `area_malformed` for any other text."""
    match written.split(":"):
        case ["country"]:
            return COUNTRY
        case ["ward", code] if code.isascii() and code.isdigit() and len(code) == 5:
            return Area(kind="ward", code=code)
        case ["province", code] if code.isascii() and code.isdigit() and len(code) == 2:
            return Area(kind="province", code=code)
    raise invalid_field("/area", "area_malformed")


async def require_area(scope: Scope, area: Area) -> NamedArea:
    """Let on who sees exact figures of the area, and name it: nothing else decides that.

    A ward's officer sees the ward that they work in now, a provincial officer their province and
    each of its wards (ended ones too), the ministry everything. Raises the same `area_not_found`
    for whatever is absent and for whatever is not theirs; of other wards, their officers see only
    `asm.analytics.questions.outline`.
    """
    if area.kind == "country":
        if scope.actor.role != MINISTRY_OFFICER:
            raise _absent()
        return NamedArea(kind="country", code=None, name="")
    if area.kind == "province":
        row = await _province(scope, area)
    else:
        row = await _ward(scope, area)
    return NamedArea(kind=area.kind, code=area.code, name=row)


async def own_area(scope: Scope) -> Area:
    """The area that an officer's figures open with. Raises `area_not_found` for all others."""
    if scope.actor.role == WARD_OFFICER and scope.actor.ward_code:
        return Area(kind="ward", code=scope.actor.ward_code)
    if scope.actor.role == MINISTRY_OFFICER:
        return COUNTRY
    if code := own_province(scope):
        return Area(kind="province", code=code)
    raise _absent()


def own_province(scope: Scope) -> str | None:
    """The province of a provincial officer; None for everybody else."""
    return scope.actor.province_code if scope.actor.role == PROVINCIAL_OFFICER else None


async def _province(scope: Scope, area: Area) -> str:
    if scope.actor.role != MINISTRY_OFFICER and own_province(scope) != area.code:
        raise _absent()
    name: str | None = await scope.session.scalar(
        select(province.c.name).where(province.c.code == area.code)
    )
    if name is None:
        raise _absent()
    return name


async def _ward(scope: Scope, area: Area) -> str:
    actor = scope.actor
    if actor.role == WARD_OFFICER and actor.ward_code != area.code:
        raise _absent()
    row = (
        await scope.session.execute(
            select(ward.c.name, ward.c.province_code).where(ward.c.code == area.code)
        )
    ).one_or_none()
    allowed = actor.role in (WARD_OFFICER, MINISTRY_OFFICER)
    if row is None or not (allowed or row.province_code == own_province(scope)):
        raise _absent()
    name: str = row.name
    return name


def _absent() -> NotFound:
    return not_found("area")
