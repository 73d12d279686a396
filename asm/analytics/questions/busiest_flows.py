"""What a page shows of flows: where most come from and where most go to, and what goes between."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from asm.accounts.access import Scope
from asm.analytics.questions.area import Area
from asm.analytics.questions.guests import guests_by, months_of
from asm.analytics.questions.narrowing import EVERYTHING, Narrowing
from asm.analytics.questions.origins import (
    Flows,
    OriginRow,
    Origins,
    cells_of,
    destinations_of,
    origins_of,
    province_names,
    rows_of,
)
from asm.analytics.questions.span import Span
from asm.analytics.questions.standing import Head, head_for, head_of, read_coverage

#: As many as a page has room for.
MOST_ORIGINS: Final = 12
MOST_DESTINATIONS: Final = 8


class BusiestFlows(Flows, frozen=True, kw_only=True):
    """`origins` and `destinations`: those with most guest nights (unknown origins last), and
    `cells` between these alone. `provinces`: every province that anybody came from, into the whole
    area.
    """

    provinces: list[OriginRow]


async def origins_and_flows(
    scope: Scope, area: Area, span: Span, narrowing: Narrowing = EVERYTHING
) -> tuple[Origins, BusiestFlows]:
    """Both of one reading: `asm.analytics.questions.origins.flows` reads every cell. Raises as
    `require_area`.
    """
    head = await head_for(scope, area, span, narrowing)
    names = await province_names(scope)
    ordered = rows_of(await _read(scope, head, ("residence",), narrowing), names)
    first = head_of(scope, head, await read_coverage(scope, area, span, narrowing))
    origins = [row.residence for row in ordered[:MOST_ORIGINS]]
    key = "province_code" if area.kind == "country" else "ward_code"
    into, cells = await _cells(scope, head, key, ordered[:MOST_ORIGINS])
    destinations = await destinations_of(scope, area, into, key)
    flows = BusiestFlows(
        **first,
        origins=origins,
        destinations=destinations,
        cells=cells_of(cells, origins, destinations, key),
        provinces=[row for row in ordered if row.residence.kind == "province"],
    )
    return origins_of(first, ordered), flows


async def _cells(
    scope: Scope, head: Head, key: str, origins: Sequence[OriginRow]
) -> tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]]:
    """The busiest destinations, and the cells between them and the origins."""
    if head.area.kind == "ward":
        cells = [
            {
                "ward_code": head.area.code,
                "residence": row.residence.key,
                "arrivals": row.arrivals,
                "guest_nights": row.guest_nights,
            }
            for row in origins
        ]
        return cells[:1], cells
    rows = await _read(scope, head, (key,), head.narrowing)
    counted = [row for row in rows if row["arrivals"] or row["guest_nights"]]
    into = sorted(counted, key=lambda row: (-row["guest_nights"], row[key]))[:MOST_DESTINATIONS]
    if not into:
        return [], []
    narrowing = Narrowing(
        kinds=head.narrowing.kinds,
        residences=tuple(row.residence.key for row in origins),
        reasons=head.narrowing.reasons,
        tourism=head.narrowing.tourism,
    )
    within = [row[key] for row in into]
    cells_read = await _read(scope, head, ("residence", key), narrowing, within)
    return into, [row for row in cells_read if row["arrivals"] or row["guest_nights"]]


async def _read(
    scope: Scope,
    head: Head,
    keys: tuple[str, ...],
    narrowing: Narrowing,
    within: Sequence[str] = (),
) -> Sequence[Mapping[str, Any]]:
    months = months_of(head.span, head.reach.counted_to)
    query = guests_by(keys, head.area.area, head.span, narrowing, months=months, within=within)
    answered = await scope.session.execute(query)
    return [*map(dict, answered.mappings())]
