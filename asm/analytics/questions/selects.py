"""Which rows of the totals an answer is of, and how they are summed.

A ward is read from its own rows, a province and the country from those by province, whole months of
flows from those by month: what is read stays some thousand rows, however many stays there are.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Subquery,
    Table,
    cast,
    func,
    select,
    true,
    union_all,
)

from asm.analytics.questions.area import Area
from asm.analytics.questions.model import (
    BY_GUEST,
    night_correction,
    province_flow,
    province_night,
    province_total,
    ward_flow,
)
from asm.analytics.questions.narrowing import Narrowing
from asm.analytics.questions.span import Span
from asm.analytics.totals.model import (
    COUNTS,
    HOUSES,
    night_total,
    origin_month,
    origin_night,
    ward_night,
)
from asm.geo.model import ward

Conditions = list[ColumnElement[bool]]


def counts_by(key: str, area: Area, span: Span, narrowing: Narrowing) -> Select[Any]:
    """Sums of COUNTS (of BY_GUEST where narrowed by guest) of an area, for each value of `key`
    (`night`, `ward_code` or `province_code`) and of `tourism`.
    """
    if narrowing.by_guest:
        return guests_by({key, "tourism"}, area, span, narrowing, months=None)
    if key == "ward_code":
        return _each_ward(night_total, ["tourism"], COUNTS, area, span, narrowing)
    table = night_total if area.kind == "ward" else province_total
    grouped = [table.c[key], table.c.tourism]
    return (
        select(*grouped, *_summed(table, COUNTS))
        .where(*_of(table, area, span), *_narrowed(table, narrowing))
        .group_by(*grouped)
    )


def houses_by(key: str | None, area: Area, span: Span, narrowing: Narrowing) -> Select[Any]:
    """Sums of HOUSES of an area for each value of `key`, or of all; narrowed by the facility's kind
    alone. An area without facilities is a row of nulls where there is no key, else no row.
    """
    kinds = Narrowing(kinds=narrowing.kinds)
    if key == "ward_code":
        return _each_ward(ward_night, [], HOUSES, area, span, kinds)
    table = ward_night if area.kind == "ward" else province_night
    grouped = [table.c[key]] if key else []
    return (
        select(*grouped, *_summed(table, HOUSES))
        .where(*_of(table, area, span), *_narrowed(table, kinds))
        .group_by(*grouped)
    )


def guests_by(
    keys: Collection[str], area: Area, span: Span, narrowing: Narrowing, *, months: Span | None
) -> Select[Any]:
    """Arrivals and guest nights of an area for each value of `keys` (`residence`, `kind`, `reason`,
    `month`, `tourism`, `night`, `ward_code`, `province_code`). The whole `months` of the span (see
    `months_of`) are read as such where no key is a night.
    """
    nightly = [span]
    parts = []
    if months is not None and "night" not in keys:
        table = _monthly_table(keys, area, narrowing)
        if table is not None:
            parts.append(_monthly(table, keys, area, months, narrowing))
            nightly = _around(span, months)
    parts += [_nightly(keys, area, part, narrowing) for part in nightly]
    if len(parts) == 1:
        return parts[0]
    each = union_all(*parts).subquery("each")
    grouped = [each.c[key] for key in sorted(keys)]
    return select(*grouped, *_summed(each, BY_GUEST)).group_by(*grouped)


def corrections(area: Area, span: Span, narrowing: Narrowing) -> Select[Any]:
    """How much of the span was changed after its corrections had closed; by the kind alone."""
    kinds = Narrowing(kinds=narrowing.kinds)
    return select(func.coalesce(func.sum(night_correction.c.corrected), 0)).where(
        *_of(night_correction, area, span), *_narrowed(night_correction, kinds)
    )


def months_of(span: Span, counted_to: date | None) -> Span | None:
    """The whole months of a span. A month is whole, too, when the span ends with or after the last
    night that is counted at all.
    """
    first = span.first if span.first.day == 1 else _next_month(span.first)
    if counted_to is not None and span.last >= counted_to:
        end = _next_month(counted_to)
    else:
        end = (span.last + timedelta(days=1)).replace(day=1)
    return Span(first=first, last=end - timedelta(days=1)) if first < end else None


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _around(span: Span, months: Span) -> list[Span]:
    around = []
    if span.first < months.first:
        around.append(Span(first=span.first, last=months.first - timedelta(days=1)))
    if span.last > months.last:
        around.append(Span(first=months.last + timedelta(days=1), last=span.last))
    return around


def _monthly_table(keys: Collection[str], area: Area, narrowing: Narrowing) -> Table | None:
    finely = bool(narrowing.kinds or narrowing.reasons) or bool({"kind", "reason"} & {*keys})
    if area.kind == "ward" or "ward_code" in keys:
        return None if finely else ward_flow
    return origin_month if finely else province_flow


def _monthly(
    table: Table, keys: Collection[str], area: Area, months: Span, narrowing: Narrowing
) -> Select[Any]:
    if "ward_code" in keys and area.kind == "province":
        others = sorted({*keys} - {"ward_code"})
        sums = _each_ward(table, others, BY_GUEST, area, months, narrowing)
        return sums.with_only_columns(
            *(sums.selected_columns[key] for key in sorted(keys)),
            *(sums.selected_columns[name] for name in BY_GUEST),
        )
    grouped = [table.c[key] for key in sorted(keys)]
    return (
        select(*grouped, *_summed(table, BY_GUEST))
        .where(*_of(table, area, months), *_narrowed(table, narrowing))
        .group_by(*grouped)
    )


def _nightly(keys: Collection[str], area: Area, span: Span, narrowing: Narrowing) -> Select[Any]:
    table = origin_night
    grouped = [_key_of_night(key) for key in sorted(keys)]
    query = select(*grouped, *_summed(table, BY_GUEST))
    if "province_code" in keys:
        query = query.join(ward, ward.c.code == table.c.ward_code)
    return query.where(*_of(table, area, span), *_narrowed(table, narrowing)).group_by(*grouped)


def _key_of_night(key: str) -> ColumnElement[Any]:
    if key == "month":
        return cast(func.date_trunc("month", origin_night.c.night), Date).label("month")
    return ward.c.province_code if key == "province_code" else origin_night.c[key]


def _each_ward(
    table: Table,
    keys: Collection[str],
    names: Collection[str],
    area: Area,
    span: Span,
    narrowing: Narrowing,
) -> Select[Any]:
    """Ward by ward, so that each is read by its key: the planner would read the country's month."""
    grouped = [table.c[key] for key in keys]
    sums = (
        select(*grouped, *_summed(table, names))
        .where(table.c.ward_code == ward.c.code, *_nights(table, span))
        .where(*_narrowed(table, narrowing))
        .group_by(*grouped)
        .having(func.count() > 0)
        .lateral("sums")
    )
    return (
        select(ward.c.code.label("ward_code"), *sums.c)
        .join(sums, true())
        .where(ward.c.province_code == area.code)
    )


def _of(table: Table, area: Area, span: Span) -> Conditions:
    return [*_nights(table, span), *_within(table, area)]


def _nights(table: Table, span: Span) -> Conditions:
    """Or whole months, of a table by months."""
    when = table.c.night if "night" in table.c else table.c.month
    return [when.between(span.first, span.last)]


def _within(table: Table, area: Area) -> Conditions:
    if area.kind == "country":
        return []
    if area.kind == "ward":
        return [table.c.ward_code == area.code]
    if "province_code" in table.c:
        return [table.c.province_code == area.code]
    return [table.c.ward_code.in_(select(ward.c.code).where(ward.c.province_code == area.code))]


def _narrowed(table: Table, narrowing: Narrowing) -> Conditions:
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


def _summed(table: Table | Subquery, names: Collection[str]) -> list[ColumnElement[int]]:
    return [func.sum(table.c[name]).label(name) for name in names]
