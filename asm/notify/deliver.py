"""Deliver what waits on one channel: claimed with a lease, sent, settled.

Each step is a transaction of its own and none is open while another server takes its time:

1. claim due rows up to the recipients' limits until `LEASE_S` from now; give up what has expired
2. open the addresses, put the words together, send all at once
3. write what came of each, if the lease is still ours

A worker killed between sending and writing leaves a row whose lease runs out: it is sent again
under the same idempotency key, by which the receiver can drop the double.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.notify.channels.channel import (
    SEND_TIMEOUT_S,
    Channel,
    Failed,
    MessageText,
    Outcome,
    OutgoingDelivery,
)
from asm.notify.contacts.sealed_contact import ContactKeys, ContactNotOpenedError, link_token
from asm.notify.delivery_totals import count_deliveries

#: The topic of the message that carries the link by which a contact is confirmed.
CONFIRM: Final = "confirm"
LEASE_S: Final = 120.0
BATCH: Final = 40
MAX_ATTEMPTS: Final = 8
#: The first wait after a failure; each further one is twice as long, ± 50 %.
FIRST_WAIT_S: Final = 30.0
LONGEST_WAIT_S: Final = 3600.0
#: Deliveries over a recipient's limit are looked at again after this.
HELD_S: Final = 300.0
log = structlog.get_logger()

_EXPIRE = text("""
UPDATE delivery SET status = 'failed', failure = 'expired', permanent = true,
  settled_at = statement_timestamp()
FROM message WHERE delivery.channel = :channel AND delivery.status = 'queued'
  AND delivery.next_attempt_at <= statement_timestamp()
  AND (delivery.leased_until IS NULL OR delivery.leased_until <= statement_timestamp())
  AND message.facility_id = delivery.facility_id AND message.id = delivery.message_id
  AND message.expires_at <= statement_timestamp()
""")
# statement_timestamp(): one time for the whole statement, and so the index finds what is due.
_CLAIM = text("""
WITH due AS (
  SELECT facility_id, id, contact_id, row_number() OVER
    (PARTITION BY contact_id ORDER BY next_attempt_at, id) AS place
  FROM (
    SELECT facility_id, id, contact_id, next_attempt_at FROM delivery
    WHERE channel = :channel AND status = 'queued' AND next_attempt_at <= statement_timestamp()
      AND (leased_until IS NULL OR leased_until <= statement_timestamp())
    ORDER BY next_attempt_at LIMIT :limit
  ) AS first_due
), paced AS (
  SELECT due.facility_id, due.id, most.per_hour IS NOT NULL AND (
    place + (SELECT count(*) FROM delivery AS past WHERE past.contact_id = due.contact_id
      AND past.last_attempt_at > statement_timestamp() - interval '1 hour') > most.per_hour
    OR place + (SELECT count(*) FROM delivery AS past WHERE past.contact_id = due.contact_id
      AND past.last_attempt_at > statement_timestamp() - interval '1 day') > most.per_day
  ) AS over
  FROM due LEFT JOIN notice_limit AS most ON most.channel = :channel
), held AS (
  UPDATE delivery SET failure = 'rate_limited',
    next_attempt_at = statement_timestamp() + make_interval(secs => :held)
  FROM paced WHERE paced.over AND delivery.facility_id = paced.facility_id
    AND delivery.id = paced.id AND delivery.status = 'queued'
  RETURNING delivery.id
), claimed AS (
  UPDATE delivery SET leased_until = statement_timestamp() + make_interval(secs => :lease),
    last_attempt_at = statement_timestamp()
  FROM paced WHERE NOT paced.over AND delivery.facility_id = paced.facility_id
    AND delivery.id = paced.id AND delivery.status = 'queued'
    AND (delivery.leased_until IS NULL OR delivery.leased_until <= statement_timestamp())
  RETURNING delivery.*
)
SELECT claimed.facility_id, claimed.id, claimed.account_id, claimed.contact_id,
  claimed.leased_until, message.topic, message.facts, message.link, account.language,
  contact.sealed, contact.removed_at IS NOT NULL OR account.disabled_at IS NOT NULL AS left_us,
  (SELECT count(*) FROM held) AS held
FROM claimed
JOIN message ON message.facility_id = claimed.facility_id AND message.id = claimed.message_id
JOIN account ON account.id = claimed.account_id
JOIN contact ON contact.id = claimed.contact_id
""")
_SETTLE = text("""
WITH outcome AS (
  SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS one (facility_id uuid, id uuid,
    leased_until timestamptz, status text, failure text, permanent boolean, after_s float8,
    reference text, gone boolean)
), settled AS (
  UPDATE delivery SET attempts = attempts + 1, leased_until = NULL,
    status = CASE WHEN outcome.status = 'queued' AND attempts + 1 >= :most THEN 'failed'
      ELSE outcome.status END,
    failure = outcome.failure, permanent = outcome.permanent,
    provider_reference = coalesce(outcome.reference, provider_reference),
    settled_at = CASE WHEN outcome.status <> 'queued' OR attempts + 1 >= :most
      THEN clock_timestamp() END,
    next_attempt_at = CASE WHEN outcome.status <> 'queued' THEN next_attempt_at
      ELSE clock_timestamp() + make_interval(secs => greatest(
        least(CAST(:longest AS float8), coalesce(outcome.after_s, 0)),
        least(:longest, :first * power(2, least(attempts, 20))) * (0.5 + random()))) END
  FROM outcome WHERE delivery.facility_id = outcome.facility_id AND delivery.id = outcome.id
    AND delivery.status = 'queued' AND delivery.leased_until = outcome.leased_until
  RETURNING delivery.id, delivery.contact_id, delivery.channel, delivery.status, delivery.attempts,
    delivery.failure, outcome.gone
), forgotten AS (
  UPDATE contact SET removed_at = clock_timestamp(), removed_why = 'gone'
  FROM settled WHERE settled.gone AND contact.id = settled.contact_id
    AND contact.removed_at IS NULL
)
SELECT id, channel, status, attempts, failure FROM settled
""")


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that is ours until `leased_until`."""

    facility_id: UUID
    id: UUID
    account_id: UUID
    contact_id: UUID
    leased_until: datetime
    topic: str
    facts: dict[str, Any]
    link: str | None
    language: str
    sealed: bytes
    left_us: bool

    def __repr__(self) -> str:
        return f"Claimed({self.id})"


