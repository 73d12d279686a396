"""A word from the province to the officers of wards that are slow tonight."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.roles import PROVINCIAL_OFFICER
from asm.audit.trail import record
from asm.db.base import NO_FACILITY, vietnam_time
from asm.db.rls import database_now
from asm.errors import invalid_field, not_found
from asm.geo.areas.wards import names_of_wards
from asm.geo.model import ward
from asm.notify.messages.recipients import officers_of
from asm.notify.messages.write_messages import NewMessage, write_messages
from asm.outbox.drain import Event
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic

MOST_WARDS: Final = 20
#: Tomorrow nobody need hear of tonight.
USEFUL_FOR: Final = timedelta(hours=8)


class RemindedWards(msgspec.Struct, frozen=True, kw_only=True):
    """Names of the wards whose officers are told, and of those without any."""

    reminded: list[str]
    unattended: list[str]


async def remind_wards(scope: Scope, codes: Collection[str], night: date) -> RemindedWards:
    """Remind the officers on duty of wards of the actor's province; of one ward once an hour.

    Raises NotAllowed, Invalid `remind_nobody`, `remind_too_many`, not_found (`area`) for a ward
    that is not theirs.
    """
    require_role(scope.actor, PROVINCIAL_OFFICER)
    if not codes:
        raise invalid_field("/wards", "remind_nobody")
    if len(codes) > MOST_WARDS:
        raise invalid_field("/wards", "remind_too_many", most=MOST_WARDS)
    rows = await scope.session.execute(
        select(ward.c.code, ward.c.name)
        .where(
            ward.c.code.in_(codes),
            ward.c.province_code == scope.actor.province_code,
            ward.c.valid_to.is_(None),
        )
        .order_by(ward.c.folded)
    )
    names = {row.code: row.name for row in rows}
    if names.keys() != set(codes):
        raise not_found("area")
    attended = await officers_of(scope.session, names)
    hour = vietnam_time(scope.actor.now).strftime("%Y-%m-%dT%H")
    said = {"night": night.isoformat(), "hour": hour, "by": str(scope.actor.id)}
    await enqueue(
        scope.session,
        Topic.WARD_REMINDED,
        [(NO_FACILITY, said | {"ward_code": code}) for code in sorted(attended)],
    )
    for code in sorted(attended):
        await record(
            scope.session,
            actor_id=scope.actor.id,
            actor_role=scope.actor.role,
            action="ward.reminded",
            ward_code=code,
            details={"night": night.isoformat()},
        )
    return RemindedWards(
        reminded=[name for code, name in names.items() if code in attended],
        unattended=[name for code, name in names.items() if code not in attended],
    )


async def write_reminders(session: AsyncSession, events: Sequence[Event]) -> None:
    """Outbox handler: it may be given an event twice, messages have keys."""
    reminders = {
        (event.payload["ward_code"], event.payload["night"], event.payload["hour"])
        for event in events
    }
    codes = {code for code, _, _ in reminders}
    officers, names = await officers_of(session, codes), await names_of_wards(session, codes)
    now = await database_now(session)
    await write_messages(
        session,
        now,
        [
            NewMessage(
                topic="ward.reminded",
                event_key=f"ward.reminded:{code}:{night}:{hour}",
                recipients=officers[code],
                facts={"ward": names[code], "night": night},
                link=f"/ward?night={night}",
                expires_at=now + USEFUL_FOR,
            )
            for code, night, hour in sorted(reminders)
            if code in officers
        ],
    )
