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


_WRITE = text("""
WITH told AS (
  SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS one (facility_id uuid, id uuid,
    account_id uuid, role text, topic text, event_key text, facts jsonb, link text,
    expires_at timestamptz)
), wanted AS (
  SELECT told.facility_id, told.id, told.account_id, rule.channel, rule.pace
  FROM told JOIN notice_rule AS rule ON rule.topic = told.topic AND rule.role = told.role
  LEFT JOIN notice_preference AS chosen ON chosen.account_id = told.account_id
    AND chosen.topic = told.topic AND chosen.channel = rule.channel
  WHERE rule.duty OR coalesce(chosen.wanted, rule.pace <> 'offered')
), hours AS (
  SELECT account_id, coalesce(quiet_from, CAST(:quiet_from AS time)) AS starts,
    coalesce(quiet_until, CAST(:quiet_until AS time)) AS ends
  FROM (SELECT DISTINCT account_id FROM told) AS somebody LEFT JOIN notice_hours USING (account_id)
), waking AS (
  SELECT account_id, CASE
    WHEN starts <= ends AND local::time >= starts AND local::time < ends
      THEN (local::date + ends) AT TIME ZONE :zone
    WHEN starts > ends AND local::time >= starts THEN (local::date + 1 + ends) AT TIME ZONE :zone
    WHEN starts > ends AND local::time < ends THEN (local::date + ends) AT TIME ZONE :zone
    ELSE CAST(:now AS timestamptz) END AS from_then
  FROM hours, LATERAL (SELECT CAST(:now AS timestamptz) AT TIME ZONE :zone AS local) AS here
), reached AS (
  SELECT wanted.facility_id, wanted.id, wanted.account_id, wanted.channel, contact.id AS contact_id,
    CASE wanted.pace WHEN 'waking' THEN waking.from_then ELSE CAST(:now AS timestamptz) END AS due
  FROM wanted JOIN waking USING (account_id)
  JOIN contact ON contact.account_id = wanted.account_id AND contact.channel = wanted.channel
    AND contact.confirmed_at IS NOT NULL AND contact.removed_at IS NULL
), written AS (
  INSERT INTO message (facility_id, id, account_id, topic, event_key, facts, link, in_inbox,
    created_at, expires_at)
  SELECT facility_id, id, account_id, topic, event_key, coalesce(facts, '{}'), link,
    EXISTS (SELECT FROM wanted WHERE wanted.id = told.id AND channel = 'inbox'),
    :now, expires_at
  FROM told
  WHERE EXISTS (SELECT FROM wanted WHERE wanted.id = told.id AND channel = 'inbox')
    OR EXISTS (SELECT FROM reached WHERE reached.id = told.id)
  ORDER BY facility_id, account_id, event_key
  ON CONFLICT (facility_id, account_id, event_key) DO NOTHING
  RETURNING facility_id, id
), queued AS (
  INSERT INTO delivery (facility_id, id, message_id, account_id, contact_id, channel,
    next_attempt_at)
  SELECT facility_id, gen_random_uuid(), id, account_id, contact_id, channel, due
  FROM reached JOIN written USING (facility_id, id)
  RETURNING id
)
SELECT (SELECT count(*) FROM written) AS messages, (SELECT count(*) FROM queued) AS deliveries
""")


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
