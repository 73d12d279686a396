"""Guest nights of an area night by night, as all that looks at seasons reads them."""

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


async def nightly_guests(scope: Scope, head: Head, span: Span) -> dict[date, NightGuests]:
    """Each night of the span that has any, of the head's area and narrowing."""
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
