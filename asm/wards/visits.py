"""Visits to a facility, and what was seen: the record that later visits and decisions rest on."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import insert, select

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.model import account
from asm.accounts.roles import WARD_OFFICER
from asm.accounts.typed.typed_line import tidy, typed_errors
from asm.db.base import new_id, vietnam_time
from asm.errors import field_error, not_found
from asm.facilities.facility_trail import record_deed
from asm.facilities.registration import refuse_fields
from asm.facilities.scope import facility_in_scope, require_ward
from asm.wards.model import facility_visit

#: What a visit may come to. Codes, for counting; the words are the page's.
VISIT_OUTCOMES: Final = (
    "in_order", "guests_not_declared", "declared_wrongly", "book_missing", "fire_safety",
    "nobody_there", "reminded", "fined", "other",
)  # fmt: skip
#: A visit may be written down as long after it; a follow-up lies as far ahead.
MOST_DAYS: Final = 366
MOST_VISITS: Final = 200


class VisitInput(msgspec.Struct, frozen=True, kw_only=True):
    """A visit on `visited_on` (Vietnamese date). `officers`: who went, as they are to stand on the
    record (1-200 characters). `seen`: what was seen and said (1-4000). `outcomes`: some of
    VISIT_OUTCOMES. `corrects`: the visit that this one puts right.
    """

    visited_on: date | None
    officers: str
    seen: str
    outcomes: list[str]
    follow_up_on: date | None = None
    corrects: UUID | None = None


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A visit as it stands. `corrected`: another one puts it right."""

    id: UUID
    visited_on: date
    officers: str
    seen: str
    outcomes: list[str]
    follow_up_on: date | None
    corrects: UUID | None
    recorded_by: str | None
    recorded_at: datetime
    corrected: bool = False


async def visits_of(scope: Scope, facility_id: UUID) -> list[Visit]:
    """The last 200 visits, the latest first; the ward's own officer only. Raises not_found."""
    require_role(scope.actor, WARD_OFFICER)
    facility = await facility_in_scope(scope, facility_id)
    rows = await scope.session.execute(
        select(facility_visit, account.c.display_name)
        .outerjoin(account, account.c.id == facility_visit.c.recorded_by)
        .where(facility_visit.c.facility_id == facility.id)
        .order_by(facility_visit.c.visited_on.desc(), facility_visit.c.recorded_at.desc())
        .limit(MOST_VISITS)
    )
    visits = [_view(row) for row in rows]
    corrected = {visit.corrects for visit in visits}
    return [msgspec.structs.replace(v, corrected=v.id in corrected) for v in visits]


async def add_visit(scope: Scope, facility_id: UUID, given: VisitInput) -> UUID:
    """Write a visit down; nothing changes or deletes it. Raises NotAllowed, not_found (`facility`,
    `visit`), Invalid `visit_invalid` naming each field.
    """
    require_role(scope.actor, WARD_OFFICER)
    facility = await facility_in_scope(scope, facility_id)
    require_ward(scope.actor, facility.ward_code)
    refuse_fields("visit_invalid", list(_errors(given, vietnam_time(scope.actor.now).date())))
    if given.corrects is not None:
        await _require_visit(scope, facility.id, given.corrects)
    new = new_id()
    await scope.session.execute(
        insert(facility_visit).values(
            facility_id=facility.id,
            id=new,
            visited_on=given.visited_on,
            officers=tidy(given.officers),
            seen=tidy(given.seen),
            outcomes=sorted(set(given.outcomes)),
            follow_up_on=given.follow_up_on,
            corrects=given.corrects,
            recorded_by=scope.actor.id,
            recorded_at=scope.actor.now,
        )
    )
    # Neither who went nor what was seen: free text may name people.
    await record_deed(
        scope,
        "facility.visited",
        facility,
        subject_id=new,
        details={"outcomes": sorted(set(given.outcomes))},
    )
    return new


async def _require_visit(scope: Scope, facility_id: UUID, visit_id: UUID) -> None:
    rows = await scope.session.execute(
        select(facility_visit.c.id).where(
            facility_visit.c.facility_id == facility_id, facility_visit.c.id == visit_id
        )
    )
    if rows.one_or_none() is None:
        raise not_found("visit")


def _errors(given: VisitInput, today: date) -> Iterator[dict[str, Any]]:
    reach = timedelta(days=MOST_DAYS)
    if given.visited_on is None or not today - reach <= given.visited_on <= today:
        yield field_error("/visited_on", "visit_day", first=today - reach, last=today)
    yield from typed_errors("/officers", given.officers, "officers_length", least=1, most=200)
    yield from typed_errors("/seen", given.seen, "seen_length", least=1, most=4000, lines=True)
    if not given.outcomes or not set(given.outcomes) <= set(VISIT_OUTCOMES):
        yield field_error("/outcomes", "visit_outcomes")
    if given.follow_up_on is not None and not today <= given.follow_up_on <= today + reach:
        yield field_error("/follow_up_on", "follow_up_day", first=today, last=today + reach)


def _view(row: Any) -> Visit:
    return Visit(
        id=row.id,
        visited_on=row.visited_on,
        officers=row.officers,
        seen=row.seen,
        outcomes=list(row.outcomes),
        follow_up_on=row.follow_up_on,
        corrects=row.corrects,
        recorded_by=row.display_name,
        recorded_at=row.recorded_at,
    )
