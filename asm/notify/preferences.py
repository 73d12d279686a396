"""What an account wants to get where, and when it wants to be left in peace."""

from collections.abc import Collection, Mapping
from datetime import datetime, time
from uuid import UUID

import msgspec
from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import Invalid
from asm.notify.messages.write_messages import QUIET_FROM, QUIET_UNTIL
from asm.notify.model import (
    delivery,
    message,
    notice_hours,
    notice_preference,
    notice_rule,
)

RECENT = 20


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One topic on one channel. `duty`: cannot be switched off. `waits`: minds quiet hours."""

    topic: str
    channel: str
    wanted: bool
    duty: bool
    waits: bool


class QuietHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From one time of day to another in Vietnam, over midnight too; the same twice: none."""

    starts: time
    ends: time


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one message on one channel. `why`: a code, when something went wrong."""

    topic: str
    channel: str
    status: str
    why: str | None
    permanent: bool | None
    attempts: int
    at: datetime


async def choices_of(
    session: AsyncSession, account_id: UUID, role: str, channels: Collection[str]
) -> list[Choice]:
    """Everything that may be chosen in this role on these channels, by topic and channel."""
    chosen = and_(
        notice_preference.c.account_id == account_id,
        notice_preference.c.topic == notice_rule.c.topic,
        notice_preference.c.channel == notice_rule.c.channel,
    )
    wanted = func.coalesce(notice_preference.c.wanted, notice_rule.c.pace != "offered")
    rows = await session.execute(
        select(
            notice_rule.c.topic,
            notice_rule.c.channel,
            or_(notice_rule.c.duty, wanted).label("wanted"),
            notice_rule.c.duty,
            (notice_rule.c.pace == "waking").label("waits"),
        )
        .outerjoin(notice_preference, chosen)
        .where(notice_rule.c.role == role, notice_rule.c.channel.in_(channels))
        .order_by(notice_rule.c.topic, notice_rule.c.channel)
    )
    return [msgspec.convert(row, Choice) for row in rows.mappings()]


async def choose(
    session: AsyncSession,
    account_id: UUID,
    role: str,
    wanted: Mapping[tuple[str, str], bool],
) -> None:
    """Write down what is wanted by (topic, channel). Raises Invalid: `choice_unknown` for what
    this role never gets, `choice_is_duty` for switching off what the law wants read.
    """
    rows = await session.execute(
        select(notice_rule.c.topic, notice_rule.c.channel, notice_rule.c.duty).where(
            notice_rule.c.role == role
        )
    )
    duties = {(row.topic, row.channel): row.duty for row in rows}
    for key, value in wanted.items():
        if key not in duties:
            raise Invalid("choice_unknown")
        if duties[key] and not value:
            raise Invalid("choice_is_duty")
    preference_rows = [
        {"account_id": account_id, "topic": topic, "channel": channel, "wanted": value}
        for (topic, channel), value in wanted.items()
    ]
    if preference_rows:
        statement = insert(notice_preference).values(preference_rows)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["account_id", "topic", "channel"],
                set_={"wanted": statement.excluded.wanted},
            )
        )


async def quiet_hours_of(session: AsyncSession, account_id: UUID) -> QuietHours:
    """The account's own, or 22:00 to 06:00."""
    result = await session.execute(
        select(notice_hours.c.quiet_from, notice_hours.c.quiet_until).where(
            notice_hours.c.account_id == account_id
        )
    )
    row = result.one_or_none()
    if row is None:
        return QuietHours(starts=QUIET_FROM, ends=QUIET_UNTIL)
    return QuietHours(starts=row.quiet_from, ends=row.quiet_until)


async def set_quiet_hours(
    session: AsyncSession, account_id: UUID, hours: QuietHours | None
) -> None:
    """None brings the usual ones back."""
    if hours is None:
        mine = notice_hours.c.account_id == account_id
        await session.execute(delete(notice_hours).where(mine))
        return
    values = {"quiet_from": hours.starts, "quiet_until": hours.ends}
    await session.execute(
        insert(notice_hours)
        .values(account_id=account_id, **values)
        .on_conflict_do_update(index_elements=["account_id"], set_=values)
    )


async def recent_deliveries(session: AsyncSession, account_id: UUID) -> list[DeliveryView]:
    """The newest 20 deliveries to the account's addresses."""
    at = func.coalesce(delivery.c.settled_at, delivery.c.last_attempt_at, message.c.created_at)
    rows = await session.execute(
        select(
            message.c.topic,
            delivery.c.channel,
            delivery.c.status,
            delivery.c.failure.label("why"),
            delivery.c.permanent,
            delivery.c.attempts,
            at.label("at"),
        )
        .join(
            message,
            and_(
                message.c.facility_id == delivery.c.facility_id,
                message.c.id == delivery.c.message_id,
            ),
        )
        .where(delivery.c.account_id == account_id)
        .order_by(message.c.created_at.desc(), delivery.c.id)
        .limit(RECENT)
    )
    return [msgspec.convert(row, DeliveryView) for row in rows.mappings()]
