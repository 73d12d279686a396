"""The log of degraded intake: opened and closed by an administrator, or by rule by the worker.

An incident tells when and where declarations could not come in as usual. It moves no deadline and
changes no receipt; asm/stays/incidents/excuses.py decides which late declarations it excuses.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor, require_role
from asm.accounts.roles import ADMINISTRATOR
from asm.accounts.typed.typed_line import is_readable
from asm.audit.trail import record
from asm.db.actor_kinds import OPERATOR
from asm.db.base import NO_FACILITY
from asm.db.rls import database_now
from asm.errors import Conflict, Invalid, invalid_field, not_found
from asm.facilities.model import facility
from asm.geo.areas.wards import require_areas
from asm.geo.model import ward
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic
from asm.stays.model import incident, incident_facility

MOST_LISTED = 200
MAX_NOTE = 500
Cause = Literal["database_unreachable", "queue_full", "declared"]


class NewIncident(msgspec.Struct, frozen=True, kw_only=True):
    """Times with a zone; `ended_at` None while it goes on. No ward and no facility: everywhere."""

    started_at: datetime
    ended_at: datetime | None = None
    wards: list[str] = []
    facilities: list[UUID] = []
    note: str = ""


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the log. `withdrawn_at`: it was a mistake and excuses nothing."""

    number: int
    cause: Cause
    note: str
    started_at: datetime
    ended_at: datetime | None
    everywhere: bool
    wards: list[str]
    opened_at: datetime
    opened_by: UUID | None
    withdrawn_at: datetime | None


async def open_incident(
    session: AsyncSession, actor: Actor | None, new_incident: NewIncident, cause: Cause = "declared"
) -> int:
    """Write an incident down and let the worker decide whom it excuses; its number. `actor` None:
    the worker, or an operator on the server. Raises NotAllowed and Invalid.
    """
    _may(actor)
    await _check(session, new_incident)
    numbers = await session.execute(
        insert(incident)
        .values(
            cause=cause,
            note=new_incident.note.strip(),
            started_at=new_incident.started_at,
            ended_at=new_incident.ended_at,
            everywhere=not (new_incident.wards or new_incident.facilities),
            wards=sorted(set(new_incident.wards)),
            opened_by=actor.id if actor else None,
        )
        .returning(incident.c.number)
    )
    number: int = numbers.scalar_one()
    if new_incident.facilities:
        await session.execute(
            insert(incident_facility),
            [
                {"facility_id": facility_id, "incident_number": number}
                for facility_id in set(new_incident.facilities)
            ],
        )
    await _changed(session, actor, "incident.opened", number)
    return number


async def close_incident(
    session: AsyncSession, actor: Actor | None, number: int, ended_at: datetime | None = None
) -> None:
    """Say when it ended (default: now). Raises not_found, and Conflict when that is told already
    or lies before its start or ahead of the clock.
    """
    _may(actor)
    row = await _locked(session, number)
    now = await database_now(session)
    end = ended_at or now
    if row.ended_at is not None or row.withdrawn_at is not None:
        raise Conflict("incident_closed")
    if not row.started_at <= end <= now:
        raise Conflict("incident_times")
    await session.execute(
        update(incident)
        .where(incident.c.number == number)
        .values(ended_at=end, closed_by=actor.id if actor else None)
    )
    await _changed(session, actor, "incident.closed", number)


async def withdraw_incident(session: AsyncSession, actor: Actor | None, number: int) -> None:
    """Take back an incident that was none: what it excused is late without an excuse again.

    Sent twice it is one withdrawal. Raises not_found.
    """
    _may(actor)
    row = await _locked(session, number)
    if row.withdrawn_at is not None:
        return
    await session.execute(
        update(incident)
        .where(incident.c.number == number)
        .values(withdrawn_at=func.clock_timestamp())
    )
    await _changed(session, actor, "incident.withdrawn", number)


async def list_incidents(session: AsyncSession) -> list[Incident]:
    """The log, newest first, at most 200; open to everyone who is signed in."""
    columns = [incident.c[name] for name in Incident.__struct_fields__]
    rows = await session.execute(
        select(*columns).order_by(incident.c.number.desc()).limit(MOST_LISTED)
    )
    return [msgspec.convert(row, Incident) for row in rows.mappings()]


def _may(actor: Actor | None) -> None:
    if actor is not None:
        require_role(actor, ADMINISTRATOR)


async def _locked(session: AsyncSession, number: int) -> Any:
    rows = await session.execute(
        select(incident).where(incident.c.number == number).with_for_update()
    )
    row = rows.one_or_none()
    if row is None:
        raise not_found("incident")
    return row


async def _check(session: AsyncSession, new_incident: NewIncident) -> None:
    now = await database_now(session)
    if new_incident.started_at > now or (
        new_incident.ended_at and not new_incident.started_at <= new_incident.ended_at <= now
    ):
        raise _refusal("started_at", "incident_times", text="incident_times.order")
    if not is_readable(new_incident.note, lines=True):
        raise _refusal("note", "text_unreadable")
    if len(new_incident.note) > MAX_NOTE:
        raise _refusal("note", "incident_note", most=MAX_NOTE)
    if await _known(session, ward.c.code, new_incident.wards) != len(set(new_incident.wards)):
        await require_areas(session, pointer="/wards")
        raise _refusal("wards", "ward_unknown", text="incident.ward_unknown")
    if await _known(session, facility.c.id, new_incident.facilities) != len(
        set(new_incident.facilities)
    ):
        raise _refusal("facilities", "facility_unknown")


async def _known(session: AsyncSession, column: Any, values: Sequence[object]) -> int:
    if not values:
        return 0
    counted = await session.execute(select(func.count()).where(column.in_(values)))
    return int(counted.scalar_one())


def _refusal(field: str, code: str, text: str | None = None, **facts: object) -> Invalid:
    return invalid_field(f"/{field}", code, text=text, **facts)


async def _changed(session: AsyncSession, actor: Actor | None, action: str, number: int) -> None:
    await enqueue(session, Topic.INCIDENT_CHANGED, [(NO_FACILITY, {"incident": number})])
    await record(
        session,
        actor_id=actor.id if actor else None,
        actor_role=actor.role if actor else OPERATOR,
        action=action,
        details={"incident": number},
    )
