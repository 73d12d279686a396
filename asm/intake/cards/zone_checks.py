"""The protected fields of each kind of zone, and what their check digits say."""

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from asm.intake.cards.card_rules import CARD_RULES
from asm.intake.cards.check_digits import check_digit, repaired
from asm.locales.texts import both
from asm.stays.entry import Problem


class Protected(NamedTuple):
    """A field with its own check digit, which stands right after it. Positions from 0."""

    part: str
    text: str
    line: int
    start: int
    end: int
    digits_only: bool = True


_TD1_FIELDS: Final = (
    Protected("short number", "mrz.part.short_number", 0, 5, 14),
    Protected("number", "mrz.part.personal_number", 0, 15, 29),
    Protected("birth date", "mrz.part.birth_date", 1, 0, 6),
    Protected("expiry", "mrz.part.expiry", 1, 8, 14),
)
_TD3_FIELDS: Final = (
    Protected("number", "mrz.part.passport_number", 1, 0, 9, digits_only=False),
    Protected("birth date", "mrz.part.birth_date", 1, 13, 19),
    Protected("expiry", "mrz.part.expiry", 1, 21, 27),
    Protected("optional data", "mrz.part.optional_data", 1, 28, 42, digits_only=False),
)
# Parts 6 and 4 place the fields alike; TD2 has fewer characters for what a country likes.
_TD2_FIELDS: Final = _TD3_FIELDS[:3]


def _fits(field: Protected, line: str) -> bool:
    value, digit = line[field.start : field.end], line[field.end]
    if field.part == "optional data" and not value.strip("<"):
        return digit in "<0"
    return check_digit(value) == digit


def check_lines(
    lines: list[str], layout: "ZoneLayout"
) -> tuple[list[str], list[str], list[Problem]]:
    """The lines with their repairs made, the parts repaired, and what does not fit."""
    lines, repairs, problems = list(lines), [], []
    for field in layout.fields:
        line = lines[field.line]
        if _fits(field, line):
            continue
        span = range(field.start, field.end + 1)
        mended = repaired(line, span, partial(_fits, field), digits_only=field.digits_only)
        part_names = _part(field.text)
        if mended is None:
            problems.append(
                CARD_RULES["mrz.check_digit"].problem(line=field.line + 1, **part_names)
            )
        else:
            lines[field.line] = mended
            repairs.append(field.part)
            problems.append(CARD_RULES["mrz.repaired"].problem(**part_names))
    if not layout.composite(lines):
        part_names = _part("mrz.part.whole")
        problems.append(CARD_RULES["mrz.check_digit"].problem(line=2, **part_names))
    return lines, repairs, problems


def _part(text: str) -> dict[str, str]:
    vi, en = both("rules", text)
    return {"part": vi, "part_en": en}


def _td1_composite(lines: list[str]) -> bool:
    first, second = lines[0], lines[1]
    return check_digit(first[5:30] + second[:7] + second[8:15] + second[18:29]) == second[29]


def _td2_composite(lines: list[str]) -> bool:
    second = lines[1]
    return check_digit(second[:10] + second[13:20] + second[21:35]) == second[35]


def _td3_composite(lines: list[str]) -> bool:
    second = lines[1]
    return check_digit(second[:10] + second[13:20] + second[21:43]) == second[43]


class ZoneLayout(NamedTuple):
    """Where the fields of a format stand; `nationality` within line 2."""

    fields: tuple[Protected, ...]
    composite: Callable[[list[str]], bool]
    nationality: tuple[int, int] = (10, 13)


LAYOUTS: Final = {
    "TD1": ZoneLayout(_TD1_FIELDS, _td1_composite, (15, 18)),
    "TD2": ZoneLayout(_TD2_FIELDS, _td2_composite),
    "TD3": ZoneLayout(_TD3_FIELDS, _td3_composite),
}
