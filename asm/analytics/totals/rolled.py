"""Sums of the totals (`asm.analytics.questions.model`), which triggers keep: compared with what
they are sums of, and counted anew.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Table,
    and_,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from asm.analytics.questions import model
from asm.analytics.totals.model import COUNTS, HOUSES, night_total, origin_night, ward_night
from asm.geo.model import ward

#: What each is rolled up into, and what is counted in it.
ROLLED: Final[tuple[tuple[Table, tuple[str, ...], tuple[Table, ...]], ...]] = (
    (night_total, COUNTS, (model.province_total, model.country_total)),
    (ward_night, HOUSES, (model.province_night, model.country_night)),
    (
        origin_night,
        model.BY_GUEST,
        (
            model.ward_flow,
            model.province_flow,
            model.country_flow,
            model.province_flow_night,
            model.country_flow_night,
            model.ward_reason,
            model.province_reason,
            model.province_reason_night,
            model.country_reason_night,
            model.ward_origin,
            model.country_origin,
            model.province_origin_night,
            model.country_origin_night,
        ),
    ),
)


def rolls(*, by_month: bool) -> Iterator[tuple[Table, tuple[str, ...], Table]]:
    """Each table of sums by months, or by nights: what it is rolled up from, of what, and it."""
    for source, measures, tables in ROLLED:
        for table in tables:
            if ("month" in table.c) is by_month:
                yield source, measures, table


async def roll_anew(session: AsyncSession, since: date, last: date, *, by_month: bool) -> None:
    """Write the sums of some nights, or of their months, anew. The caller holds
    Lock.COUNT_TOTALS.
    """
    first, end = _whole(since, last) if by_month else (since, last)
    for source, measures, table in rolls(by_month=by_month):
        await session.execute(delete(table).where(_when(table).between(first, end)))
        keys = [*table.primary_key.columns.keys()]
        sums = _sums(source, measures, table, first, end)
        await session.execute(insert(table).from_select([*keys, *measures], sums))


async def differing_rolls(
    session: AsyncSession, since: date, last: date
) -> list[tuple[Table, date, str, str, str, int, int]]:
    """Numbers that are not the sums that they should be, of some nights and their months: the
    table, the night or month, area and kind (empty where it is by none), the measure, what is kept
    and what it should be.
    """
    different = []
    for by_month in (False, True):
        first, end = _whole(since, last) if by_month else (since, last)
        for source, measures, table in rolls(by_month=by_month):
            rows = await session.execute(_differing(source, measures, table, first, end))
            different += [
                (table, row.when, row.area, row.kind, name, kept, counted)
                for row in rows
                for name in measures
                if (kept := getattr(row, f"kept_{name}")) != (counted := getattr(row, name))
            ]
    return different


def _differing(
    source: Table, measures: Sequence[str], table: Table, first: date, end: date
) -> Select[Any]:
    counted = _sums(source, measures, table, first, end).subquery("counted")
    kept = select(table).where(_when(table).between(first, end)).subquery("kept")
    keys = [*table.primary_key.columns.keys()]
    both = kept.join(counted, and_(*(kept.c[key] == counted.c[key] for key in keys)), full=True)

    def key(name: str) -> ColumnElement[Any]:
        return func.coalesce(kept.c[name], counted.c[name])

    when = "month" if "month" in table.c else "night"
    area = next((name for name in ("ward_code", "province_code") if name in keys), None)
    numbers = {
        name: (func.coalesce(kept.c[name], 0), func.coalesce(counted.c[name], 0))
        for name in measures
    }
    return (
        select(
            key(when).label("when"),
            (key(area) if area else literal("")).label("area"),
            (key("kind") if "kind" in keys else literal("")).label("kind"),
            *(before.label(f"kept_{name}") for name, (before, _) in numbers.items()),
            *(after.label(name) for name, (_, after) in numbers.items()),
        )
        .select_from(both)
        .where(or_(*(before != after for before, after in numbers.values())))
    )


def _sums(
    source: Table, measures: Sequence[str], table: Table, first: date, end: date
) -> Select[Any]:
    """What `table` should hold, without rows of zeros."""
    month = cast(func.date_trunc("month", source.c.night), Date)
    origins = {"province_code": ward.c.province_code, "month": month}
    names = [*table.primary_key.columns.keys()]
    keys = [origins[name] if name in origins else source.c[name] for name in names]
    sums = [func.sum(source.c[name]) for name in measures]
    columns = zip([*keys, *sums], [*names, *measures], strict=True)
    return (
        select(*(column.label(name) for column, name in columns))
        .join(ward, ward.c.code == source.c.ward_code)
        .where(source.c.night.between(first, end))
        .group_by(*keys)
        .having(or_(*(each != 0 for each in sums)))
    )


def _when(table: Table) -> ColumnElement[date]:
    return table.c.month if "month" in table.c else table.c.night


def _whole(since: date, last: date) -> tuple[date, date]:
    """The first night of the month of the one, the last of that of the other."""
    return since.replace(day=1), (last.replace(day=28) + timedelta(days=4)).replace(
        day=1
    ) - timedelta(days=1)
