"""Reading single cells as people fill them: text, choices, dates in every dress."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from asm.identity.names import clean_name, folded_key
from asm.identity.nationalities import find_nationality
from asm.stays.entry import Sex
from asm.stays.rules.catalogues import CatalogueItem

CellValue = str | float | bool | datetime | date | time | timedelta

_SERIAL_DAY_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 -- sheets have no zone
_SERIAL_END: Final = 2_958_466  # the day after 9999-12-31
_DATE_TEXT: Final = re.compile(
    r"([0-9]{1,4})[/.\-]([0-9]{1,2})[/.\-]([0-9]{1,4})"
    r"(?:[ T,]+([0-9]{1,2})[:h]([0-9]{2})?(?::([0-9]{2})(?:\.0+)?)?(?: ?(am|pm|sa|ch))?)?",
    re.IGNORECASE,
)
_CODE_AND_LABEL: Final = re.compile(r"([0-9]{1,3})\s*[-–—.:)]\s*(.+)", re.DOTALL)
_CODE: Final = re.compile(r"[0-9]{1,3}")
_NATIONALITY_PARTS: Final = re.compile(r"\s+[-–—]\s+")
_ERRORS: Final = frozenset(
    {"#n/a", "#ref!", "#value!", "#name?", "#div/0!", "#null!", "#num!", "#spill!", "#calc!"}
)
_SEXES: Final[dict[str, Sex]] = {
    "nam": "male", "m": "male", "male": "male", "nu": "female", "f": "female", "female": "female",
    "khac": "other", "other": "other", "x": "other",
}  # fmt: skip


class CellReadFault(Exception):  # noqa: N818 -- carries a rule id to the row that answers
    """The cell cannot be read; `rule_id` says why, `fix` is a value to offer."""

    def __init__(self, rule_id: str, fix: str | None = None) -> None:
        super().__init__(rule_id)
        self.rule_id = rule_id
        self.fix = fix


class Moment(NamedTuple):
    """A date, the time of day if the cell gave one, and whether only month-first was possible."""

    day: date
    at: time | None = None
    us_order: bool = False


def is_number(value: CellValue) -> bool:
    """Whether the cell holds a number, which has no leading zeros."""
    return isinstance(value, int | float) and not isinstance(value, bool)


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


def read_moment(value: CellValue, *, us_column: bool = False) -> Moment:
    """A date, with a time if there is one, from text, a real date or a serial number.

    Text is dd/MM/yyyy (also with `-` or `.`) or yyyy-MM-dd, then optionally HH:mm. Month-first is
    taken only where nothing else is possible; in a column where that happened (`us_column`), a
    date that reads both ways is refused. Raises CellReadFault.
    """
    if isinstance(value, datetime):
        return Moment(value.date(), value.time().replace(tzinfo=None) if _has_time(value) else None)
    if isinstance(value, date):
        return Moment(value)
    if is_number(value) and isinstance(value, int | float):
        return _from_serial(value)
    if not isinstance(value, str):
        raise CellReadFault("cell.date")
    return _from_text(text_of(value), us_column=us_column)


def _has_time(value: datetime) -> bool:
    return (value.hour, value.minute, value.second) != (0, 0, 0)


def _from_serial(serial: float) -> Moment:
    if not 61 <= serial < _SERIAL_END:  # before 61, Excel counts a 29 February 1900 that never was
        raise CellReadFault("cell.date")
    moment = _SERIAL_DAY_ZERO + timedelta(seconds=round(serial * 86_400))
    return Moment(moment.date(), moment.time() if _has_time(moment) else None)


def _from_text(text: str, *, us_column: bool) -> Moment:
    match = _DATE_TEXT.fullmatch(re.sub(r"\s*([/.\-])\s*", r"\1", text))
    if match is None:
        raise CellReadFault("cell.date")
    at = _time_of(*match.group(4, 5, 6, 7))
    first, second, third = match.group(1, 2, 3)
    if len(first) == 4:
        return Moment(_require_date(first, second, third), at)
    if len(third) != 4:
        raise CellReadFault("cell.date")
    day_first, month_first = _date(third, second, first), _date(third, first, second)
    if day_first is None:
        if month_first is None:
            raise CellReadFault("cell.date")
        return Moment(month_first, at, us_order=True)
    if us_column and month_first is not None and month_first != day_first:
        raise CellReadFault("cell.date.ambiguous")
    return Moment(day_first, at)


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _require_date(year: str, month: str, day: str) -> date:
    valid_date = _date(year, month, day)
    if valid_date is None:
        raise CellReadFault("cell.date")
    return valid_date


def _time_of(
    hour: str | None, minute: str | None, second: str | None, half: str | None
) -> time | None:
    if hour is None:
        return None
    hours = int(hour)
    if half is not None:
        if not 1 <= hours <= 12:
            raise CellReadFault("cell.date")
        hours = hours % 12 + (12 if half.lower() in {"pm", "ch"} else 0)
    try:
        return time(hours, int(minute or 0), int(second or 0))
    except ValueError:
        raise CellReadFault("cell.date") from None


def read_choice(
    value: CellValue, items: Mapping[int, CatalogueItem], *, open_ended: bool = False
) -> int:
    """A code from `code - label`, the code alone or the label alone, compared by folded keys.

    `open_ended` lets codes through that the catalogue lacks. Raises CellReadFault.
    """
    text = text_of(value)
    match = _CODE_AND_LABEL.fullmatch(text)
    by_label = _code_of_label(match[2] if match else text, items)
    if match is None and not _CODE.fullmatch(text):
        if by_label is None:
            raise CellReadFault("cell.choice")
        return by_label
    code = int(match[1] if match else text)
    if by_label not in {None, code}:
        raise CellReadFault("cell.choice.contradiction")
    if code not in items and not open_ended:
        raise CellReadFault("cell.choice")
    return code


def _code_of_label(label: str, items: Mapping[int, CatalogueItem]) -> int | None:
    key = folded_key(label)
    return next(
        (c for c, item in items.items() if key in map(folded_key, (item.label, item.label_en))),
        None,
    )


def read_sex(value: CellValue) -> Sex:
    """Nam, Nữ or Khác in Vietnamese or English, with or without a code. Raises CellReadFault."""
    text = text_of(value)
    match = _CODE_AND_LABEL.fullmatch(text)
    sex = _SEXES.get(folded_key(match[2] if match else text))
    if sex is None:
        raise CellReadFault("cell.choice")
    return sex


def read_nationality(value: CellValue) -> str:
    """Alpha-3 from a code, a name, or `code - name`. Raises CellReadFault."""
    parts = _NATIONALITY_PARTS.split(text_of(value), maxsplit=1)
    codes = {code for code in map(find_nationality, parts) if code}
    if len(codes) > 1:
        raise CellReadFault("cell.choice.contradiction")
    if not codes:
        raise CellReadFault("cell.choice")
    return codes.pop()
