"""The machine-readable zone of a Vietnamese card's back (TD1) and of a passport (TD3).

ICAO Doc 9303 parts 3 to 5. Check digits protect everything but the name, so a person must always
confirm the name; and a passport's expiry is never the limit of a permitted stay.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Final, Literal, NamedTuple

import msgspec

from asm.identity.nationalities import VIETNAM_CODE, find_nationality
from asm.intake.cards.card_rules import CARD_RULES
from asm.intake.cards.check_digits import check_digit, repaired
from asm.intake.cards.mrz_parts import name_from, read_birth_date, read_expiry
from asm.locales.texts import both
from asm.stays.entry import Guest, Problem, Sex
from asm.stays.rules.catalogues import PASSPORT

MrzFormat = Literal["TD1", "TD3"]

_CARD: Final = 1  # the back of a CCCD and of a thẻ Căn cước look alike; the number rule is one
_LINE: Final = re.compile(r"[A-Z0-9<]+")
_TWELVE: Final = re.compile(r"[0-9]{12}")
_SEX: Final[dict[str, Sex]] = {"M": "male", "F": "female", "X": "other"}


class MrzReading(msgspec.Struct, frozen=True, kw_only=True):
    """`guest` is None when a problem refuses. `repairs` names the parts in which one character was
    exchanged, such as `number`. `expires_on` None: no expiry (991231), or not readable.
    `personal_number`: twelve digits printed besides the number of a Vietnamese passport.
    `name_to_confirm`: whenever a name was read, since no check digit covers it; a declaration that
    uses it says that a person confirmed it.
    """

    format: MrzFormat | None = None
    guest: Guest | None = None
    expires_on: date | None = None
    personal_number: str | None = None
    name_to_confirm: bool = False
    repairs: list[str] = []
    problems: list[Problem] = []


class _Protected(NamedTuple):
    """A field with its own check digit, which stands right after it. Positions from 0."""

    part: str
    text: str
    line: int
    start: int
    end: int
    digits_only: bool = True


_TD1_FIELDS: Final = (
    _Protected("short number", "mrz.part.short_number", 0, 5, 14),
    _Protected("number", "mrz.part.personal_number", 0, 15, 29),
    _Protected("birth date", "mrz.part.birth_date", 1, 0, 6),
    _Protected("expiry", "mrz.part.expiry", 1, 8, 14),
)
_TD3_FIELDS: Final = (
    _Protected("number", "mrz.part.passport_number", 1, 0, 9, digits_only=False),
    _Protected("birth date", "mrz.part.birth_date", 1, 13, 19),
    _Protected("expiry", "mrz.part.expiry", 1, 21, 27),
    _Protected("optional data", "mrz.part.optional_data", 1, 28, 42, digits_only=False),
)


def read_mrz(text: str, *, today: date) -> MrzReading:
    """Read the lines as typed or scanned, in any case, with or without line breaks.

    `today` (Vietnamese date) decides centuries. Never raises for what the text may hold.
    """
    lines = _lines_of(text)
    if lines is None:
        return MrzReading(problems=[CARD_RULES["mrz.shape"].problem()])
    if len(lines) == 3:
        return _read_td1(lines, today)
    return _read_td3(lines, today)


def _squeezed(text: str) -> str:
    arrows = text.replace("«", "<<").replace("‹", "<").replace("\ufeff", "")
    return "".join(arrows.split()).upper()


def _lines_of(text: str) -> list[str] | None:
    """Three lines of 30 or two of 44, or None. Only a name line may have lost its fillers."""
    if len(text) > 200:
        return None
    lines = [line for line in map(_squeezed, text.splitlines()) if line]
    if len(lines) == 1:
        width = {90: 30, 88: 44}.get(len(lines[0]), 0)
        lines = (
            [lines[0][i : i + width] for i in range(0, 90, width)][: 90 // width] if width else []
        )
    if not all(_LINE.fullmatch(line) for line in lines):
        return None
    if len(lines) == 3 and lines[0][2:5] == "VNM" and [len(x) for x in lines[:2]] == [30, 30]:
        return [*lines[:2], lines[2].ljust(30, "<")] if len(lines[2]) <= 30 else None
    if len(lines) == 2 and lines[0].startswith("P") and len(lines[1]) == 44:
        return [lines[0].ljust(44, "<"), lines[1]] if len(lines[0]) <= 44 else None
    return None


def _fits(field: _Protected, line: str) -> bool:
    value, digit = line[field.start : field.end], line[field.end]
    if field.part == "optional data" and not value.strip("<"):
        return digit in "<0"
    return check_digit(value) == digit


def _check(
    lines: list[str], fields: tuple[_Protected, ...], composite: Callable[[list[str]], bool]
) -> tuple[list[str], list[str], list[Problem]]:
    """The lines with their repairs made, the parts repaired, and what does not fit."""
    lines, repairs, problems = list(lines), [], []
    for field in fields:
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
    if not composite(lines):
        part_names = _part("mrz.part.whole")
        problems.append(CARD_RULES["mrz.check_digit"].problem(line=2, **part_names))
    return lines, repairs, problems


def _part(text: str) -> dict[str, str]:
    vi, en = both("rules", text)
    return {"part": vi, "part_en": en}


def _td1_composite(lines: list[str]) -> bool:
    first, second = lines[0], lines[1]
    return check_digit(first[5:30] + second[:7] + second[8:15] + second[18:29]) == second[29]


def _td3_composite(lines: list[str]) -> bool:
    second = lines[1]
    return check_digit(second[:10] + second[13:20] + second[21:43]) == second[43]


def _read_td1(raw: list[str], today: date) -> MrzReading:
    lines, repairs, problems = _check(raw, _TD1_FIELDS, _td1_composite)
    number = lines[0][15:27]
    if not _TWELVE.fullmatch(number) or number[3:] != lines[0][5:14]:
        problems.append(CARD_RULES["mrz.number"].problem())
    born, precision, birth_problems = read_birth_date(lines[1][:6], today)
    expires_on, expiry_problems = read_expiry(lines[1][8:14], today)
    name, name_problems = name_from(lines[2])
    sex, sex_problems = _sex_of(lines[1][7])
    problems += birth_problems + expiry_problems + name_problems + sex_problems
    guest = Guest(
        full_name=name,
        birth_date=born,
        birth_date_precision=precision,
        sex=sex,
        nationality=VIETNAM_CODE,
        document_type=_CARD,
        document_number=number,
        name_source="mrz",
    )
    return _reading("TD1", guest, problems, repairs=repairs, expires_on=expires_on)


def _read_td3(raw: list[str], today: date) -> MrzReading:
    lines, repairs, problems = _check(raw, _TD3_FIELDS, _td3_composite)
    second = lines[1]
    number, nationality = second[:9].rstrip("<"), find_nationality(second[10:13])
    if not number or "<" in number:
        problems.append(CARD_RULES["mrz.number"].problem())
    if nationality is None:
        problems.append(CARD_RULES["mrz.nationality"].problem())
    born, precision, birth_problems = read_birth_date(second[13:19], today)
    expires_on, expiry_problems = read_expiry(second[21:27], today)
    name, name_problems = name_from(lines[0][5:])
    sex, sex_problems = _sex_of(second[20])
    problems += birth_problems + expiry_problems + name_problems + sex_problems
    guest = Guest(
        full_name=name,
        birth_date=born,
        birth_date_precision=precision,
        sex=sex,
        nationality=nationality or second[10:13].rstrip("<"),
        document_type=PASSPORT,
        document_number=number,
        name_source="mrz",
    )
    personal = _TWELVE.match(second[28:40]) if nationality == VIETNAM_CODE else None
    return _reading(
        "TD3",
        guest,
        problems,
        repairs=repairs,
        expires_on=expires_on,
        personal_number=personal.group() if personal else None,
    )


def _sex_of(letter: str) -> tuple[Sex | None, list[Problem]]:
    if letter in _SEX:
        return _SEX[letter], []
    return None, [CARD_RULES["mrz.sex"].problem()]


def _reading(
    kind: MrzFormat,
    guest: Guest,
    problems: list[Problem],
    *,
    repairs: list[str],
    expires_on: date | None,
    personal_number: str | None = None,
) -> MrzReading:
    refused = any(item.severity == "refuse" for item in problems)
    return MrzReading(
        format=kind,
        guest=None if refused else guest,
        expires_on=expires_on,
        personal_number=None if refused else personal_number,
        name_to_confirm=not refused,
        repairs=repairs,
        problems=problems,
    )
