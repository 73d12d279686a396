"""A house says that nobody new came for the night.

The Residence Law asks a house to notify stays; where there are none there is nothing to notify. So
this is no duty, but it spares a call: who said it is not silent (ADR 0055). Guests who stay on from
before were declared already and contradict nothing; one who arrives for that night does, and the
statement is taken back by itself.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Select, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.audit.trail import Entry, record_all
from asm.db.actor_kinds import WORKER
from asm.db.base import VIETNAM, vietnam_time
from asm.db.statements import read_statements
from asm.errors import Conflict, field_error, invalid_field, not_found
from asm.facilities.facility import Facility
from asm.facilities.facility_trail import record_deed
from asm.facilities.nights import MORNING, current_night
from asm.facilities.scope import facility_in_scope, require_member
from asm.outbox.drain import Event
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic
from asm.stays.model import stay
from asm.stays.statements.model import quiet_night

_SQL = read_statements(__name__)
_CONTRADICTED_BY_STAYS = text(_SQL["contradicted_by_stays"])
_CONTRADICTED = text(_SQL["contradicted"])


class QuietNight(msgspec.Struct, frozen=True, kw_only=True):
    """Said of one night (its evening's date): nobody new. `said_at`: when it was received; `via`:
    `desk` or `api`.
    """

    facility_id: UUID
    night: date
    said_at: datetime
    via: str


async def say_quiet(
    scope: Scope, facility_id: UUID, night: date | None, via: Literal["desk", "api"]
) -> QuietNight:
    """Nobody new for the night in progress or about to begin; twice is once. Raises not_found,
    NotAllowed, Invalid `quiet_night_other` for another night, Conflict `facility_not_active`, or
    `quiet_night_guests` when somebody has arrived for it.
    """
    facility = await _mine(scope, facility_id)
    tonight = current_night(scope.actor.now)
    if night is not None and night != tonight:
        raise invalid_field("/night", "quiet_night_other", tonight=tonight)
    if facility.status == "closed":
        raise Conflict("facility_not_active", text="facility_not_active.closed")
    if facility.status != "active":
        raise Conflict("facility_not_active")
    if (await scope.session.execute(_arrived(facility.id, tonight))).first() is not None:
        raise _guests_came()
    done = await scope.session.execute(
        insert(quiet_night)
        .values(
            facility_id=facility.id,
            night=tonight,
            ward_code=facility.ward_code,
            said_by=scope.actor.id,
            via=via,
        )
        .on_conflict_do_nothing()
        .returning(quiet_night.c.night)
    )
    if done.first() is not None:
        await _follow(scope, "quiet_night.said", facility, tonight)
    said = await quiet_on(scope, facility.id, tonight)
    if said is None:  # said before, and contradicted at this very moment
        raise _guests_came()
    return said


async def take_back_quiet(scope: Scope, facility_id: UUID, night: date) -> None:
    """Take the statement back while the night lasts. Raises not_found, NotAllowed, Invalid
    `quiet_night_other`.
    """
    facility = await _mine(scope, facility_id)
    tonight = current_night(scope.actor.now)
    if night != tonight:
        raise invalid_field("/night", "quiet_night_other", tonight=tonight)
    done = await scope.session.execute(
        delete(quiet_night)
        .where(quiet_night.c.facility_id == facility.id, quiet_night.c.night == night)
        .returning(quiet_night.c.night)
    )
    if done.first() is None:
        raise not_found("quiet_night")
    await _follow(scope, "quiet_night.taken_back", facility, night)


async def quiet_on(scope: Scope, facility_id: UUID, night: date) -> QuietNight | None:
    """What was said of the night, for whoever sees the facility."""
    rows = await scope.session.execute(
        select(
            quiet_night.c.facility_id,
            quiet_night.c.night,
            quiet_night.c.said_at,
            quiet_night.c.via,
        ).where(quiet_night.c.facility_id == facility_id, quiet_night.c.night == night)
    )
    row = rows.mappings().one_or_none()
    if row is None:
        return None
    return QuietNight(**dict(row) | {"said_at": vietnam_time(row["said_at"])})


async def take_back_contradicted(session: AsyncSession, events: Sequence[Event]) -> None:
    """Outbox handler of changed stays: who declared an arrival for a night has taken "no guests"
    back. Given twice, the second finds nothing.
    """
    stays = [UUID(event.payload["stay_id"]) for event in events]
    values: dict[str, Any] = {"facilities": [event.facility_id for event in events], "stays": stays}
    rows = await session.execute(_CONTRADICTED_BY_STAYS, values)
    await _write_down(session, rows.all())


async def take_back_if_guests(session: AsyncSession, events: Sequence[Event]) -> None:
    """Outbox handler of the statement itself: the arrival may have been on its way meanwhile."""
    values: dict[str, Any] = {
        "facilities": [event.facility_id for event in events],
        "nights": [date.fromisoformat(event.payload["night"]) for event in events],
    }
    rows = await session.execute(_CONTRADICTED, values)
    await _write_down(session, rows.all())


async def _write_down(session: AsyncSession, rows: Collection[Any]) -> None:
    entries: list[Entry] = [
        {
            "actor_id": None,
            "actor_role": WORKER,
            "action": "quiet_night.contradicted",
            "facility_id": row.facility_id,
            "ward_code": row.ward_code,
            "details": {"night": row.night.isoformat()},
        }
        for row in rows
    ]
    await record_all(session, entries)
    await enqueue(
        session,
        Topic.QUIET_SAID,
        [(row.facility_id, {"night": row.night.isoformat()}) for row in rows],
    )


def _arrived(facility_id: UUID, night: date) -> Select[Any]:
    """Stays that began that night: the index by facility and arrival finds them."""
    return (
        select(stay.c.id)
        .where(
            stay.c.facility_id == facility_id,
            stay.c.first_night == night,
            stay.c.arrival_date.between(night, night + timedelta(days=1)),
            stay.c.arrived_at >= datetime.combine(night, MORNING, VIETNAM),
            stay.c.voided_at.is_(None),
        )
        .limit(1)
    )


def _guests_came() -> Conflict:
    return Conflict("quiet_night_guests", errors=[field_error("/night", "quiet_night_guests")])


async def _mine(scope: Scope, facility_id: UUID) -> Facility:
    facility = await facility_in_scope(scope, facility_id)
    require_member(scope.actor, facility)
    return facility


async def _follow(scope: Scope, action: str, facility: Facility, night: date) -> None:
    details = {"night": night.isoformat()}
    await record_deed(scope, action, facility, details=details)
    await enqueue(scope.session, Topic.QUIET_SAID, [(facility.id, details)])
