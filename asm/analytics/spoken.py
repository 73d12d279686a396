"""Who has spoken of a ward's night and who has not, without the night's other figures."""

from datetime import date, datetime

import msgspec

from asm.accounts.access import Scope
from asm.analytics.night_houses import facilities_tonight
from asm.analytics.tonight import FRESH, FacilityTonight, received_until
from asm.facilities.nights import night_or_current
from asm.facilities.scope import require_ward
from asm.stays.ward_then import ward_then


class SpokenTonight(msgspec.Struct, frozen=True, kw_only=True):
    """As in `Tonight`; no facility has `last_declared_at`."""

    night: date
    as_of: datetime
    certain: bool
    facilities_active: int
    declared: list[FacilityTonight]
    silent: list[FacilityTonight]
    quiet: list[FacilityTonight]


async def spoken_tonight(scope: Scope, ward_code: str, night: date | None = None) -> SpokenTonight:
    """Of the ward's own officer. Raises as `ward_tonight`."""
    require_ward(scope.actor, ward_code)
    night = night_or_current(night, scope.actor.now)
    ward = await ward_then(scope.session, ward_code)
    as_of = await received_until(scope)
    rows = (await scope.session.execute(facilities_tonight(ward, night))).mappings()
    houses = [FacilityTonight(**row, last_declared_at=None) for row in rows]
    expected = [house for house in houses if not house.closed]
    others = [house for house in expected if not house.declared]
    return SpokenTonight(
        night=night,
        as_of=as_of,
        certain=scope.actor.now - as_of <= FRESH,
        facilities_active=len(expected),
        declared=[house for house in expected if house.declared],
        silent=[house for house in others if house.quiet_said_at is None],
        quiet=[house for house in others if house.quiet_said_at is not None],
    )
