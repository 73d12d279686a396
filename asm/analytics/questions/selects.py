"""Which rows of the totals an answer about stays and facilities is of, and how they are summed.

A ward is read from its own rows, a province and the country from theirs: what is read stays some
thousand rows, however many stays there are. Arrivals and guest nights by residence and reason are
read as `asm.analytics.questions.guests` says.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, Select, Table, cast, func, select, true

from asm.analytics.questions.area import Area
from asm.analytics.questions.model import (
    country_night,
    country_total,
    night_correction,
    province_night,
    province_total,
)
from asm.analytics.questions.narrowing import Narrowing
from asm.analytics.questions.span import Span
from asm.analytics.totals.model import COUNTS, HOUSES, night_total, ward_night
from asm.geo.model import ward

Conditions = list[ColumnElement[bool]]
_TOTALS: Final[Mapping[str, Table]] = {
    "ward": night_total,
    "province": province_total,
    "country": country_total,
}
_NIGHTS: Final[Mapping[str, Table]] = {
    "ward": ward_night,
    "province": province_night,
    "country": country_night,
}


def counts_by(
    key: str | None, area: Area, span: Span, narrowing: Narrowing, names: Sequence[str] = COUNTS
) -> Select[Any]:
    """Sums of some COUNTS of an area, for each value of `key` (`night`, `month`, `ward_code`,
    `province_code`; None for all together) and of `tourism`. Not for what is narrowed by guest.
    """
    if key == "ward_code":
        return each_ward(
            night_total, {"tourism": night_total.c.tourism}, names, area, span, narrowing
        )
    table = _TOTALS[level_of(key, area)]
    grouped = [*([key_of(table, key)] if key else []), table.c.tourism]
    return (
        select(*grouped, *summed(table, names))
        .where(*of(table, area, span), *narrowed(table, narrowing))
        .group_by(*grouped)
    )


def houses_by(
    key: str | None,
    area: Area,
    span: Span,
    narrowing: Narrowing,
    names: Sequence[str] = HOUSES,
) -> Select[Any]:
    """Sums of some HOUSES of an area for each value of `key`, or of all; narrowed by the facility's
    kind alone. An area without facilities is a row of nulls where there is no key, else no row.
    """
    kinds = Narrowing(kinds=narrowing.kinds)
    if key == "ward_code":
        return each_ward(ward_night, {}, names, area, span, kinds)
    table = _NIGHTS[level_of(key, area)]
    grouped = [key_of(table, key)] if key else []
    return (
        select(*grouped, *summed(table, names))
        .where(*of(table, area, span), *narrowed(table, kinds))
        .group_by(*grouped)
    )


def corrections(area: Area, span: Span, narrowing: Narrowing) -> Select[Any]:
    """How much of the span was changed after its corrections had closed; by the kind alone."""
    kinds = Narrowing(kinds=narrowing.kinds)
    return select(func.coalesce(func.sum(night_correction.c.corrected), 0)).where(
        *of(night_correction, area, span), *narrowed(night_correction, kinds)
    )


def level_of(key: str | None, area: Area) -> str:
    """Whose rows are read: those of wards, of provinces or of the country."""
    return {"ward_code": "ward", "province_code": "province"}.get(key or "", area.kind)


def key_of(table: Table, key: str) -> ColumnElement[Any]:
    """A column to group by; the month of a night in a table by nights."""
    if key == "month" and "month" not in table.c:
        return cast(func.date_trunc("month", table.c.night), Date).label("month")
    return table.c[key]


def each_ward(
    table: Table,
    grouped: Mapping[str, ColumnElement[Any]],
    names: Collection[str],
    area: Area,
    span: Span,
    narrowing: Narrowing,
) -> Select[Any]:
    """Ward by ward, so that each is read by its key: the planner would read the country's month.
    Columns in the order `ward_code`, those of `grouped`, `names`.
    """
    sums = (
        select(*grouped.values(), *summed(table, names))
        .where(table.c.ward_code == ward.c.code, *_when(table, span))
        .where(*narrowed(table, narrowing))
        .group_by(*grouped.values())
        .having(func.count() > 0)
        .lateral("sums")
    )
    return (
        select(ward.c.code.label("ward_code"), *sums.c)
        .join(sums, true())
        .where(ward.c.province_code == area.code)
    )


def of(table: Table, area: Area, span: Span) -> Conditions:
    """Rows of the area and the nights, or whole months of a table by months."""
    return [*_when(table, span), *_within(table, area)]


def narrowed(table: Table, narrowing: Narrowing) -> Conditions:
    """By whatever the narrowing names; `table` has all of these columns but `tourism`."""
    conditions: Conditions = []
    if narrowing.kinds:
        conditions.append(table.c.kind.in_(narrowing.kinds))
    if narrowing.residences:
        conditions.append(table.c.residence.in_(narrowing.residences))
    if narrowing.reasons:
        conditions.append(table.c.reason.in_(narrowing.reasons))
    if narrowing.tourism is not None and "tourism" in table.c:
        conditions.append(table.c.tourism == narrowing.tourism)
    return conditions


def summed(table: Table, names: Collection[str]) -> list[ColumnElement[int]]:
    """The sums of columns, under their names."""
    return [func.sum(table.c[name]).label(name) for name in names]


def _when(table: Table, span: Span) -> Conditions:
    if "night" in table.c:
        return [table.c.night.between(span.first, span.last)]
    # Each by itself: an index goes on behind the month, as it would not behind a range.
    months = [span.first.replace(day=1)]
    while (later := (months[-1] + timedelta(days=31)).replace(day=1)) <= span.last:
        months.append(later)
    return [table.c.month.in_(months)]


def _within(table: Table, area: Area) -> Conditions:
    if area.kind == "country":
        return []
    if area.kind == "ward":
        return [table.c.ward_code == area.code]
    if "province_code" in table.c:
        return [table.c.province_code == area.code]
    return [table.c.ward_code.in_(select(ward.c.code).where(ward.c.province_code == area.code))]
