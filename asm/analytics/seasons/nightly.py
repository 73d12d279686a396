"""Guest nights of an area night by night, as all that looks at seasons reads them."""

from collections.abc import Mapping
from datetime import date

import msgspec

from asm.accounts.access import Scope
from asm.analytics.questions.guests import guests_by
from asm.analytics.questions.model import BY_GUEST
from asm.analytics.questions.selects import counts_by
from asm.analytics.questions.span import Span
from asm.analytics.questions.standing import Head


class NightGuests(msgspec.Struct, frozen=True, kw_only=True):
    night: date
    arrivals: int
    guest_nights: int


class KnownNights(msgspec.Struct, frozen=True, kw_only=True):
    """Nights that have been read: what a page shows of a season is of nearly the same ones."""

    span: Span
    nights: Mapping[date, NightGuests]


async def nightly_guests(
    scope: Scope, head: Head, span: Span, known: KnownNights | None = None
) -> dict[date, NightGuests]:
    """Each night of the span that has any, of the head's area and narrowing. `known`: of the same
    area and narrowing; asked again is only for what it does not hold.
    """
    if known is not None and span.first in known.span and span.last in known.span:
        return {night: each for night, each in known.nights.items() if night in span}
    area, narrowing = head.area.area, head.narrowing
    if narrowing.by_guest:
        query = guests_by(("night",), area, span, narrowing, months=None)
    else:
        query = counts_by("night", area, span, narrowing, BY_GUEST)
    rows = await scope.session.execute(query)
    nights: dict[date, NightGuests] = {}
    for row in rows:
        before = nights.get(row.night)
        nights[row.night] = NightGuests(
            night=row.night,
            arrivals=row.arrivals + (before.arrivals if before else 0),
            guest_nights=row.guest_nights + (before.guest_nights if before else 0),
        )
    return nights
