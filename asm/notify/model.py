"""Messages, their deliveries, contacts and who gets what, as tables."""

from datetime import time

import msgspec
from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Table,
    Text,
    Time,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from asm.db.base import metadata

message = Table(
    "message",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid),
    Column("topic", Text),
    Column("event_key", Text),
    Column("facts", JSONB),
    Column("link", Text),
    Column("in_inbox", Boolean),
    Column("created_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
    Column("read_at", DateTime(timezone=True)),
)
delivery = Table(
    "delivery",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("message_id", Uuid),
    Column("account_id", Uuid),
    Column("contact_id", Uuid),
    Column("channel", Text),
    Column("status", Text),
    Column("attempts", Integer),
    Column("next_attempt_at", DateTime(timezone=True)),
    Column("leased_until", DateTime(timezone=True)),
    Column("last_attempt_at", DateTime(timezone=True)),
    Column("settled_at", DateTime(timezone=True)),
    Column("failure", Text),
    Column("permanent", Boolean),
    Column("provider_reference", Text),
)
contact = Table(
    "contact",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid),
    Column("channel", Text),
    Column("sealed", LargeBinary),
    Column("digest", LargeBinary),
    Column("hint", Text),
    Column("created_at", DateTime(timezone=True)),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("removed_at", DateTime(timezone=True)),
    Column("removed_why", Text),
    Column("for_codes", Boolean),
)
notice_rule = Table(
    "notice_rule",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("pace", Text),
    Column("duty", Boolean),
)


class MessageRuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """When somebody in a role hears of a topic on a channel. `now` minds no quiet hours, `waking`
    waits for their end, `offered` is off until it is asked for; a `duty` cannot be switched off.
    """

    topic: str
    role: str
    channel: str
    pace: str
    duty: bool


notice_time = Table(
    "notice_time",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("starts", Time),
    Column("ends", Time),
)


class MessageTimeRow(msgspec.Struct, frozen=True, kw_only=True):
    """The hours of Vietnam in which a topic goes out once, over midnight too."""

    topic: str
    starts: time
    ends: time


notice_run = Table(
    "notice_run",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("night", Date, primary_key=True),
    Column("done_at", DateTime(timezone=True)),
)
notice_limit = Table(
    "notice_limit",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("per_hour", Integer),
    Column("per_day", Integer),
)


class MessageLimitRow(msgspec.Struct, frozen=True, kw_only=True):
    """The most that one contact gets on a channel."""

    channel: str
    per_hour: int
    per_day: int


#: What the product last said of the three tables above (`name`), whatever stands there now.
rule_default = Table(
    "rule_default",
    metadata,
    Column("name", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", JSONB),
)
notice_preference = Table(
    "notice_preference",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("wanted", Boolean),
)
notice_hours = Table(
    "notice_hours",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("quiet_from", Time),
    Column("quiet_until", Time),
)
announcement = Table(
    "announcement",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("said", Text),
    Column("said_en", Text),
    Column("made_at", DateTime(timezone=True)),
)