class Deliveries(msgspec.Struct, frozen=True, kw_only=True):
    """What one round came to: `queued` ones failed for now and wait for another try."""

    claimed: int = 0
    sent: int = 0
    delivered: int = 0
    queued: int = 0
    failed: int = 0


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """What putting parcels together needs: `words_of(topic, facts, language)` gives the words for
    outside the inbox.
    """

    public_url: str
    keys: ContactKeys
    words_of: Callable[[str, dict[str, Any], str], MessageText]


async def deliver(
    engine: AsyncEngine, post: Sender, channel: Channel, limit: int = BATCH
) -> Deliveries:
    """One round of one channel."""
    claimed = await _claim(engine, channel.name, limit)
    if not claimed:
        return Deliveries()
    outcomes = await asyncio.gather(*(_send(post, channel, one) for one in claimed))
    return await _settle(engine, channel.name, list(zip(claimed, outcomes, strict=True)))


async def _claim(engine: AsyncEngine, channel: str, limit: int) -> list[Claimed]:
    async with one_transaction(engine) as session:
        expired = await session.execute(_EXPIRE, {"channel": channel})
        gone: int = expired.rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
        await count_deliveries(session, channel, {"failed": gone})
        rows = await session.execute(
            _CLAIM, {"channel": channel, "limit": limit, "lease": LEASE_S, "held": HELD_S}
        )
        return [msgspec.convert(row, Claimed) for row in rows.mappings()]


async def _send(post: Sender, channel: Channel, one: Claimed) -> Outcome:
    if one.left_us:
        return Failed(why="contact_removed", permanent=True)
    try:
        outgoing = _outgoing(post, channel.name, one)
    except ContactNotOpenedError:
        return Failed(why="contact_unreadable", permanent=True)
    try:
        async with asyncio.timeout(SEND_TIMEOUT_S):
            return await channel.send(outgoing)
    except TimeoutError:
        return Failed(why="timeout", permanent=False)


def _outgoing(post: Sender, channel: str, one: Claimed) -> OutgoingDelivery:
    leave = link_token(post.keys, "leave", one.contact_id)
    path = one.link if one.link and channel == "webhook" else "/inbox"
    if one.topic == CONFIRM:
        path = "/notices/" + link_token(post.keys, "confirm", one.contact_id)
    return OutgoingDelivery(
        id=one.id,
        topic=one.topic,
        address=post.keys.open(one.sealed, one.account_id, one.contact_id, channel),
        words=post.words_of(one.topic, one.facts, one.language),
        link=post.public_url + path,
        leave_url=f"{post.public_url}/notices/{leave}",
        language=one.language,
        facts=one.facts,
    )


async def _settle(
    engine: AsyncEngine, channel: str, outcomes: Sequence[tuple[Claimed, Outcome]]
) -> Deliveries:
    rows = [_row(one, outcome) for one, outcome in outcomes]
    async with one_transaction(engine) as session:
        settled = await session.execute(
            _SETTLE,
            {
                "rows": msgspec.json.encode(rows).decode(),
                "most": MAX_ATTEMPTS,
                "first": FIRST_WAIT_S,
                "longest": LONGEST_WAIT_S,
            },
        )
        done = settled.all()
        statuses = Counter(row.status for row in done)
        await count_deliveries(session, channel, statuses)
    for row in done:
        if row.failure is not None:
            log.warning(
                "delivery_failed" if row.status == "failed" else "delivery_put_off",
                delivery=str(row.id),
                channel=row.channel,
                attempts=row.attempts,
                why=row.failure,
            )
    return Deliveries(claimed=len(rows), **statuses)


def _row(one: Claimed, outcome: Outcome) -> dict[str, Any]:
    row: dict[str, Any] = {
        "facility_id": one.facility_id,
        "id": one.id,
        "leased_until": one.leased_until,
    }
    if isinstance(outcome, Failed):
        return row | {
            "status": "failed" if outcome.permanent else "queued",
            "failure": outcome.why,
            "permanent": outcome.permanent,
            "after_s": outcome.after_s,
            "gone": outcome.gone,
        }
    status = "delivered" if outcome.delivered else "sent"
    return row | {"status": status, "reference": outcome.reference, "gone": False}
