"""What events are about: one list, each with somebody who follows."""

import re

from asm.checks.watchlist import uploads
from asm.facilities.decide import activate_facility
from asm.notify import rule_data
from asm.notify.messages import look_up_messages, remind_wards, ward_deed_messages
from asm.outbox.topics import Topic
from asm.wards import send_back, suspend, ward_messages
from asm.worker.subscribers import HANDLERS
from tests.literals import MIGRATIONS, texts, written

#: Deeds in the audit trail and messages have words of their own, and one of each is the same.
OTHER_MEANINGS = {
    (activate_facility.__module__, "facility.activated"),
    (uploads.__name__, "watch_list.confirmed"),
    (send_back.__name__, "stay.returned"),
    (suspend.__name__, "facility.suspended"),
    (suspend.__name__, "facility.resumed"),
    (ward_messages.__name__, "facility.messaged"),
    (remind_wards.__name__, "ward.reminded"),
    (look_up_messages.__name__, "look_up.glass"),
    (look_up_messages.__name__, "stay.disputed"),
    *(
        (module.__name__, word)
        for module in (rule_data, ward_deed_messages)
        for word in (
            "facility.messaged",
            "facility.resumed",
            "facility.suspended",
            "stay.returned",
        )
    ),
    *(
        (rule_data.__name__, word)
        for word in ("facility.activated", "look_up.glass", "stay.disputed", "ward.reminded")
    ),
}


def test_no_topic_is_written_out_elsewhere() -> None:
    written_out = [literal for literal in written(Topic.__module__) if literal.value in set(Topic)]
    assert {(literal.module, literal.value) for literal in written_out} == OTHER_MEANINGS
    quoted_topic = re.compile("|".join(f"'{re.escape(topic)}'" for topic in Topic))
    inside = [str(literal) for literal in written() if quoted_topic.search(str(literal.value))]
    inside += [path for path, text in texts(".sql").items() if quoted_topic.search(text)]
    assert inside == []


def test_somebody_follows_each() -> None:
    assert set(HANDLERS) == set(Topic)


def test_policies_let_in_no_topic_that_there_is_not() -> None:
    let_in = {
        topic
        for path in MIGRATIONS.rglob("*.py")
        for topic in re.findall(r"\(topic = '([^']+)'", path.read_text(encoding="utf-8"))
    }
    assert let_in
    assert let_in <= set(Topic)
