"""Who gets which message, on which channel and when, as the product means it.

`asm migrate` brings it into the tables that are asked (`asm.notify.install_rules`); an operator may
change them there. A topic, role and channel without a rule: never.
"""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Final, Literal

from asm.accounts.roles import (
    ADMINISTRATOR,
    HOSTS,
    MINISTRY_OFFICER,
    PROVINCIAL_OFFICER,
    TOURISM_OFFICER,
    WARD_OFFICER,
    Role,
)
from asm.notify.model import MessageLimitRow, MessageRuleRow, MessageTimeRow

_Paces = Mapping[str, Literal["now", "waking", "offered"]]

_OFFICES: Final[Sequence[Role]] = (WARD_OFFICER, PROVINCIAL_OFFICER, ADMINISTRATOR)
#: They read figures alone: whether declaring works is no business of theirs.
_READERS: Final[Sequence[Role]] = (MINISTRY_OFFICER, TOURISM_OFFICER)
_WARD: Final[Sequence[Role]] = (WARD_OFFICER,)

#: Nobody is obliged to read what was received: the desk has just seen it.
_NO_DUTY: Final = frozenset({"receipt"})
#: Nobody need be woken for a decision on their facility; a machine does not sleep.
_DECISION: Final[_Paces] = {
    "inbox": "now", "email": "waking", "web_push": "waking", "sms": "waking", "zalo": "waking",
    "webhook": "now",
}  # fmt: skip
#: The night's deadline nears or has passed: each channel that was set up, at once.
_URGENT: Final[_Paces] = {
    "inbox": "now", "email": "now", "web_push": "now", "sms": "now", "zalo": "now",
    "webhook": "now",
}  # fmt: skip
#: Text messages cost money, and who cannot declare now can do nothing about it.
_OUTAGE: Final[_Paces] = {
    "inbox": "now", "email": "now", "web_push": "now", "sms": "offered", "zalo": "waking",
}  # fmt: skip
_OWN_ACCOUNT: Final[_Paces] = {"inbox": "now", "email": "now", "web_push": "now"}
_WHO_GETS_WHAT: Final[Sequence[tuple[str, Sequence[Role], _Paces]]] = (
    # There is time left: neither a mail nor a text message that somebody pays for.
    ("reminder.early", HOSTS, {**_URGENT, "email": "offered", "sms": "offered"}),
    ("reminder.last", HOSTS, _URGENT),
    ("reminder.overdue", HOSTS, _URGENT),
    # Hundreds come in a second: pushed to hotel systems alone, which asked for it by a webhook.
    ("receipt", HOSTS, {"inbox": "offered", "email": "offered", "webhook": "now"}),
    ("facility.returned", HOSTS, _DECISION),
    ("facility.activated", HOSTS, _DECISION),
    ("facility.suspended", HOSTS, _DECISION),
    ("facility.resumed", HOSTS, _DECISION),
    ("facility.messaged", HOSTS, _DECISION),
    ("stay.returned", HOSTS, _DECISION),
    # Somebody may be in danger.
    (
        "flag.high",
        _WARD,
        {"inbox": "now", "email": "now", "web_push": "now", "sms": "offered", "zalo": "offered"},
    ),
    ("flag.medium", _WARD, {"inbox": "now", "email": "offered", "web_push": "waking"}),
    # Low ones wait for the morning's digest.
    ("flag.low", _WARD, {"web_push": "offered"}),
    ("flag.digest", _WARD, {"inbox": "now", "email": "waking"}),
    # The province asks for the ward's work of this very night.
    (
        "ward.reminded",
        _WARD,
        {"inbox": "now", "email": "now", "web_push": "now", "sms": "offered", "zalo": "offered"},
    ),
    # If it was not them, every hour counts.
    *(
        (topic, roles, _OWN_ACCOUNT)
        for topic in ("account.password", "account.contact")
        for roles in (HOSTS, _OFFICES, _READERS)
    ),
    ("facility.people", HOSTS, _OWN_ACCOUNT),
    # A host waits, and nobody else can help.
    (
        "ward.unattended",
        (ADMINISTRATOR,),
        {"inbox": "now", "email": "waking", "web_push": "waking"},
    ),
    # Somebody may be looked at who should not be.
    *(
        (topic, (PROVINCIAL_OFFICER,), _OWN_ACCOUNT)
        for topic in (
            "look_up.many_people",
            "look_up.budget",
            "look_up.glass",
            "look_up.first_proof",
        )
    ),
    ("citizen.many", (ADMINISTRATOR,), {"inbox": "now", "email": "waking", "web_push": "waking"}),
    ("stay.disputed", _WARD, {"inbox": "now", "email": "waking", "web_push": "waking"}),
    ("outage", HOSTS, {**_OUTAGE, "webhook": "now"}),
    ("outage", _OFFICES, _OUTAGE),
)

#: Whom the law obliges keeps the inbox: it is the duty, on whatever other channel it comes too.
RULES: Final = tuple(
    MessageRuleRow(
        topic=topic,
        role=role,
        channel=channel,
        pace=pace,
        duty=channel == "inbox" and topic not in _NO_DUTY,
    )
    for topic, roles, paces in _WHO_GETS_WHAT
    for role in roles
    for channel, pace in paces.items()
)
#: Guests are to be declared before 23:00 (Residence Law 2020, Art. 30): an hour and a half before,
#: half an hour before, and once it has passed. The digest comes with the ward's working day.
TIMES: Final = (
    MessageTimeRow(topic="reminder.early", starts=time(21, 30), ends=time(22, 30)),
    MessageTimeRow(topic="reminder.last", starts=time(22, 30), ends=time(23)),
    MessageTimeRow(topic="reminder.overdue", starts=time(23), ends=time(0, 30)),
    MessageTimeRow(topic="flag.digest", starts=time(7, 30), ends=time(12)),
)
#: So that a fault of ours floods nobody; a hotel system takes a receipt for each of its guests.
LIMITS: Final = (
    MessageLimitRow(channel="email", per_hour=30, per_day=200),
    MessageLimitRow(channel="web_push", per_hour=60, per_day=400),
    MessageLimitRow(channel="sms", per_hour=6, per_day=20),
    MessageLimitRow(channel="zalo", per_hour=12, per_day=60),
    MessageLimitRow(channel="webhook", per_hour=20000, per_day=300000),
)
