"""What a background check says about itself."""

from typing import Literal

import msgspec

from asm.checks.flags.batch import Run
from asm.checks.schedule import Timed

Severity = Literal["high", "medium", "low"]
#: How a value of the data is shown: `stay` and `stays` are ids, `rules` ids of published rules,
#: `ward` a ward's code, `rooms` a list of room, guests and beds.
Form = Literal["text", "number", "day", "moment", "minutes", "ward", "stay", "rules", "rooms"]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One value of the data that raised a flag: its key there, and what it is called."""

    key: str
    label: str
    label_en: str
    form: Form = "text"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One background check. A flag never refuses a declaration: it asks an officer to look.

    `looks_at`: what is compared, and from when on it counts. `run` settles the flags of changed
    stays; None for those that compare a person's stays, which are loaded once for all of them.
    `timed` finds what only the passing of time brings.
    """

    id: str
    severity: Severity
    title: str
    title_en: str
    looks_at: str
    looks_at_en: str
    explanation: str
    explanation_en: str
    shows: tuple[Shown, ...] = ()
    run: Run | None = None
    timed: Timed | None = None
