"""Which ward a point is in, and which wards there are."""

from collections.abc import Collection
from datetime import date
from typing import Any, Final

import msgspec
from sqlalchemy import Select, case, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.statements import Statements, read_statements
from asm.errors import Invalid, invalid_field
from asm.geo.areas.published_areas import REFORM_2025, ProvinceKind, WardKind
from asm.geo.folding import fold
from asm.geo.model import degrees_of, province, ward
from asm.geo.points import Point, check_point, outside_vietnam

#: A pier, a boat at its mooring or a simplified shore line may lie a little outside every ward.
NEAR_M = 1000
MOST_WARDS = 100

_SHORT_FORMS = {"tp": "thanh pho", "hcm": "ho chi minh", "tphcm": "ho chi minh", "p": "phuong"}

#: With the fragments `today` and `that_day`: `wards` and `provinces` as they are or were.
DATED: Final[Statements] = read_statements(__name__)
_TODAY = text(DATED["inside_today"]), text(DATED["nearest_today"])
_SOME = text("SELECT EXISTS (SELECT FROM ward)")
_THAT_DAY = text(DATED["inside_that_day"]), text(DATED["nearest_that_day"])


class WardHit(msgspec.Struct, frozen=True, kw_only=True):
    """The ward of a point. `approximate`: from a rough cell, to be confirmed by a person.
    `distance_m`: None inside the ward, else metres to it (at most NEAR_M, say at a pier).
    `also_in`: codes of further wards that hold the point too, which then lies on their border or
    where boundaries overlap; the lowest code of all is the answer.
    """

    code: str
    name: str
    province_code: str
    province_name: str
    approximate: bool
    distance_m: float | None = None
    also_in: list[str] = []


class Province(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    kind: ProvinceKind


class Ward(msgspec.Struct, frozen=True, kw_only=True):
    """A commune-level unit with the point (degrees) that maps open at."""

    code: str
    name: str
    kind: WardKind
    province_code: str
    province_name: str
    lat: float
    lon: float
    boundary_approximate: bool


async def ward_at(session: AsyncSession, point: Point, day: date | None = None) -> WardHit:
    """The ward that a point is in, today or as areas were on `day`.

    Raises Invalid: see `check_point`; `point_outside_vietnam` when no ward is within NEAR_M;
    `areas_missing` when there is none anywhere; `day_before_records` for a day before the wards of
    2025.
    """
    check_point(point)
    if day is not None:
        check_day(day)
    given: dict[str, Any] = msgspec.structs.asdict(point) | ({"day": day} if day else {})
    inside, nearest = _THAT_DAY if day else _TODAY
    rows = (await session.execute(inside, given)).mappings().all()
    if not rows:
        # At 24°N a degree of longitude is 102 km: the frame is a little wide, never too narrow.
        near = {**given, "near_m": NEAR_M, "near_degrees": NEAR_M / 100_000}
        rows = (await session.execute(nearest, near)).mappings().all()
    if not rows:
        await require_areas(session)
        raise outside_vietnam()
    first, *others = rows
    also = [row["code"] for row in others if row["approximate"] == first["approximate"]]
    return WardHit(**first, also_in=also)


async def require_areas(session: AsyncSession, *, pointer: str = "") -> None:
    """Raise Invalid `areas_missing` where the database holds no ward at all, ended ones included:
    whatever was asked, the remedy is to bring them in.
    """
    if not (await session.execute(_SOME)).scalar_one():
        raise areas_missing(pointer)


def areas_missing(pointer: str = "") -> Invalid:
    """The refusal of whatever needs a ward, where there is none."""
    return invalid_field(pointer, "areas_missing")


def check_day(day: date) -> None:
    """Raise Invalid `day_before_records` for a day before the wards that are known began."""
    if day < REFORM_2025:
        raise invalid_field("/day", "day_before_records", begins=REFORM_2025)


async def list_provinces(session: AsyncSession) -> list[Province]:
    """All provinces in force, by name."""
    rows = await session.execute(
        select(province.c.code, province.c.name, province.c.kind)
        .where(province.c.valid_to.is_(None))
        .order_by(func.regexp_replace(province.c.folded, "^(thanh pho|tinh) ", ""))
    )
    return [Province(code=row.code, name=row.name, kind=row.kind) for row in rows]


async def list_wards(session: AsyncSession, province_code: str) -> list[Ward]:
    """The wards in force of one province, by name; empty for an unknown province."""
    rows = await session.execute(
        _wards().where(ward.c.province_code == province_code).order_by(_short_name(), ward.c.code)
    )
    return [Ward(**row) for row in rows.mappings()]


async def find_wards(session: AsyncSession, q: str, limit: int = 20) -> list[Ward]:
    """Wards whose name and province hold every word of `q`, however accented: exact names first.
    At most `limit`, which is itself capped at MOST_WARDS.
    """
    terms = " ".join(_SHORT_FORMS.get(word, word) for word in fold(q).split()).split()
    if not terms:
        return []
    haystack = func.concat(" ", ward.c.folded, " ", province.c.folded)
    rows = await session.execute(
        _wards()
        # A folded word has letters and digits only, so nothing in it is a LIKE wildcard.
        .where(*(haystack.like(f"% {word}%") for word in terms))
        .order_by(_rank(" ".join(terms)), _short_name(), ward.c.code)
        .limit(min(limit, MOST_WARDS))
    )
    return [Ward(**row) for row in rows.mappings()]


async def ward_by_code(session: AsyncSession, code: str, *, pointer: str = "/ward_code") -> Ward:
    """The ward with this national statistics code. Raises Invalid `ward_unknown` at `pointer`,
    or `areas_missing`.
    """
    row = (await session.execute(_wards().where(ward.c.code == code))).mappings().one_or_none()
    if row is None:
        await require_areas(session, pointer=pointer)
        raise invalid_field(pointer, "ward_unknown")
    return Ward(**row)


async def names_of_wards(session: AsyncSession, codes: Collection[str]) -> dict[str, str]:
    """`name, province` by code, of wards in force and of those that have ended."""
    rows = await session.execute(
        select(ward.c.code, ward.c.name, province.c.name.label("province_name"))
        .join(province, province.c.code == ward.c.province_code)
        .where(ward.c.code.in_(codes))
    )
    return {row.code: f"{row.name}, {row.province_name}" for row in rows}


def _wards() -> Select[Any]:
    return (
        select(
            ward.c.code,
            ward.c.name,
            ward.c.kind,
            ward.c.province_code,
            province.c.name.label("province_name"),
            *degrees_of(ward.c.centre),
            ward.c.boundary_approximate,
        )
        .join(province, province.c.code == ward.c.province_code)
        .where(ward.c.valid_to.is_(None))
    )


def _short_name() -> Any:
    return func.regexp_replace(ward.c.folded, "^(phuong|xa|dac khu) ", "")


def _rank(q: str) -> Any:
    return case(
        (ward.c.folded == q, 0),
        (_short_name() == q, 1),
        (func.starts_with(_short_name(), q), 2),
        else_=3,
    )
