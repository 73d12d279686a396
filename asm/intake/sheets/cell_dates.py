"""Dates in cells, in every dress: real dates, serial numbers, and text in either order."""

import re
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, NamedTuple

from asm.intake.sheets.cells import CellReadFault, CellValue, is_number, text_of
from asm.intake.two_digit_years import Expected, full_date
from asm.stays.rules.deadlines import VIETNAM

_SERIAL_DAY_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 -- sheets have no zone
_MONTHS: Final = 12
_SERIAL_END: Final = 2_958_466  # the day after 9999-12-31
_DATE_TEXT: Final = re.compile(
    r"([0-9]{1,4})[/.\-]([0-9]{1,2})[/.\-]([0-9]{1,4})"
    r"(?:[ T,]+([0-9]{1,2})[:h]([0-9]{2})?(?::([0-9]{2})(?:\.0+)?)?(?: ?(am|pm|sa|ch))?)?",
    re.IGNORECASE,
)
_ISO_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.]{5,15} ?(?:[Zz]|[+-][0-9:]{2,5})"
)
# The time before the day, as some programs print it: 09:00 30/11/2026.
_TIME_FIRST: Final = re.compile(
    r"^([0-9]{1,2}[:h][0-9]{0,2}(?::[0-9]{2})?(?: ?(?:am|pm|sa|ch))?)[ ,]+([0-9]{1,4}[/.\-].*)$",
    re.IGNORECASE,
)
# What people write for a day or a month that they do not know, before a year that they do, or, as
# ISO 8601 orders them, behind it.
_UNKNOWN: Final = r"(?:0{1,2}|-{1,2}|_{1,2}|\?{1,2}|x{1,2}|\.{1,2})"
_YEAR_ALONE: Final = re.compile(
    rf"(?:{_UNKNOWN}?[/.\- ](?:{_UNKNOWN}|[0-9]{{1,2}})?[/.\- ])?([0-9]{{4}})"
    rf"|([0-9]{{4}})[/.\-](?:{_UNKNOWN}|[0-9]{{1,2}})[/.\-]{_UNKNOWN}",
    re.IGNORECASE,
)


_FOUR_DIGITS: Final = re.compile(r"[0-9]{4}")


class ColumnOrder(NamedTuple):
    """How a column writes its dates. None: both ways, and a date that reads two ways is a question.
    `strict`: the column is sure enough that a date which cannot be read so is a slip.

    `real`: how real dates up to the twelfth are taken. Beside text with the month first, a program
    that reads day first has made real dates of what it could, with day and month exchanged, and so
    the other way round: they are a question (`asked`), which a person answers: as the cell says
    (`kept`) or `exchanged`. Otherwise they are `as_told`.
    """

    order: Literal["day_first", "month_first"] | None = "day_first"
    strict: bool = False
    real: Literal["as_told", "asked", "kept", "exchanged"] = "as_told"


DAY_FIRST: Final = ColumnOrder()


class Moment(NamedTuple):
    """A date, the time of day if the cell gave one, whether it was read month first, whether text
    said 00:00, which is a day alone, and what a person answered of a real date.
    """

    day: date
    at: time | None = None
    us_order: bool = False
    midnight: bool = False
    answered: Literal["kept", "exchanged"] | None = None


class DateCell(NamedTuple):
    """The days that a cell can mean: one for each order, the same twice where order says nothing.
    At least one is there. `exchanged`: another day, which a real date stands for if a program took
    its day for the month. `real`: the cell holds a date, not text. `midnight`: text said 00:00,
    which programs write behind a day that has no hour; it is no hour, as in real dates.
    """

    day_first: date | None
    month_first: date | None
    at: time | None = None
    exchanged: date | None = None
    real: bool = False
    midnight: bool = False

    @property
    def one_way(self) -> Literal["day_first", "month_first"] | None:
        """The order in which alone the cell is a date; None when both are possible."""
        if self.day_first is None:
            return "month_first"
        return "day_first" if self.month_first is None else None

    @property
    def two_ways(self) -> bool:
        """Whether the two orders give different days."""
        return self.one_way is None and self.day_first != self.month_first


def parse_date(value: CellValue, *, today: date | None = None, expected: Expected) -> DateCell:
    """Every day that the cell can mean. Two-digit years need `today`. Raises CellReadFault."""
    cell = _parse(value, today, expected)
    return cell if cell.at != time() else cell._replace(at=None, midnight=True)


def _parse(value: CellValue, today: date | None, expected: Expected) -> DateCell:
    if isinstance(value, datetime):
        return _fixed(value.date(), value.time().replace(tzinfo=None) if _has_time(value) else None)
    if isinstance(value, date):
        return _fixed(value)
    if is_number(value) and isinstance(value, int | float):
        return _from_serial(value)
    if not isinstance(value, str):
        raise CellReadFault("cell.date")
    return _from_text(text_of(value), today, expected)


def read_moment(
    value: CellValue,
    column: ColumnOrder = DAY_FIRST,
    *,
    today: date | None = None,
    expected: Expected = "stay",
) -> Moment:
    """The day that the cell means in a column of this order. Raises CellReadFault: with the day in
    ISO 8601 as `fix` where the column is written the other way, with both as `readings` where the
    column does not say.
    """
    cell = parse_date(value, today=today, expected=expected)
    if cell.exchanged is not None and column.real != "as_told":
        return _real_in_question(cell, cell.exchanged, column)
    moment = _in_order(cell, column)
    return moment._replace(midnight=cell.midnight)


