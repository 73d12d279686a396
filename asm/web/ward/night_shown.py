"""Which night an officer's page is about."""

from datetime import date, timedelta
from typing import Final

import msgspec

from asm.accounts.access import Scope
from asm.errors import invalid_field
from asm.facilities.nights import current_night
from asm.wards.outline import WardOutline, ward_outline
from asm.web.ward.flags_page import own_ward

_DAYS_BACK: Final = 400


class WardNight(msgspec.Struct, frozen=True, kw_only=True):
    """One night of the officer's ward: `night`, of those from `first` to `last`. `last` is the
    night in progress (`current`), or the last one of a ward that has ended.
    """

    ward: WardOutline
    night: date
    first: date
    last: date
    current: date

    @property
    def is_current(self) -> bool:
        return self.night == self.current

    @property
    def before(self) -> date | None:
        return self.night - timedelta(days=1) if self.night > self.first else None

    @property
    def after(self) -> date | None:
        return self.night + timedelta(days=1) if self.night < self.last else None


async def ward_night(scope: Scope, night: date | None) -> WardNight:
    """The night that a page asks for, else the newest. Raises Invalid `night_out_of_range`."""
    ward = await ward_outline(scope, own_ward(scope.actor))
    current = current_night(scope.actor.now)
    first = current - timedelta(days=_DAYS_BACK)
    last = current if ward.ended is None else min(current, ward.ended - timedelta(days=1))
    shown = last if night is None else night
    if not first <= shown <= last:
        raise invalid_field("/night", "night_out_of_range", first=first, last=last)
    return WardNight(ward=ward, night=shown, first=first, last=last, current=current)
