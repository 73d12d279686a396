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
from sqlalchemy import (
    Boolean,
    Double,
    and_,
    case,
    column,
    func,
    literal_column,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.codes.code_keys import CodeKeys
from asm.accounts.codes.code_text import printed_code
from asm.db.direct import as_json
from asm.db.session import one_transaction
from asm.notify.channels.channel import (
    SEND_TIMEOUT_S,
    Channel,
    Failed,
    MessageText,
    Outcome,
    OutgoingDelivery,
)
from asm.notify.claim_deliveries import CLAIM, EXPIRE, QUEUED
from asm.notify.contacts.sealed_contact import ContactKeys, ContactNotOpenedError, link_token
from asm.notify.delivery_totals import count_deliveries
from asm.notify.model import contact, delivery
from asm.outbox.leases import BackOff, after, given, matched, release, still_held

#: The topic of the message that carries the link by which a contact is confirmed.
CONFIRM: Final = "confirm"
#: The topic of the message that carries a one-time code. The code itself stands nowhere: it is made
#: of its row's id when it is sent.
CODE: Final = "account.code"
BATCH: Final = 40
MAX_ATTEMPTS: Final = 8
BACK_OFF: Final = BackOff(first_s=30.0, longest_s=3600.0)
log = structlog.get_logger()

_OUTCOMES = given(
    delivery,
    delivery.c.leased_until,
    delivery.c.status,
    delivery.c.failure,
    delivery.c.permanent,
    delivery.c.provider_reference,
    column("after_s", Double),
    column("gone", Boolean),
)
_MINE = still_held(delivery, _OUTCOMES, QUEUED)
_FOR_GOOD = _MINE.c.status != literal_column("'queued'")
_GIVEN_UP = delivery.c.attempts + 1 >= MAX_ATTEMPTS
_THE_OTHERS_PAUSE = func.least(BACK_OFF.longest_s, func.coalesce(_MINE.c.after_s, 0), type_=Double)
_SETTLED = (
    release(delivery, matched(delivery, _MINE))
    .values(
        attempts=delivery.c.attempts + 1,
        status=case((and_(not_(_FOR_GOOD), _GIVEN_UP), "failed"), else_=_MINE.c.status),
        failure=_MINE.c.failure,
        permanent=_MINE.c.permanent,
        provider_reference=func.coalesce(_MINE.c.provider_reference, delivery.c.provider_reference),
        settled_at=case((or_(_FOR_GOOD, _GIVEN_UP), func.clock_timestamp())),
        next_attempt_at=case(
            (_FOR_GOOD, delivery.c.next_attempt_at),
            else_=after(
                func.greatest(
                    _THE_OTHERS_PAUSE, BACK_OFF.seconds(delivery.c.attempts), type_=Double
                )
            ),
        ),
    )
    .returning(
        delivery.c.id,
        delivery.c.contact_id,
        delivery.c.channel,
        delivery.c.status,
        delivery.c.attempts,
        delivery.c.failure,
        _MINE.c.gone,
    )
    .cte("settled")
)
_FORGOTTEN = (
    update(contact)
    .where(_SETTLED.c.gone, contact.c.id == _SETTLED.c.contact_id, contact.c.removed_at.is_(None))
    .values(removed_at=func.clock_timestamp(), removed_why="gone")
    .cte("forgotten")
)
_SETTLE = select(
    _SETTLED.c.id,
    _SETTLED.c.channel,
    _SETTLED.c.status,
    _SETTLED.c.attempts,
    _SETTLED.c.failure,
).add_cte(_FORGOTTEN)


class _CodeKeyGoneError(Exception):
    """The key that made the code no longer stands: the code would not be taken."""


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


class _OutcomeRow(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a delivery, as `_OUTCOMES` reads it."""

    facility_id: UUID
    id: UUID
    leased_until: datetime
    status: str
    failure: str | None = None
    permanent: bool | None = None
    provider_reference: str | None = None
    after_s: float | None = None
    gone: bool = False


class Deliveries(msgspec.Struct, frozen=True, kw_only=True):
    """What one round came to: `queued` ones failed for now and wait for another try."""

    claimed: int = 0
    sent: int = 0
    delivered: int = 0
    queued: int = 0
    failed: int = 0


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """What an outgoing delivery needs: `text_of(topic, facts, language)` gives the text for
    outside the inbox.
    """

    public_url: str
    keys: ContactKeys
    codes: CodeKeys
    text_of: Callable[[str, dict[str, Any], str], MessageText]


async def deliver(
    engine: AsyncEngine, sender: Sender, channel: Channel, limit: int = BATCH
) -> Deliveries:
    """One round of one channel."""
    claimed = await _claim(engine, channel.name, limit)
    if not claimed:
        return Deliveries()
    outcomes = await asyncio.gather(
        *(_send(sender, channel, claimed_delivery) for claimed_delivery in claimed)
    )
    return await _settle(engine, channel.name, list(zip(claimed, outcomes, strict=True)))


async def _claim(engine: AsyncEngine, channel: str, limit: int) -> list[Claimed]:
    async with one_transaction(engine) as session:
        expired = await session.execute(EXPIRE, {"name": channel})
        gone: int = expired.rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
        await count_deliveries(session, channel, {"failed": gone})
        rows = await session.execute(CLAIM, {"name": channel, "limit": limit})
        return [msgspec.convert(row, Claimed) for row in rows.mappings()]


async def _send(sender: Sender, channel: Channel, claimed_delivery: Claimed) -> Outcome:
    if claimed_delivery.left_us:
        return Failed(why="contact_removed", permanent=True)
    try:
        outgoing = _outgoing(sender, channel.name, claimed_delivery)
    except ContactNotOpenedError:
        return Failed(why="contact_unreadable", permanent=True)
    except _CodeKeyGoneError:
        return Failed(why="code_key_gone", permanent=True)
    try:
        async with asyncio.timeout(SEND_TIMEOUT_S):
            return await channel.send(outgoing)
    except TimeoutError:
        return Failed(why="timeout", permanent=False)


def _outgoing(sender: Sender, channel: str, claimed_delivery: Claimed) -> OutgoingDelivery:
    leave = link_token(sender.keys, "leave", claimed_delivery.contact_id)
    path = claimed_delivery.link if claimed_delivery.link and channel == "webhook" else "/inbox"
    if claimed_delivery.topic == CONFIRM:
        path = "/notices/" + link_token(sender.keys, "confirm", claimed_delivery.contact_id)
    if claimed_delivery.topic == CODE:
        path = f"/codes/{claimed_delivery.facts['code_id']}"
    return OutgoingDelivery(
        id=claimed_delivery.id,
        topic=claimed_delivery.topic,
        address=sender.keys.open(
            claimed_delivery.sealed,
            claimed_delivery.account_id,
            claimed_delivery.contact_id,
            channel,
        ),
        message=sender.text_of(
            claimed_delivery.topic,
            claimed_delivery.facts | _code_of(sender, claimed_delivery),
            claimed_delivery.language,
        ),
        link=sender.public_url + path,
        leave_url=f"{sender.public_url}/notices/{leave}",
        language=claimed_delivery.language,
        facts=claimed_delivery.facts,
    )


def _code_of(sender: Sender, claimed_delivery: Claimed) -> dict[str, str]:
    if claimed_delivery.topic != CODE:
        return {}
    keys = sender.codes.by_id(claimed_delivery.facts["key_id"])
    if keys is None:
        raise _CodeKeyGoneError
    return {"code": printed_code(keys.sent_code(UUID(claimed_delivery.facts["code_id"])))}


async def _settle(
    engine: AsyncEngine, channel: str, outcomes: Sequence[tuple[Claimed, Outcome]]
) -> Deliveries:
    rows = [_row(claimed_delivery, outcome) for claimed_delivery, outcome in outcomes]
    async with one_transaction(engine) as session:
        settled = await session.execute(_SETTLE, {"rows": as_json(rows)})
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


def _row(claimed_delivery: Claimed, outcome: Outcome) -> _OutcomeRow:
    if isinstance(outcome, Failed):
        return _OutcomeRow(
            facility_id=claimed_delivery.facility_id,
            id=claimed_delivery.id,
            leased_until=claimed_delivery.leased_until,
            status="failed" if outcome.permanent else "queued",
            failure=outcome.why,
            permanent=outcome.permanent,
            after_s=outcome.after_s,
            gone=outcome.gone,
        )
    return _OutcomeRow(
        facility_id=claimed_delivery.facility_id,
        id=claimed_delivery.id,
        leased_until=claimed_delivery.leased_until,
        status="delivered" if outcome.delivered else "sent",
        provider_reference=outcome.reference,
    )
