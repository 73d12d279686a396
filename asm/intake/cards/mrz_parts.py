"""Dates and names of a machine-readable zone: two-digit years, two different rules of century."""

from contextlib import suppress
from datetime import date
from typing import Final

from asm.intake.cards.card_rules import CARD_RULES
from asm.stays.entry import DatePrecision, Problem

NO_EXPIRY: Final = "991231"
_UNKNOWN: Final = {"<<", "00"}
# Letters that optical reading puts for digits, where a name can hold no digit.
_LETTERS: Final = str.maketrans("01258", "OIZSB")


def read_birth_date(field: str, today: date) -> tuple[date | None, DatePrecision, list[Problem]]:
    """`YYMMDD`, never in the future: the latest such date up to `today`.

    Unknown month or day (fillers or zeros, ICAO 9303-3 section 4.7) leave the year alone.
    """
    year, month, day = field[:2], field[2:4], field[4:]
    if year.isdigit() and (month in _UNKNOWN or day in _UNKNOWN):
        born = date(_past_century(int(year), 1, 1, today), 1, 1)
        return born, "year", [CARD_RULES["mrz.birth_date.partial"].problem()]
    if field.isdigit():
        with suppress(ValueError):
            full_year = _past_century(int(year), int(month), int(day), today)
            return date(full_year, int(month), int(day)), "day", []
    return None, "day", [CARD_RULES["mrz.birth_date"].problem()]


def _past_century(year: int, month: int, day: int, today: date) -> int:
    century = today.year // 100 * 100
    future = (century + year, month, day) > (today.year, today.month, today.day)
    return century + year - (100 if future else 0)


def read_expiry(field: str, today: date) -> tuple[date | None, list[Problem]]:
    """`YYMMDD` in the century that brings it nearest to `today`; 991231 means none."""
    if field == NO_EXPIRY:
        return None, []
    expiry = None
    if field.isdigit():
        century = today.year // 100 * 100
        years = (century + int(field[:2]) + shift for shift in (-100, 0, 100))
        nearest = min(years, key=lambda year: abs(year - today.year))
        with suppress(ValueError):
            expiry = date(nearest, int(field[2:4]), int(field[4:]))
    if expiry is None:
        return None, [CARD_RULES["mrz.expiry"].problem()]
    return expiry, [CARD_RULES["mrz.expired"].problem()] if expiry < today else []


def name_from(field: str) -> tuple[str, list[Problem]]:
    """`SURNAME<<GIVEN<NAMES` as one name in capitals. Always to be confirmed by a person."""
    name = " ".join(field.translate(_LETTERS).replace("<", " ").split())
    if not any(char.isalpha() for char in name):
        return "", [CARD_RULES["mrz.name.missing"].problem()]
    problems = [CARD_RULES["mrz.name.confirm"].problem()]
    if not field.endswith("<"):
        problems.append(CARD_RULES["mrz.name.truncated"].problem())
    return name, problems
