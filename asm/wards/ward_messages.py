"""A message from the ward to a facility's people: into their inboxes, and to their channels as a
word that there is one.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import func, insert, select

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.model import account
from asm.accounts.roles import WARD_OFFICER
from asm.accounts.typed.typed_line import tidy, typed_errors
from asm.db.base import new_id
from asm.errors import Conflict, Invalid
from asm.facilities.facility_trail import record_deed
from asm.facilities.left_alone import without_people
from asm.facilities.scope import facility_in_scope, require_ward
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic
from asm.wards.model import ward_message

MOST_LETTERS: Final = 1000
#: To one facility in a day: whoever needs more should call.
MOST_A_DAY: Final = 10
MOST_SHOWN: Final = 50


class WardMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it was sent. `sent_by`: the officer's display name."""

    id: UUID
    body: str
    sent_by: str | None
    sent_at: datetime


async def messages_to(scope: Scope, facility_id: UUID) -> list[WardMessage]:
    """The last 50, the latest first. Raises not_found."""
    facility = await facility_in_scope(scope, facility_id)
    rows = await scope.session.execute(
        select(ward_message, account.c.display_name)
        .outerjoin(account, account.c.id == ward_message.c.sent_by)
        .where(ward_message.c.facility_id == facility.id)
        .order_by(ward_message.c.sent_at.desc(), ward_message.c.id)
        .limit(MOST_SHOWN)
    )
    return [
        WardMessage(id=row.id, body=row.body, sent_by=row.display_name, sent_at=row.sent_at)
        for row in rows
    ]


async def send_message(scope: Scope, facility_id: UUID, body: str) -> None:
    """Tell the facility's people (1-1000 characters). Raises NotAllowed, not_found, Invalid
    `message_length`, Conflict `facility_without_people`, `too_many_messages`.
    """
    require_role(scope.actor, WARD_OFFICER)
    facility = await facility_in_scope(scope, facility_id)
    require_ward(scope.actor, facility.ward_code)
    errors = typed_errors("/body", body, "message_length", least=1, most=MOST_LETTERS, lines=True)
    if errors:
        raise Invalid("message_length", errors=errors, least=1, most=MOST_LETTERS)
    if await without_people(scope.session, [facility.id]):
        raise Conflict("facility_without_people", text="facility_without_people.message")
    sent = await scope.session.execute(
        select(func.count()).where(
            ward_message.c.facility_id == facility.id,
            ward_message.c.sent_at > scope.actor.now - timedelta(days=1),
        )
    )
    if sent.scalar_one() >= MOST_A_DAY:
        raise Conflict("too_many_messages", most=MOST_A_DAY)
    new = new_id()
    await scope.session.execute(
        insert(ward_message).values(
            facility_id=facility.id,
            id=new,
            body=tidy(body),
            sent_by=scope.actor.id,
            sent_at=scope.actor.now,
        )
    )
    await record_deed(scope, "facility.messaged", facility, subject_id=new)
    await enqueue(scope.session, Topic.FACILITY_MESSAGED, [(facility.id, {"id": str(new)})])
