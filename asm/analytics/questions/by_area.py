"""Areas side by side: the wards of a province, the provinces of the country."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import select

from asm.accounts.access import Scope
from asm.analytics.questions.area import COUNTRY, Area, NamedArea, require_area
from asm.analytics.questions.guests import guests_by, months_of
from asm.analytics.questions.measures import AreaAnswer, Measures
from asm.analytics.questions.model import BY_GUEST
from asm.analytics.questions.narrowing import EVERYTHING, Narrowing
from asm.analytics.questions.recast import todays_wards
from asm.analytics.questions.reckon import Counted, add_up, measures_of
from asm.analytics.questions.selects import counts_by, houses_by
from asm.analytics.questions.span import Span
from asm.analytics.questions.standing import Head, head_of, totals_reach
from asm.analytics.totals.model import COUNTS, HOUSES
from asm.geo.model import province, ward


class AreaRow(msgspec.Struct, frozen=True, kw_only=True):
    """One of the areas, with all its measures. `ended`: it is no ward any more since that day; such
    a ward is shown where its nights cannot be recast, or are not.
    """

    area: NamedArea
    ended: date | None
    measures: Measures


class SideBySide(AreaAnswer, frozen=True, kw_only=True):
    """`rows` by name, areas without any facility too; `recast`: nights of ended wards stand in
    today's ward, where all of the ward went into one.
    """

    recast: bool
    whole: Measures
    rows: list[AreaRow]


async def by_ward(
    scope: Scope,
    province_code: str,
    span: Span,
    narrowing: Narrowing = EVERYTHING,
    *,
    recast: bool = True,
) -> SideBySide:
    """All wards of a province. Raises `area_not_found` for who does not see that province."""
    area = Area(kind="province", code=province_code)
    named = await require_area(scope, area)
    rows = await scope.session.execute(
        select(ward.c.code, ward.c.name, ward.c.valid_to)
        .where(ward.c.province_code == province_code)
        .order_by(ward.c.folded, ward.c.code)
    )
    sides = [(NamedArea(kind="ward", code=row.code, name=row.name), row.valid_to) for row in rows]
    ended = {each.code for each, until in sides if each.code and until is not None}
    heirs = await todays_wards(scope.session, ended) if recast and ended else {}
    head = Head(area=named, span=span, narrowing=narrowing, reach=await totals_reach(scope))
    counted = await _count(scope, area, head, "ward_code")
    return _beside(scope, head, counted.recast(heirs), sides, recast=recast)


async def by_province(scope: Scope, span: Span, narrowing: Narrowing = EVERYTHING) -> SideBySide:
    """All provinces. Raises `area_not_found` for all but the ministry."""
    named = await require_area(scope, COUNTRY)
    rows = await scope.session.execute(
        select(province.c.code, province.c.name, province.c.valid_to).order_by(
            province.c.folded, province.c.code
        )
    )
    sides = [
        (NamedArea(kind="province", code=row.code, name=row.name), row.valid_to) for row in rows
    ]
    head = Head(area=named, span=span, narrowing=narrowing, reach=await totals_reach(scope))
    counted = await _count(scope, COUNTRY, head, "province_code")
    return _beside(scope, head, counted, sides, recast=False)


class _Counted(msgspec.Struct, frozen=True):
    """Rows of COUNTS (or BY_GUEST) and of HOUSES with the code of their area under `key`."""

    key: str
    stays: Sequence[Mapping[str, Any]]
    houses: Sequence[Mapping[str, Any]]

    def recast(self, heirs: Mapping[str, str]) -> "_Counted":
        """With the code of today for that of an ended area."""

        def today(row: Mapping[str, Any]) -> Mapping[str, Any]:
            return {**row, self.key: heirs.get(row[self.key], row[self.key])}

        return _Counted(self.key, [*map(today, self.stays)], [*map(today, self.houses)])


async def _count(scope: Scope, area: Area, head: Head, key: str) -> _Counted:
    span, narrowing = head.span, head.narrowing
    if narrowing.by_guest:
        months = months_of(span, head.reach.counted_to)
        counts = guests_by((key, "tourism"), area, span, narrowing, months=months)
    else:
        counts = counts_by(key, area, span, narrowing)
    stays = (await scope.session.execute(counts)).mappings().all()
    houses = await scope.session.execute(houses_by(key, area, span, narrowing))
    return _Counted(key, [*map(dict, stays)], [*map(dict, houses.mappings())])


def _beside(
    scope: Scope,
    head: Head,
    counted: _Counted,
    sides: Sequence[tuple[NamedArea, date | None]],
    *,
    recast: bool,
) -> SideBySide:
    """In force, or with something to show."""
    stays, houses = defaultdict[Any, list[Counted]](list), defaultdict[Any, list[Counted]](list)
    for row in counted.stays:
        stays[row[counted.key]].append(row)
    for row in counted.houses:
        houses[row[counted.key]].append(row)
    whole = _measures(counted.stays, counted.houses, head.narrowing)
    return SideBySide(
        **head_of(scope, head, whole.coverage),
        recast=recast,
        whole=whole,
        rows=[
            AreaRow(
                area=each,
                ended=ended,
                measures=_measures(stays[each.code], houses[each.code], head.narrowing),
            )
            for each, ended in sides
            if ended is None or each.code in stays or each.code in houses
        ],
    )


def _measures(
    stays: Sequence[Counted], houses: Sequence[Counted], narrowing: Narrowing
) -> Measures:
    measured = BY_GUEST if narrowing.by_guest else COUNTS
    return measures_of(
        add_up((row for row in stays if row["tourism"]), measured),
        add_up((row for row in stays if not row["tourism"]), measured),
        add_up(houses, HOUSES),
        narrowing,
    )
