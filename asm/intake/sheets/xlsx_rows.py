"""One row of the official workbook as a stay, or as the list of what is wrong in it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Final, TypeVar

import msgspec

from asm.identity.nationalities import VIETNAM_CODE
from asm.intake.sheets.cells import (
    CellReadFault,
    CellValue,
    Moment,
    is_number,
    read_choice,
    read_moment,
    read_nationality,
    read_sex,
    text_of,
)
from asm.intake.sheets.sheet_rules import FILE_RULES
from asm.intake.sheets.workbook import COLUMNS, RowFault, WorkbookRow, problem_in_cell
from asm.stays.entry import DatePrecision, Guest, StayEntry
from asm.stays.rules.catalogues import (
    DOCUMENT_TYPES,
    PERSONAL_NUMBER_TYPES,
    REASONS,
    RESIDENCE_KINDS,
)
from asm.stays.rules.deadlines import VIETNAM

T = TypeVar("T")

_BY_LETTER: Final = {column.letter: column for column in COLUMNS}
_DAY_BEGINS: Final = time(8)
_LAST_BEFORE_EVENING: Final = time(22, 59)
_DAY_ENDS: Final = time(23, 59)
_OLD_CARD: Final = 2


class SheetContext(msgspec.Struct, frozen=True, kw_only=True):
    """`today` and `now` (which may be unknown) in Vietnam; `us_columns`: letters of columns in
    which some date can only be month-first.
    """

    today: date
    now: datetime | None = None
    us_columns: frozenset[str] = frozenset()


def read_row(row: int, cells: Mapping[str, CellValue], context: SheetContext) -> WorkbookRow:
    """Read the cells, by column letter, of sheet row `row`."""
    return _Row(row, cells, context).read()


def assumed_arrival(day: date, context: SheetContext) -> time:
    """The time to take for an arrival that was given as a date alone.

    The latest moment of that day that has passed, and at most 22:59: it keeps the day's own clock
    (due 23:00), says of nobody that they came after the evening limit, and is never in the future.
    Without `now`, a day that is not over counts from 08:00, when the night before has ended.
    """
    now = context.now.astimezone(VIETNAM) if context.now is not None else None
    if now is not None and day == now.date():
        return min(now.time().replace(second=0, microsecond=0), _LAST_BEFORE_EVENING)
    return _LAST_BEFORE_EVENING if day < context.today else _DAY_BEGINS


class _Row:
    """The cells of one row, and the faults found so far."""

    def __init__(self, row: int, cells: Mapping[str, CellValue], context: SheetContext) -> None:
        self.row = row
        self.cells = cells
        self.context = context
        self.faults: list[RowFault] = []

    def read(self) -> WorkbookRow:
        guest = self._guest()
        arrived_at = self._arrival()
        departure = self._departure()
        room, reason_text = self._text("P"), self._text("R")
        reason = self._cell("Q", lambda v: read_choice(v, REASONS, open_ended=True))
        refused = any(problem.severity == "refuse" for problem in self.faults)
        entry = None
        if not refused and arrived_at is not None:
            entry = StayEntry(
                guest=guest,
                arrived_at=arrived_at,
                planned_departure_at=departure,
                room=room,
                reason=reason,
                reason_text=reason_text,
            )
        return WorkbookRow(row=self.row, entry=entry, faults=self.faults)

    def _guest(self) -> Guest:
        born, precision = self._birth()
        document_type = self._cell("F", lambda value: read_choice(value, DOCUMENT_TYPES))
        return Guest(
            full_name=self._text("B", mandatory=True) or "",
            birth_date=born,
            birth_date_precision=precision,
            sex=self._cell("D", read_sex),
            nationality=self._nationality(),
            document_type=document_type,
            document_name=self._text("G"),
            document_number=self._number(document_type),
            phone=self._phone(),
            residence_kind=self._cell("J", lambda value: read_choice(value, RESIDENCE_KINDS)),
            residence_province=self._text("K"),
            residence_ward=self._text("L"),
            residence_address=self._text("M"),
            note=self._text("S"),
        )

    def _add_problem(
        self, letter: str, rule_id: str, fix: str | None = None, **values: object
    ) -> None:
        column = _BY_LETTER[letter]
        problem = FILE_RULES[rule_id].problem(
            field=column.field, column=column.label, column_en=column.label_en, **values
        )
        self.faults.append(problem_in_cell(problem, row=self.row, column=letter, fix=fix))

    def _cell(
        self, letter: str, read: Callable[[CellValue], T], *, mandatory: bool = False
    ) -> T | None:
        """What `read` makes of the cell; None when it is empty or faulty."""
        value = self.cells.get(letter, "")
        if isinstance(value, str) and not value.strip():
            if mandatory:
                self._add_problem(letter, "cell.missing")
            return None
        try:
            return read(value)
        except CellReadFault as read_fault:
            self._add_problem(letter, read_fault.rule_id, read_fault.fix)
            return None

    def _text(self, letter: str, *, mandatory: bool = False) -> str | None:
        return self._cell(letter, text_of, mandatory=mandatory) or None

    def _moment(self, letter: str, *, mandatory: bool = False) -> Moment | None:
        us_column = letter in self.context.us_columns
        moment = self._cell(
            letter, lambda value: read_moment(value, us_column=us_column), mandatory=mandatory
        )
        if moment is not None and moment.us_order:
            self._add_problem(letter, "cell.date.us_order")
        return moment

    def _birth(self) -> tuple[date | None, DatePrecision]:
        """A year alone, as text or number, is a birth date of which only the year is known."""
        year = str(self.cells.get("C", "")).strip().removesuffix(".0")
        if len(year) == 4 and year.isascii() and year.isdigit():
            if 1900 <= int(year) <= self.context.today.year:
                return date(int(year), 1, 1), "year"
            self._add_problem("C", "cell.date")
            return None, "day"
        moment = self._moment("C")
        return (moment.day if moment else None), "day"

    def _arrival(self) -> datetime | None:
        moment = self._moment("N", mandatory=True)
        if moment is None:
            return None
        at = moment.at
        if at is None:
            at = assumed_arrival(moment.day, self.context)
            self._add_problem("N", "cell.time.assumed", time=f"{at:%H:%M}")
        return datetime.combine(moment.day, at, VIETNAM)

    def _departure(self) -> datetime | None:
        """A date alone is its last minute: the guest may leave at any time that day."""
        moment = self._moment("O")
        if moment is None:
            return None
        return datetime.combine(moment.day, moment.at or _DAY_ENDS, VIETNAM)

    def _nationality(self) -> str:
        nationality = self._cell("E", read_nationality)
        if nationality is None and not str(self.cells.get("E", "")).strip():
            self._add_problem("E", "cell.nationality.assumed")
        return nationality or VIETNAM_CODE

    def _number(self, document_type: int | None) -> str | None:
        number = self._text("H")
        if number and is_number(self.cells["H"]):
            full = _with_lost_zeros(number, document_type)
            if full is not None:
                self._add_problem("H", "cell.number.lost_zeros", fix=full)
        return number

    def _phone(self) -> str | None:
        phone = self._text("I")
        if phone and is_number(self.cells["I"]) and len(phone) == 9:
            self._add_problem("I", "cell.phone.lost_zero", fix="0" + phone)
        return phone


def _with_lost_zeros(number: str, document_type: int | None) -> str | None:
    """The number that a number cell can have held: codes of provinces begin with one or two zeros
    (001 to 096), old cards with one. None when nothing can have been lost.
    """
    if document_type not in PERSONAL_NUMBER_TYPES or not number.isdigit():
        return None
    if len(number) in {10, 11}:
        return number.zfill(12)
    return number.zfill(9) if document_type == _OLD_CARD and len(number) == 8 else None
