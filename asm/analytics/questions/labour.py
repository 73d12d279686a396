"""Labour and residence: what the population office asks (who lives in worker housing, who came to
work or to study), month by month.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

import msgspec

from asm.accounts.access import Scope
from asm.analytics.questions.area import Area
from asm.analytics.questions.measures import AreaAnswer
from asm.analytics.questions.narrowing import EVERYTHING
from asm.analytics.questions.origins import OriginRow, province_names, rows_of
from asm.analytics.questions.selects import guests_by, months_of
from asm.analytics.questions.span import Span
from asm.analytics.questions.standing import head_for, head_of, read_coverage
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
    months = months_of(span, head.reach.counted_to)
    keys = ("month", "kind", "reason", "residence")
    query = guests_by(keys, area, span, EVERYTHING, months=months)
    rows = [*map(dict, (await scope.session.execute(query)).mappings())]
    shown = _months(span, head.reach.counted_to)
    workers = [row for row in rows if row["kind"] == WORKER_HOUSING or row["reason"] == WORK_REASON]
    reasons = _by(rows, "reason")
    return Labour(
        **head_of(scope, head, await read_coverage(scope, area, span, EVERYTHING)),
        kinds=[
            KindSeries(kind=kind, months=_series(_by(rows, "kind")[kind], shown))
            for kind in RESIDENTIAL
        ],
        reasons=[
            ReasonSeries(reason=reason, months=_series(reasons[reason], shown))
            for reason in sorted(reasons, key=lambda each: (-_nights(reasons[each]), each))
        ],
        worker_origins=rows_of(_by_residence(workers), await province_names(scope)),
    )


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


def _by(rows: Iterable[Mapping[str, Any]], key: str) -> dict[Any, list[Mapping[str, Any]]]:
    grouped = defaultdict[Any, list[Mapping[str, Any]]](list)
    for row in rows:
        grouped[row[key]].append(row)
    return grouped


def _series(rows: Iterable[Mapping[str, Any]], months: Mapping[date, int]) -> list[MonthCount]:
    by_month = _by(rows, "month")
    return [
        MonthCount(
            month=month,
            arrivals=sum(row["arrivals"] for row in by_month[month]),
            guest_nights=_nights(by_month[month]),
            residents_a_night=round(_nights(by_month[month]) / nights, 1) if nights else None,
        )
        for month, nights in months.items()
    ]


def _nights(rows: Iterable[Mapping[str, Any]]) -> int:
    return sum(row["guest_nights"] for row in rows)


def _by_residence(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "residence": residence,
            "arrivals": sum(row["arrivals"] for row in of_it),
            "guest_nights": _nights(of_it),
        }
        for residence, of_it in _by(rows, "residence").items()
    ]
