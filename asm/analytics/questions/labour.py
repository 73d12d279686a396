"""Labour and residence: what the population office asks (who lives in worker housing, who came to
work or to study), month by month.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec

from asm.accounts.access import Scope
from asm.analytics.questions.area import Area
from asm.analytics.questions.guests import guests_by, months_of
from asm.analytics.questions.measures import AreaAnswer
from asm.analytics.questions.narrowing import EVERYTHING, Narrowing
from asm.analytics.questions.origins import OriginRow, province_names, rows_of
from asm.analytics.questions.span import Span
from asm.analytics.questions.standing import Head, head_for, head_of, read_coverage
from asm.facilities.kinds import WORK_REASON

WORKER_HOUSING: Final = "worker_housing"
#: Where people live rather than visit.
RESIDENTIAL: Final = (
    WORKER_HOUSING,
    "dormitory",
    "boarding_house",
    "rental_home",
    "household",
)


class MonthCount(msgspec.Struct, frozen=True, kw_only=True):
    """`month`: its first day. `residents_a_night`: guest nights / nights of the month that are
    counted, one decimal.
    """

    month: date
    arrivals: int
    guest_nights: int
    residents_a_night: float | None


class KindSeries(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of facility that people live in."""

    kind: str
    months: list[MonthCount]


class ReasonSeries(msgspec.Struct, frozen=True, kw_only=True):
    """A reason, 0: none given."""

    reason: int
    months: list[MonthCount]


class Labour(AreaAnswer, frozen=True, kw_only=True):
    """`kinds`: worker housing, dormitories, boarding houses, rented homes, households. `reasons`:
    every reason that occurs, most guest nights first. `worker_origins`: where those who came to
    work, or live in worker housing, have their residence.
    """

    kinds: list[KindSeries]
    reasons: list[ReasonSeries]
    worker_origins: list[OriginRow]


async def labour(scope: Scope, area: Area, span: Span) -> Labour:
    """Series of the months that the span touches, from the first to the last of each (the answer's
    `span`). Raises as `require_area`.
    """
    span = whole_months(span)
    head = await head_for(scope, area, span, EVERYTHING)
    kinds = await _series_by(scope, head, "kind")
    reasons = await _series_by(scope, head, "reason")
    shown = _months(span, head.reach.counted_to)
    return Labour(
        **head_of(scope, head, await read_coverage(scope, area, span, EVERYTHING)),
        kinds=[KindSeries(kind=kind, months=_series(kinds[kind], shown)) for kind in RESIDENTIAL],
        reasons=[
            ReasonSeries(reason=reason, months=_series(reasons[reason], shown))
            for reason in sorted(reasons, key=lambda each: (-_nights(reasons[each]), each))
        ],
        worker_origins=rows_of(await _workers(scope, head), await province_names(scope)),
    )


async def _series_by(scope: Scope, head: Head, key: str) -> dict[Any, list[Mapping[str, Any]]]:
    """Rows with `month`, for each kind or reason that occurs."""
    rows = await _read(scope, head, ("month", key), EVERYTHING)
    grouped = defaultdict[Any, list[Mapping[str, Any]]](list)
    for row in rows:
        grouped[row[key]].append(row)
    return grouped


async def _workers(scope: Scope, head: Head) -> list[dict[str, Any]]:
    """By residence: who lives in worker housing, and who came to work and lives elsewhere."""
    housed = Narrowing(kinds=(WORKER_HOUSING,))
    came = Narrowing(reasons=(WORK_REASON,))
    rows = [*await _read(scope, head, ("residence",), housed)]
    rows += [
        row
        for row in await _read(scope, head, ("residence", "kind"), came)
        if row["kind"] != WORKER_HOUSING
    ]
    merged: dict[str, dict[str, Any]] = {}
    for row in rows:
        empty = {"residence": row["residence"], "arrivals": 0, "guest_nights": 0}
        into = merged.setdefault(row["residence"], empty)
        into["arrivals"] += row["arrivals"]
        into["guest_nights"] += row["guest_nights"]
    return list(merged.values())


async def _read(
    scope: Scope, head: Head, keys: tuple[str, ...], narrowing: Narrowing
) -> Sequence[Mapping[str, Any]]:
    months = months_of(head.span, head.reach.counted_to)
    query = guests_by(keys, head.area.area, head.span, narrowing, months=months)
    answered = await scope.session.execute(query)
    return [*map(dict, answered.mappings())]


def whole_months(span: Span) -> Span:
    """From the first of the month of its first night to the last of that of its last."""
    last = span.last.replace(day=monthrange(span.last.year, span.last.month)[1])
    return Span(first=span.first.replace(day=1), last=last)


def _months(span: Span, counted_to: date | None) -> dict[date, int]:
    """Each month up to the last that is counted, with how many of its nights are."""
    months: dict[date, int] = {}
    month = span.first
    while counted_to is not None and month <= min(span.last, counted_to):
        days = monthrange(month.year, month.month)[1]
        months[month] = min((counted_to - month).days + 1, days)
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return months


def _series(rows: Iterable[Mapping[str, Any]], months: Mapping[date, int]) -> list[MonthCount]:
    by_month = {row["month"]: row for row in rows}
    nothing = {"arrivals": 0, "guest_nights": 0}
    return [
        MonthCount(
            month=month,
            arrivals=by_month.get(month, nothing)["arrivals"],
            guest_nights=by_month.get(month, nothing)["guest_nights"],
            residents_a_night=round(by_month.get(month, nothing)["guest_nights"] / nights, 1)
            if nights
            else None,
        )
        for month, nights in months.items()
    ]


def _nights(rows: Iterable[Mapping[str, Any]]) -> int:
    return sum(row["guest_nights"] for row in rows)
