"""What a published rule is made of. The rules themselves are in the modules named rulebook_*."""

from datetime import date
from typing import Any, Literal

import msgspec

from asm.locales.texts import templates
from asm.stays.entry import Problem


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule with a stable id, in force from `valid_from` to `valid_to` (inclusive, None open).

    `field` is the path inside the entry that it speaks of. Texts never contain a personal value;
    `{name}` in a text is filled with a limit or a label. `source` is the law and article, or the
    form or standard, that the rule comes from.
    """

    id: str
    severity: Literal["refuse", "warn", "note"]
    field: str
    message: str
    message_en: str
    remedy: str
    remedy_en: str
    source: str
    valid_from: date | None = None
    valid_to: date | None = None

    def in_force(self, day: date) -> bool:
        """Whether the rule applies to what happened on `day` (a Vietnamese date)."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )

    def problem(self, *, field: str | None = None, **values: object) -> Problem:
        """The rule as said about one entry; `values` fill the texts and must not be personal."""
        return Problem(
            rule=self.id,
            severity=self.severity,
            field=field or self.field,
            message=self.message.format(**values),
            message_en=self.message_en.format(**values),
            remedy=self.remedy.format(**values),
            remedy_en=self.remedy_en.format(**values),
        )


def rule(
    rule_id: str,
    severity: Literal["refuse", "warn", "note"],
    *,
    field: str,
    source: str,
    **dates: Any,
) -> Rule:
    """A rule with its texts, which stand under its id in the catalogue `rules`."""
    message, message_en = templates("rules", rule_id)
    remedy, remedy_en = templates("rules", f"{rule_id}:remedy")
    return Rule(
        id=rule_id,
        severity=severity,
        field=field,
        message=message,
        remedy=remedy,
        message_en=message_en,
        remedy_en=remedy_en,
        source=source,
        **dates,
    )


def by_id(*groups: tuple[Rule, ...]) -> dict[str, Rule]:
    """Rules of all groups by id, in order. Raises ValueError when an id is used twice."""
    table: dict[str, Rule] = {}
    for item in (item for group in groups for item in group):
        if item.id in table:
            raise ValueError(f"rule id used twice: {item.id}")
        table[item.id] = item
    return table
