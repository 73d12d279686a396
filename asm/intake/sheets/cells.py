"""Reading single cells as people fill them: text, choices, sexes, nationalities."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from asm.identity.names import clean_name, folded_key
from asm.identity.nationalities import find_nationality
from asm.intake.sheets.usual_names import NO_NUMBER, NO_PAPERS, SEX_NAMES
from asm.stays.entry import Sex
from asm.stays.rules.catalogues import PERSONAL_NUMBER_TYPES, CatalogueItem

CellValue = str | float | bool | datetime | date | time | timedelta

# `1 - Thẻ CCCD`, `M - Nam`, `(1) Thẻ CCCD`, `Nữ/ Female`: a code and a label, or a label twice.
_PARTS: Final = re.compile(r"\s*[-–—/|.:_)]\s*")
_CODE: Final = re.compile(r"[0-9]{1,3}")
_NATIONALITY_PARTS: Final = re.compile(r"\s+[-–—/]\s+|(?<=\b[A-Z]{3})\s*[-–—]\s*")
_ERRORS: Final = frozenset(
    {"#n/a", "#ref!", "#value!", "#name?", "#div/0!", "#null!", "#num!", "#spill!", "#calc!"}
)
# A number that Excel shows with an exponent, and a file from elsewhere keeps so.
#: With a fraction or a plus: a paper's number may be digits, an E and digits.
_EXPONENT: Final = re.compile(r"[0-9]+(?:[.,][0-9]+E\+?|E\+)[0-9]{1,3}", re.IGNORECASE)
_OLD_CARD: Final = 2
_SHOWN: Final = 120
# Programs that know no empty cell write 0 there.
_ZERO_IS_EMPTY: Final = frozenset("CEFGHIJKLMORS")
_EXACT_DIGITS: Final = 1e15  # sheets keep fifteen digits of a number
_ROUNDED: Final = re.compile(r"[0-9]{3,7}0{9,}")


class CellReadFault(Exception):  # noqa: N818 -- carries a rule id to the row that answers
    """The cell cannot be read; `rule_id` says why, `fix` is a value to offer, `readings` are the
    values among which a person has to choose.
    """

    def __init__(
        self, rule_id: str, fix: str | None = None, readings: tuple[str, ...] = ()
    ) -> None:
        super().__init__(rule_id)
        self.rule_id = rule_id
        self.fix = fix
        self.readings = readings


def is_number(value: CellValue) -> bool:
    """Whether the cell holds a number, which has no leading zeros."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_empty(letter: str, value: CellValue) -> bool:
    """Whether a cell of this official column says nothing."""
    text = str(value).strip()
    return not text or (letter in _ZERO_IS_EMPTY and text in {"0", "0.0"})


def says_no_number(text: str) -> bool:
    """Whether the cell of a paper's number says that there is none."""
    key = folded_key(text)
    return key in NO_NUMBER | NO_PAPERS or not any(sign.isalnum() for sign in key)


def text_of(value: CellValue) -> str:
    """The cell as text in NFC with single spaces; whole numbers without a decimal point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return f"{value:%d/%m/}{value.year:04}"
    if isinstance(value, date):
        return f"{value:%d/%m/}{value.year:04}"
    text = clean_name(str(value))
    if text.casefold() in _ERRORS:
        raise CellReadFault("cell.error")
    # A typed apostrophe is Excel's own mark for text; files from other programs keep it.
    return text.removeprefix("'").strip()


def shown_text(value: CellValue) -> str:
    """What the cell shows to whoever filled it, at most 120 characters; empty for an empty cell."""
    if isinstance(value, datetime) and (value.hour, value.minute) != (0, 0):
        return f"{value:%d/%m/}{value.year:04} {value:%H:%M}"
    try:
        return text_of(value)[:_SHOWN]
    except CellReadFault:
        return str(value).strip()


def has_lost_digits(value: CellValue) -> bool:
    """Whether a number was shortened by a sheet: 1.28E+12, or more digits than sheets keep."""
    if is_number(value) and isinstance(value, int | float):
        return value >= _EXACT_DIGITS or _ROUNDED.fullmatch(text_of(value)) is not None
    return _EXPONENT.fullmatch(text_of(value).replace(" ", "")) is not None


def with_lost_zeros(number: str, document_type: int | None) -> str | None:
    """The number that a cell can have held before it was a number, which it may have stopped to be:
    codes of provinces begin with one or two zeros (001 to 096), old cards with one. None when
    nothing can have been lost.
    """
    sound = number.isascii() and number.isdigit() and not number.startswith("0")
    if document_type not in PERSONAL_NUMBER_TYPES or not sound:
        return None
    if len(number) in {10, 11}:
        return number.zfill(12)
    return number.zfill(9) if document_type == _OLD_CARD and len(number) == 8 else None


def read_choice(
    value: CellValue,
    items: Mapping[int, CatalogueItem],
    names: Mapping[str, int] | None = None,
    *,
    open_ended: bool = False,
) -> int:
    """A code from `code - label`, the code alone or the label alone, compared by folded keys.

    `names` are other usual names for a label that stands alone. `open_ended` lets codes through
    that the catalogue lacks. Raises CellReadFault.
    """
    text = text_of(value).removeprefix("(")
    named = _code_of_label(text, items) or (names or {}).get(folded_key(text))
    if named is not None:
        return named
    first, _, label = _split(text)
    if not _CODE.fullmatch(first):
        raise CellReadFault("cell.choice")
    code = int(first)
    if _code_of_label(label, items) not in {None, code}:
        raise CellReadFault("cell.choice.contradiction")
    if code not in items and not open_ended:
        raise CellReadFault("cell.choice")
    return code


def _split(text: str) -> tuple[str, str, str]:
    """What stands before the first sign between a code and a label, the sign, and what follows."""
    match = _PARTS.search(text)
    if match is None or match.start() == 0:
        return text, "", ""
    return text[: match.start()], match[0], text[match.end() :]


def _code_of_label(label: str, items: Mapping[int, CatalogueItem]) -> int | None:
    key = folded_key(label)
    return next(
        (c for c, item in items.items() if key in map(folded_key, (item.label, item.label_en))),
        None,
    )


def read_sex(value: CellValue) -> Sex:
    """Nam, Nữ or Khác, in Vietnamese or English or both, with or without the form's code. Digits
    alone mean one sex in one form and the other in the next. Raises CellReadFault.
    """
    text = text_of(value).removeprefix("(")
    whole = SEX_NAMES.get(folded_key(text))
    if whole is not None:
        return whole
    first, _, second = _split(text)
    sexes = {SEX_NAMES[key] for part in (first, second) if (key := folded_key(part)) in SEX_NAMES}
    code_fits = folded_key(first) in SEX_NAMES or len(first) == 1 or _CODE.fullmatch(first)
    if len(sexes) > 1:
        raise CellReadFault("cell.choice.contradiction")
    if not sexes or not code_fits:
        raise CellReadFault("cell.sex.digit" if _CODE.fullmatch(text) else "cell.choice")
    return sexes.pop()


def read_nationality(value: CellValue) -> str:
    """Alpha-3 from a code, a name, or `code - name`. Raises CellReadFault."""
    text = text_of(value)
    whole = find_nationality(text)
    if whole is not None:
        return whole
    parts = _NATIONALITY_PARTS.split(text, maxsplit=1)
    codes = {code for code in map(find_nationality, parts) if code}
    if len(codes) > 1:
        raise CellReadFault("cell.choice.contradiction")
    if not codes:
        raise CellReadFault("cell.choice")
    return codes.pop()
