"""How far the totals reach, and what every answer says of itself."""

from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import select

from asm.accounts.access import Scope
from asm.analytics.questions.area import Area, NamedArea, require_area
from asm.analytics.questions.measures import FacilityCoverage
from asm.analytics.questions.narrowing import Narrowing
from asm.analytics.questions.reckon import Counted, add_up, coverage_of
from asm.analytics.questions.selects import houses_by
from asm.analytics.questions.span import Span, provisional_from
from asm.analytics.totals.model import FACILITIES, totals_state


class TotalsReach(msgspec.Struct, frozen=True, kw_only=True):
    """`refreshed_at`: everything committed until then is counted. `counted_to`: the newest night
    in the totals; both None before the first.
    """

    counted_to: date | None
    refreshed_at: datetime | None


async def totals_reach(scope: Scope) -> TotalsReach:
    rows = await scope.session.execute(
        select(totals_state.c.last_night, totals_state.c.refreshed_at)
    )
    row = rows.one_or_none()
    return TotalsReach(
        counted_to=row.last_night if row else None, refreshed_at=row.refreshed_at if row else None
    )


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer is of, in the words of the request."""

    area: NamedArea
    span: Span
    narrowing: Narrowing
    reach: TotalsReach


async def head_for(scope: Scope, area: Area, span: Span, narrowing: Narrowing) -> Head:
    """After looking whether the area is theirs. Raises as `require_area`."""
    named = await require_area(scope, area)
    return Head(area=named, span=span, narrowing=narrowing, reach=await totals_reach(scope))


def head_of(scope: Scope, head: Head, coverage: FacilityCoverage) -> dict[str, Any]:
    """The fields of an `AreaAnswer`."""
    return {
        "area": head.area,
        "span": head.span,
        "narrowing": head.narrowing,
        "as_of": head.reach.refreshed_at or scope.actor.now,
        "counted_to": head.reach.counted_to,
        "provisional_from": provisional_from(scope.actor.now),
        "coverage": coverage,
    }


async def read_coverage(
    scope: Scope, area: Area, span: Span, narrowing: Narrowing
) -> FacilityCoverage:
    """Of the whole span."""
    return coverage_of(await read_houses(scope, area, span, narrowing))


async def read_houses(scope: Scope, area: Area, span: Span, narrowing: Narrowing) -> Counted:
    """The sums of FACILITIES of the whole span."""
    rows = await scope.session.execute(houses_by(None, area, span, narrowing, FACILITIES))
    # Without anything to group by there is a row of nulls where there is none of the area.
    counted = ({name: row[name] or 0 for name in FACILITIES} for row in rows.mappings())
    return add_up(counted, FACILITIES)
