"""What a background check says about itself."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from asm.checks.flags.batch import Run
from asm.checks.schedule import Timed
from asm.locales.texts import templates

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


def build_check(
    check_id: str,
    severity: Severity,
    *,
    shows: Mapping[str, Form] | None = None,
    run: Run | None = None,
    timed: Timed | None = None,
) -> Check:
    """A check with its texts, which stand under its id in the catalogue `checks`; `shows` says in
    what form each value of the data is shown.
    """
    title, title_en = templates("checks", f"{check_id}:title")
    looks_at, looks_at_en = templates("checks", f"{check_id}:looks_at")
    explanation, explanation_en = templates("checks", f"{check_id}:explanation")
    return Check(
        id=check_id,
        severity=severity,
        title=title,
        title_en=title_en,
        looks_at=looks_at,
        looks_at_en=looks_at_en,
        explanation=explanation,
        explanation_en=explanation_en,
        shows=tuple(_shown(check_id, key, form) for key, form in (shows or {}).items()),
        run=run,
        timed=timed,
    )


def _shown(check_id: str, key: str, form: Form) -> Shown:
    label, label_en = templates("checks", f"{check_id}:shows.{key}")
    return Shown(key=key, label=label, label_en=label_en, form=form)