def _in_order(cell: DateCell, column: ColumnOrder) -> Moment:
    day_first, month_first, at = cell[:3]
    if day_first is None or month_first is None:
        return _one_way(cell, column)
    if not cell.two_ways:
        return Moment(day_first, at)
    if column.order is None:
        raise CellReadFault(
            "cell.date.ambiguous", readings=(iso_day(day_first, at), iso_day(month_first, at))
        )
    us_order = column.order == "month_first"
    return Moment(month_first if us_order else day_first, at, us_order)


def read_year_alone(value: CellValue, *, today: date) -> date | None:
    """1 January of a year that stands alone or beside an unknown day (00/00/1990, 1990-00-00); else
    None. The one reading of a year alone for all doors.
    """
    match = _YEAR_ALONE.fullmatch(str(value).strip().removesuffix(".0"))
    year = int(match[1] or match[2]) if match else 0
    return date(year, 1, 1) if 1900 <= year <= today.year else None


def looks_like_year(value: CellValue) -> bool:
    """Four digits alone: as a serial number they would be a day of 1909 or before."""
    return _FOUR_DIGITS.fullmatch(str(value).strip().removesuffix(".0")) is not None


def _real_in_question(cell: DateCell, exchanged: date, column: ColumnOrder) -> Moment:
    shown = cell.day_first or exchanged
    if column.real == "exchanged":
        return Moment(exchanged, cell.at, answered="exchanged")
    if column.real == "kept":
        return Moment(shown, cell.at, answered="kept")
    raise CellReadFault(
        "cell.date.ambiguous", readings=(iso_day(shown, cell.at), iso_day(exchanged, cell.at))
    )


def _one_way(cell: DateCell, column: ColumnOrder) -> Moment:
    day = cell.day_first or cell.month_first
    if day is None:
        raise CellReadFault("cell.date")
    if column.strict and column.order != cell.one_way:
        raise CellReadFault("cell.date.slip", fix=iso_day(day, cell.at))
    return Moment(day, cell.at, us_order=cell.one_way == "month_first")


def iso_day(day: date, at: time | None) -> str:
    """The day, and the hour if there is one, as no reader takes for another."""
    return f"{day}" if at is None else f"{day} {at:%H:%M}"


def _fixed(day: date, at: time | None = None) -> DateCell:
    exchanged = day.replace(month=day.day, day=day.month) if day.day <= _MONTHS else None
    return DateCell(day, day, at, exchanged if exchanged != day else None, real=True)


def _has_time(value: datetime) -> bool:
    return (value.hour, value.minute, value.second) != (0, 0, 0)


def _from_serial(serial: float) -> DateCell:
    if not 61 <= serial < _SERIAL_END:  # before 61, Excel counts a 29 February 1900 that never was
        raise CellReadFault("cell.date")
    moment = _SERIAL_DAY_ZERO + timedelta(seconds=round(serial * 86_400))
    return _fixed(moment.date(), moment.time() if _has_time(moment) else None)


def _from_text(text: str, today: date | None, expected: Expected) -> DateCell:
    if _ISO_MOMENT.fullmatch(text):
        return _from_iso(text)
    text = _TIME_FIRST.sub(r"\2 \1", text)
    match = _DATE_TEXT.fullmatch(re.sub(r"\s*([/.\-])\s*", r"\1", text))
    if match is None:
        raise CellReadFault("cell.date")
    at = _time_of(*match.group(4, 5, 6, 7))
    first, second, third = match.group(1, 2, 3)
    if len(first) == 4:
        day = _date(first, second, third)
        cell = DateCell(day, day, at)
    elif len(third) == 4:
        cell = DateCell(_date(third, second, first), _date(third, first, second), at)
    else:
        cell = _short_year(first, second, third, at, today, expected)
    if cell.day_first is None and cell.month_first is None:
        raise CellReadFault("cell.date")
    return cell


def _from_iso(text: str) -> DateCell:
    """A moment with its zone, as programs write it, on Vietnam's clock."""
    try:
        moment = datetime.fromisoformat(text).astimezone(VIETNAM)
    except (ValueError, OverflowError):
        raise CellReadFault("cell.date") from None
    return DateCell(moment.date(), moment.date(), moment.time().replace(microsecond=0))


def _short_year(
    first: str, second: str, third: str, at: time | None, today: date | None, expected: Expected
) -> DateCell:
    if len(third) != 2 or today is None:
        raise CellReadFault("cell.date")
    a, b, year = int(first), int(second), int(third)
    cell = DateCell(
        full_date(year, b, a, today=today, expected=expected),
        full_date(year, a, b, today=today, expected=expected),
        at,
    )
    # One order may be out of the field's time only: the year is what a person has to write.
    written = (_date("2000", second, first), _date("2000", first, second))
    if any(day and read is None for day, read in zip(written, cell[:2], strict=True)):
        raise CellReadFault("cell.date.year")
    return cell


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


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
