"""Write messages for people, and what is to be delivered of each, in the caller's transaction.

Who gets what stands in tables: `notice_rule` (topic, role, channel, pace), the account's own
`notice_preference` and `notice_hours`, and the confirmed rows of `contact`. A message has the key
(facility, account, event): told twice, it is there once, and with it each delivery once for each
of its contacts.
"""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import NO_FACILITY, VIETNAM, new_id
from asm.db.statements import read_statements

#: Hours in which `waking` deliveries wait, for accounts that have chosen none (Vietnam).
QUIET_FROM: Final = time(22)
QUIET_UNTIL: Final = time(6)


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to tell, with the role that rules are made for."""

    account_id: UUID
    role: str


class NewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, for some people. `event_key` tells it apart from all else that ever happens
    to the facility. `facts` fill the templates: ids, counts, names of places, never of guests.
    After `expires_at` nothing is sent any more; the inbox keeps it.
    """

    topic: str
    event_key: str
    recipients: Sequence[Recipient]
    facility_id: UUID = NO_FACILITY
    facts: dict[str, Any] = {}
    link: str | None = None
    expires_at: datetime | None = None


_SQL = read_statements(__name__)
_WRITE = text(_SQL["write"])


class WrittenMessages(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages were new, and how many deliveries wait because of them."""

    messages: int
    deliveries: int


async def write_messages(
    session: AsyncSession, now: datetime, messages: Sequence[NewMessage]
) -> WrittenMessages:
    """Write the messages that are not there yet. `now` is the database's clock: quiet hours are
    counted on it.
    """
    rows = [row for message in messages for row in _rows(message)]
    if not rows:
        return WrittenMessages(messages=0, deliveries=0)
    done = await session.execute(
        _WRITE,
        {
            "rows": msgspec.json.encode(rows).decode(),
            "now": now,
            "zone": VIETNAM.key,
            "quiet_from": QUIET_FROM,
            "quiet_until": QUIET_UNTIL,
        },
    )
    return msgspec.convert(done.mappings().one(), WrittenMessages)


def _rows(message: NewMessage) -> list[dict[str, Any]]:
    return [
        {
            "facility_id": message.facility_id,
            "id": new_id(),
            "account_id": recipient.account_id,
            "role": recipient.role,
            "topic": message.topic,
            "event_key": message.event_key,
            "facts": message.facts,
            "link": message.link,
            "expires_at": message.expires_at,
        }
        for recipient in message.recipients
    ]
