"""Arrivals and guest nights by residence, reason and kind: from the smallest totals that are by all
of what an answer is by, whole months from those by month.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Select, Table, cast, func, select, union_all

from asm.analytics.questions.area import Area
from asm.analytics.questions.model import (
    BY_GUEST,
    country_flow,
    country_flow_night,
    country_origin,
    country_origin_night,
    country_reason_night,
    country_total,
    province_flow,
    province_flow_night,
    province_origin_night,
    province_reason,
    province_reason_night,
    province_total,
    ward_flow,
    ward_origin,
    ward_reason,
)
from asm.analytics.questions.narrowing import Narrowing
from asm.analytics.questions.selects import each_ward, key_of, level_of, narrowed, of, summed
from asm.analytics.questions.span import Span
from asm.analytics.totals.model import night_total, origin_month, origin_night

#: By whose rows they are and by what: the smaller ones first.
_BY_MONTH: Final[Mapping[str, tuple[Table, ...]]] = {
    "ward": (ward_reason, ward_flow, ward_origin),
    "province": (province_reason, province_flow, origin_month),
    "country": (country_flow, province_reason, country_origin),
}
_BY_NIGHT: Final[Mapping[str, tuple[Table, ...]]] = {
    "ward": (night_total, origin_night),
    "province": (
        province_total,
        province_flow_night,
        province_reason_night,
        province_origin_night,
    ),
    "country": (
        country_total,
        country_flow_night,
        country_reason_night,
        country_origin_night,
    ),
}
_AREAS: Final = ("ward_code", "province_code")


def guests_by(
    keys: Collection[str],
    area: Area,
    span: Span,
    narrowing: Narrowing,
    *,
    months: Span | None,
    within: Sequence[str] = (),
) -> Select[Any]:
    """Arrivals and guest nights of an area for each value of `keys` (`residence`, `kind`, `reason`,
    `month`, `tourism`, `night`, `ward_code`, `province_code`). The whole `months` of the span (see
    `months_of`) are read as such where no key is a night. `within`: of these wards (where
    `ward_code` is a key) or provinces (`province_code`) alone.
    """
    parts = []
    nightly = [span]
    if months is not None and "night" not in keys:
        parts.append(_read(_BY_MONTH, keys, area, months, narrowing, within))
        nightly = _around(span, months)
    parts += [_read(_BY_NIGHT, keys, area, part, narrowing, within) for part in nightly]
    if len(parts) == 1:
        return parts[0]
    each = union_all(*parts).subquery("each")
    grouped = [each.c[key] for key in sorted(keys)]
    # The sum of sums would be `numeric` in SQL and no int here.
    sums = [cast(func.sum(each.c[name]), BigInteger).label(name) for name in BY_GUEST]
    return select(*grouped, *sums).group_by(*grouped)


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


def _read(
    tables: Mapping[str, tuple[Table, ...]],
    keys: Collection[str],
    area: Area,
    span: Span,
    narrowing: Narrowing,
    within: Sequence[str],
) -> Select[Any]:
    level = level_of(next((key for key in _AREAS if key in keys), None), area)
    needed = _needed(keys, narrowing)
    table = next(each for each in tables[level] if needed <= {*each.c.keys()})
    if level == "ward" and area.kind == "province":
        others = {key: key_of(table, key) for key in sorted(keys) if key != "ward_code"}
        sums = each_ward(table, others, BY_GUEST, area, span, narrowing)
        if within:
            sums = sums.where(sums.selected_columns["ward_code"].in_(within))
        return sums.with_only_columns(
            *(sums.selected_columns[key] for key in sorted(keys)),
            *(sums.selected_columns[name] for name in BY_GUEST),
        )
    grouped = [key_of(table, key) for key in sorted(keys)]
    chosen = [table.c.province_code.in_(within)] if within else []
    return (
        select(*grouped, *summed(table, BY_GUEST))
        .where(*of(table, area, span), *narrowed(table, narrowing), *chosen)
        .group_by(*grouped)
    )


def _needed(keys: Collection[str], narrowing: Narrowing) -> set[str]:
    """What a table must be by, beside nights and areas."""
    narrows = {
        "kind": narrowing.kinds,
        "residence": narrowing.residences,
        "reason": narrowing.reasons,
    }
    return ({*keys} & narrows.keys()) | {name for name, values in narrows.items() if values}
