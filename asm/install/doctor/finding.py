"""What a check of the installation finds, and what a check is."""

from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec

from asm.install.doctor.context import DoctorContext
from asm.locales.texts import both

State = Literal["ok", "warning", "wrong", "unknown"]
#: What the checks look at; `asm doctor --only` takes one of them.
Part = Literal["settings", "database", "keys", "redis", "machine", "mail", "web"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """`check` and `what` are stable names. With state `ok` the message is what was looked at, else
    what is wrong and its remedy, never with a secret or anything personal in it.
    """

    check: str
    what: str
    state: State
    message: str
    message_en: str


class DoctorCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One look at one thing. `finds` are all that it may find wrong: each has its text as
    `ID:FOUND` in the catalogue `doctor`, beside `ID:title`; of `refusals`, codes that `asm migrate`
    refuses with, the texts are there.
    """

    id: str
    part: Part
    look: Callable[[DoctorContext], Awaitable[list[Finding]]]
    finds: tuple[str, ...]
    refusals: tuple[str, ...] = ()


def fine(check: str) -> Finding:
    """All is well; the message says what was looked at."""
    return _finding(check, "ok", "ok", f"{check}:title", {})


def wrong(check: str, what: str, **facts: object) -> Finding:
    """ASM does not work so, or harms somebody."""
    return _finding(check, what, "wrong", f"{check}:{what}", facts)


def warning(check: str, what: str, **facts: object) -> Finding:
    """It works, and somebody should know."""
    return _finding(check, what, "warning", f"{check}:{what}", facts)


def unknown(check: str, what: str, **facts: object) -> Finding:
    """It could not be looked at, for a reason that concerns every check."""
    return _finding(check, what, "unknown", f"any:{what}", facts)


def warning_of_all(check: str, what: str) -> Finding:
    """It could not be looked at, and that is no fault."""
    return _finding(check, what, "warning", f"any:{what}", {})


def first_of(check: str, *findings: Finding | None) -> list[Finding]:
    """What was found, or that all is well."""
    return [each for each in findings if each is not None] or [fine(check)]


def _finding(
    check: str, what: str, state: State, text_id: str, facts: dict[str, object]
) -> Finding:
    message, message_en = both("doctor", text_id, facts)
    return Finding(check=check, what=what, state=state, message=message, message_en=message_en)
