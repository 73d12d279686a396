"""The ward's facilities as its officers go through them, and how late each declares."""

from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import text

from asm.accounts.access import Scope
from asm.analytics.night_houses import facilities_tonight
from asm.checks.late_guest import CHECK_ID as DECLARED_LATE
from asm.db.statements import read_statements
from asm.facilities.facility import Status
from asm.facilities.nights import current_night
from asm.facilities.scope import facility_in_scope, require_ward
from asm.geo.folding import fold
from asm.stays.ward_then import ward_then

PAGE_SIZE: Final = 50
WEEKS: Final = 13
HouseState = Literal["active", "pending", "returned", "closed", "suspended"]
STATES: Final[tuple[HouseState, ...]] = ("active", "pending", "returned", "closed", "suspended")
_SQL = read_statements(__name__)
_HOUSES = text(_SQL["houses"])
_LATENESS = text(_SQL["lateness"])


class HouseFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which facilities: in one state, of one kind, with `q` in the name. None is all. With
    `suspended_too`, the active ones are all that may declare.
    """

    state: HouseState | None = None
    kind: str | None = None
    q: str | None = None
    suspended_too: bool = False


class House(msgspec.Struct, frozen=True, kw_only=True):
    """A facility in the list. `rooms`, `beds`: in service tonight. `declared`: something was
    declared for tonight; None where nothing is expected (not active, closed or suspended tonight).
    `late_by_week`: guests declared late and not excused, in each of the last 13 weeks.
    """

    id: UUID
    name: str
    kind: str
    address_text: str
    phone: str | None
    status: Status
    closed_on: date | None
    registered_at: datetime
    suspended_since: date | None
    rooms: int
    beds: int
    declared: bool | None
    guests: int
    late_by_week: list[int]


class HousePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of facilities; `total` counts all, `pages` is at least 1."""

    houses: list[House]
    total: int
    page: int
    pages: int


class LateWeek(msgspec.Struct, frozen=True, kw_only=True):
    """A week of seven days that ended `ago` weeks before now."""

    ago: int
    declared: int
    late: int


async def houses_of_ward(
    scope: Scope, ward_code: str, only: HouseFilter, page: int = 1
) -> HousePage:
    """Facilities by name, those that wait for the ward first. Raises not_found for another ward."""
    require_ward(scope.actor, ward_code)
    night = current_night(scope.actor.now)
    folded = fold(only.q).strip() if only.q else None
    rows = await scope.session.execute(
        _HOUSES,
        {
            "ward": ward_code,
            "kind": only.kind,
            "q": folded or None,
            "state": only.state,
            "suspended_too": only.suspended_too,
            "late": DECLARED_LATE,
            "now": scope.actor.now,
            "night": night,
            "size": PAGE_SIZE,
            "skipped": (page - 1) * PAGE_SIZE,
        },
    )
    listed = rows.all()
    if not listed and page > 1:
        return await houses_of_ward(scope, ward_code, only)
    then = await ward_then(scope.session, ward_code)
    seen = await scope.session.execute(facilities_tonight(then, night))
    tonight = {row["id"]: row for row in seen.mappings()}
    total = listed[0].total if listed else 0
    return HousePage(
        houses=[_house(row, tonight.get(row.id)) for row in listed],
        total=total,
        page=page,
        pages=max(1, -(-total // PAGE_SIZE)),
    )


async def lateness_of(scope: Scope, facility_id: UUID) -> list[LateWeek]:
    """The last 13 weeks of a facility, the oldest first. Raises not_found."""
    facility = await facility_in_scope(scope, facility_id)
    rows = await scope.session.execute(_LATENESS, {"facility": facility.id, "now": scope.actor.now})
    return [LateWeek(ago=row.ago, declared=row.declared, late=row.late) for row in rows]


def _house(row: Any, tonight: Any) -> House:
    expected = tonight is not None and not tonight["closed"]
    return House(
        id=row.id,
        name=row.name,
        kind=row.kind,
        address_text=row.address_text,
        phone=row.phone,
        status=row.status,
        closed_on=row.closed_on,
        registered_at=row.registered_at,
        suspended_since=row.suspended_since,
        rooms=row.rooms,
        beds=row.beds,
        declared=tonight["declared"] if expected else None,
        guests=tonight["guests"] if tonight is not None else 0,
        late_by_week=list(row.late_by_week),
    )
