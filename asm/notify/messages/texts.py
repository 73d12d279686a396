"""What messages say, in both languages: in the inbox, and outside it.

Outside stands nothing that could tell a stranger who looks at the phone anything: no guest, no
place, no number. The inbox, behind the sign-in, names places and receipts; guests it never names
either, it links to where they stand.
"""

from typing import Any, Final

from asm.checks.registry import BY_ID
from asm.locales.texts import text_in
from asm.notify.channels.channel import MessageText

#: What was done in a house, as its owners and the one concerned (`:own`) hear it.
_DEEDS: Final = {
    "joined": "facility.people:joined",
    "joined:own": "facility.people:joined:own",
    "joined_owner": "facility.people:joined_owner",
    "joined_owner:own": "facility.people:joined_owner:own",
    "made_owner": "facility.people:made_owner",
    "made_owner:own": "facility.people:made_owner:own",
    "owner_ended": "facility.people:owner_ended",
    "owner_ended:own": "facility.people:owner_ended:own",
    "removed": "facility.people:removed",
    "removed:own": "facility.people:removed:own",
    "ward_ended": "facility.people:ward_ended",
    "ward_ended:own": "facility.people:ward_ended:own",
    "client_made": "facility.people:client_made",
    "secret_made": "facility.people:secret_made",
}


def inbox_text(topic: str, facts: dict[str, Any], language: str) -> MessageText:
    """For the page behind the sign-in."""
    return _message_text(f"{topic}:title", f"{topic}:body", facts, language)


def outside_text(topic: str, facts: dict[str, Any], language: str) -> MessageText:
    """For e-mail, push, SMS and Zalo: one or two sentences."""
    return _message_text(f"{topic}:subject", f"{topic}:outside", facts, language)


def _message_text(title: str, text: str, facts: dict[str, Any], language: str) -> MessageText:
    filled = _filled(facts, language)
    return MessageText(
        title=text_in("messages", title, language, filled),
        text=text_in("messages", text, language, filled),
    )


def _filled(facts: dict[str, Any], language: str) -> dict[str, Any]:
    """The facts with what the language makes of some of them."""
    filled = dict(facts)
    if "night" in facts:
        year, month, day = str(facts["night"]).split("-")
        filled["night"] = f"{day}/{month}/{year}"
    if "check_id" in facts:
        check = BY_ID.get(facts["check_id"])
        named = facts["check_id"] if check is None else check.title
        filled["check"] = check.title_en if check is not None and language == "en" else named
    if "deed" in facts:
        filled["done"] = text_in("messages", _DEEDS[facts["deed"]], language)
    if "on_time" in facts:
        timely = "receipt:in_time" if facts["on_time"] else "receipt:late"
        filled["timely"] = text_in("messages", timely, language)
    if "silent" in facts:
        problems = ["reminder.overdue:silent"] if facts["silent"] else []
        problems += ["reminder.overdue:leaving"] if facts["departures_overdue"] else []
        filled["problems"] = " ".join(
            text_in("messages", problem, language, filled) for problem in problems
        )
    return filled
