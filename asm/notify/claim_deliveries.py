"""Which deliveries of one channel are sent now: those that are due, within the recipients' limits.

One statement:

1. due: the first that are due and free, each with its place among those for the same address
2. paced: whether with those before it, and with what was sent lately, it is one too many
3. held back: one too many, looked at again after `HELD_S`
4. claimed: the others, with what is needed to send them
"""

from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Interval,
    and_,
    bindparam,
    column,
    func,
    literal_column,
    not_,
    or_,
    select,
    table,
    update,
)

from asm.notify.model import contact, delivery, message, notice_limit
from asm.outbox.leases import NOW, claim, first_due, is_free, lease_end, matched

LEASE_S: Final = 120.0
#: Deliveries over a recipient's limit are looked at again after this.
HELD_S: Final = 300.0
#: A word of the statement and not a parameter: the index on what is due has it in its condition.
QUEUED: Final = delivery.c.status == literal_column("'queued'")
_ON_CHANNEL: Final = delivery.c.channel == bindparam("name")

#: As much of it as is asked for here: accounts know of messages, and not the other way round.
_ACCOUNT: Final = table("account", column("id"), column("language"), column("disabled_at"))

#: What was of use up to a moment that has passed.
EXPIRE: Final = (
    update(delivery)
    .where(
        _ON_CHANNEL,
        QUEUED,
        delivery.c.next_attempt_at <= NOW,
        is_free(delivery),
        message.c.facility_id == delivery.c.facility_id,
        message.c.id == delivery.c.message_id,
        message.c.expires_at <= NOW,
    )
    .values(status="failed", failure="expired", permanent=True, settled_at=NOW)
)

_FIRST_DUE: Final = first_due(
    delivery,
    delivery.c.next_attempt_at,
    _ON_CHANNEL,
    QUEUED,
    more=(delivery.c.contact_id, delivery.c.next_attempt_at),
)
_RANK: Final = func.row_number().over(
    partition_by=_FIRST_DUE.c.contact_id,
    order_by=(_FIRST_DUE.c.next_attempt_at, _FIRST_DUE.c.id),
)


def _too_many(rank: ColumnElement[int], span: str, most: Column[Any]) -> ColumnElement[bool]:
    past = delivery.alias("past")
    sent = select(func.count()).where(
        past.c.contact_id == _FIRST_DUE.c.contact_id,
        past.c.last_attempt_at > NOW - literal_column(span, Interval),
    )
    return rank + sent.scalar_subquery() > most


_PACED: Final = (
    select(
        _FIRST_DUE.c.facility_id,
        _FIRST_DUE.c.id,
        and_(
            notice_limit.c.per_hour.is_not(None),
            or_(
                _too_many(_RANK, "interval '1 hour'", notice_limit.c.per_hour),
                _too_many(_RANK, "interval '1 day'", notice_limit.c.per_day),
            ),
        ).label("over"),
    )
    .select_from(_FIRST_DUE)
    .join(notice_limit, notice_limit.c.channel == bindparam("name"), isouter=True)
    .cte("paced")
)
_HELD_BACK: Final = (
    update(delivery)
    .where(_PACED.c.over, matched(delivery, _PACED), QUEUED)
    .values(failure="rate_limited", next_attempt_at=lease_end(HELD_S))
    .returning(delivery.c.id)
    .cte("held_back")
)
_CLAIMED: Final = (
    claim(delivery, _PACED, LEASE_S, not_(_PACED.c.over), QUEUED)
    .values(last_attempt_at=NOW)
    .returning(*delivery.c)
    .cte("claimed")
)
CLAIM: Final = (
    select(
        _CLAIMED.c.facility_id,
        _CLAIMED.c.id,
        _CLAIMED.c.account_id,
        _CLAIMED.c.contact_id,
        _CLAIMED.c.leased_until,
        message.c.topic,
        message.c.facts,
        message.c.link,
        _ACCOUNT.c.language,
        contact.c.sealed,
        or_(contact.c.removed_at.is_not(None), _ACCOUNT.c.disabled_at.is_not(None)).label(
            "left_us"
        ),
    )
    .join_from(
        _CLAIMED,
        message,
        and_(
            message.c.facility_id == _CLAIMED.c.facility_id,
            message.c.id == _CLAIMED.c.message_id,
        ),
    )
    .join(_ACCOUNT, _ACCOUNT.c.id == _CLAIMED.c.account_id)
    .join(contact, contact.c.id == _CLAIMED.c.contact_id)
    .add_cte(_HELD_BACK)
)
