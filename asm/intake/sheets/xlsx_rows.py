"""One row of the official workbook as a stay, or as the list of what is wrong in it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final, TypeVar

from msgspec import structs

from asm.identity.name_letters import name_flaw
from asm.identity.names import folded_key
from asm.identity.nationalities import VIETNAM_CODE
from asm.identity.old_tables import restored_name
from asm.intake.sheets.cell_dates import (
    ColumnOrder,
    Moment,
    iso_day,
    looks_like_year,
    read_moment,
    read_year_alone,
)
from asm.intake.sheets.cells import (
    CellReadFault,
    CellValue,
    has_lost_digits,
    is_empty,
    is_number,
    read_choice,
    read_nationality,
    read_sex,
    says_no_number,
    shown_text,
    text_of,
    with_lost_zeros,
)
from asm.intake.sheets.sheet_context import SheetContext, assumed_arrival, assumed_departure
from asm.intake.sheets.sheet_rules import FILE_RULES
from asm.intake.sheets.usual_names import (
    DOCUMENT_NAMES,
    NO_PAPERS,
    REASON_NAMES,
    RESIDENCE_NAMES,
    SEX_UNKNOWN,
)
from asm.intake.sheets.workbook import COLUMNS, RowFault, WorkbookRow, problem_in_cell
from asm.intake.two_digit_years import Expected
from asm.stays.entry import DatePrecision, Guest, Sex, StayEntry, TimePrecision
from asm.stays.rules.catalogues import DOCUMENT_TYPES, REASONS, RESIDENCE_KINDS
from asm.stays.rules.deadlines import VIETNAM

T = TypeVar("T")

_BY_LETTER: Final = {column.letter: column for column in COLUMNS}


def read_row(row: int, cells: Mapping[str, CellValue], context: SheetContext) -> WorkbookRow:
    """Read the cells, by column letter, of sheet row `row`."""
    return _Row(row, cells, context).read()


class _Row:
    """The cells of one row, and the faults found so far."""

    def __init__(self, row: int, cells: Mapping[str, CellValue], context: SheetContext) -> None:
        self.row = row
        self.cells = cells
        self.context = context
        self.faults: list[RowFault] = []
        self.precision = TimePrecision()

    def read(self) -> WorkbookRow:
        guest = self._guest()
        arrived_at, departure = self._times()
        room, reason_text = self._text("P"), self._text("R")
        reason = self._cell(
            "Q", lambda value: read_choice(value, REASONS, REASON_NAMES, open_ended=True)
        )
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
        shown = {letter: text for letter, v in self.cells.items() if (text := shown_text(v))}
        return WorkbookRow(
            row=self.row, entry=entry, faults=self.faults, cells=shown, precision=self.precision
        )

    def _guest(self) -> Guest:
        born, precision = self._birth()
        no_papers = folded_key(str(self.cells.get("F", ""))) in NO_PAPERS
        document_type = None
        if not no_papers:
            document_type = self._cell(
                "F", lambda value: read_choice(value, DOCUMENT_TYPES, DOCUMENT_NAMES)
            )
        nationality = self._nationality()
        name, name_confirmed = self._name(nationality)
        return Guest(
            full_name=name,
            name_confirmed=name_confirmed,
            birth_date=born,
            birth_date_precision=precision,
            sex=self._sex(),
            nationality=nationality,
            document_type=document_type,
            no_papers=no_papers,
            document_name=self._text("G"),
            document_number=self._number(document_type),
            phone=self._phone(),
            residence_kind=self._cell(
                "J", lambda value: read_choice(value, RESIDENCE_KINDS, RESIDENCE_NAMES)
            ),
            residence_province=self._text("K"),
            residence_ward=self._text("L"),
            residence_address=self._text("M"),
            note=self._text("S"),
        )

    def _add_problem(
        self,
        letter: str,
        rule_id: str,
        read_fault: CellReadFault | None = None,
        fix: str | None = None,
        **values: object,
    ) -> None:
        column = _BY_LETTER[letter]
        problem = FILE_RULES[rule_id].problem(
            field=column.field, column=column.label, column_en=column.label_en, **values
        )
        self.faults.append(
            problem_in_cell(
                problem,
                row=self.row,
                column=letter,
                fix=read_fault.fix if read_fault else fix,
                value=shown_text(self.cells.get(letter, "")) or None,
                readings=read_fault.readings if read_fault else (),
            )
        )

    def _offer(self, letter: str, rule_id: str, fix: str) -> bool:
        """Whether a person has accepted `fix`; said either way."""
        accepted = self.context.answers.accepts(letter, self.row)
        if accepted:
            self._add_problem(letter, "cell.fix.accepted", fix=fix)
        else:
            self._add_problem(letter, rule_id, fix=fix)
        return accepted

    def _is_empty(self, letter: str) -> bool:
        return is_empty(letter, self.cells.get(letter, ""))

    def _cell(
        self, letter: str, read: Callable[[CellValue], T], *, mandatory: bool = False
    ) -> T | None:
        """What `read` makes of the cell; None when it is empty or faulty."""
        if f"{letter}{self.row}" in self.context.no_result:
            self._add_problem(letter, "cell.formula")
            return None
        if self._is_empty(letter):
            if mandatory:
                self._add_problem(letter, "cell.missing")
            return None
        try:
            return read(self.cells[letter])
        except CellReadFault as read_fault:
            self._add_problem(letter, read_fault.rule_id, read_fault)
            return None

    def _text(self, letter: str, *, mandatory: bool = False) -> str | None:
        return self._cell(letter, text_of, mandatory=mandatory) or None

    def _name(self, nationality: str) -> tuple[str, bool]:
        """Software writes `Family,Given`; the order stays as it is. Two names stay for the rule."""
        name = self._text("B", mandatory=True) or ""
        several = name_flaw(name, citizen=nationality == VIETNAM_CODE) == "several"
        if "," in name and not several:
            self._add_problem("B", "cell.name.comma")
            name = " ".join(name.replace(",", " ").split())
        return self._doubted_name(name, nationality)

    def _doubted_name(self, name: str, nationality: str) -> tuple[str, bool]:
        """The name, and whether a person has said that it is right: by accepting it as it stands,
        or as Unicode writes it where a whole name is in an old table of letters.
        """
        if name_flaw(name, citizen=nationality == VIETNAM_CODE) != "not_printed":
            return name, False
        restored = restored_name(name)
        if restored is None:
            return name, self._offer("B", "cell.name.doubted", name)
        return (restored if self._offer("B", "cell.name.old_table", restored) else name), False

    def _sex(self) -> Sex | None:
        if folded_key(str(self.cells.get("D", ""))).partition(" ")[0] in SEX_UNKNOWN:
            self._add_problem("D", "cell.sex.unknown")
            return None
        return self._cell("D", read_sex)

    def _moment(
        self, letter: str, column: ColumnOrder, expected: Expected, *, mandatory: bool = False
    ) -> Moment | None:
        moment = self._cell(
            letter, lambda value: self._read_moment(letter, value, column, expected),
            mandatory=mandatory,
        )  # fmt: skip
        if moment is not None and moment.us_order:
            self._add_problem(letter, "cell.date.us_order")
        if moment is not None and moment.answered:
            day = iso_day(moment.day, moment.at)
            self._add_problem(letter, f"cell.date.{moment.answered}", fix=day)
        return moment

    def _read_moment(
        self, letter: str, value: CellValue, column: ColumnOrder, expected: Expected
    ) -> Moment:
        today = self.context.today
        try:
            return read_moment(value, column, today=today, expected=expected)
        except CellReadFault as read_fault:
            if read_fault.fix is None or not self.context.answers.accepts(letter, self.row):
                raise
            self._add_problem(letter, "cell.fix.accepted", read_fault)
            return read_moment(read_fault.fix)

    def _birth(self) -> tuple[date | None, DatePrecision]:
        """A year alone, as text, number or behind 00/00, is a birth date of which only the year is
        known.
        """
        value = self.cells.get("C", "")
        year = read_year_alone(value, today=self.context.today)
        if year is not None:
            if len(str(value).strip().removesuffix(".0")) > len("1990"):
                self._add_problem("C", "cell.birth.year")
            return year, "year"
        if looks_like_year(value):
            self._add_problem("C", "cell.date")
            return None, "day"
        moment = self._moment("C", self.context.births, "birth")
        return (moment.day if moment else None), "day"

    def _times(self) -> tuple[datetime | None, datetime | None]:
        """Arrival and planned departure; an hour taken for one never contradicts the other's."""
        stays = self.context.stays
        came = self._moment("N", stays.of_cell("N", self.row), "stay", mandatory=True)
        leaves = self._moment("O", stays.of_cell("O", self.row), "stay")
        arrived_at = self._arrival(came, leaves) if came else None
        if leaves is None:
            return arrived_at, None
        at = leaves.at
        if at is None:
            at = assumed_departure(leaves.day, arrived_at)
            self.precision = structs.replace(self.precision, departure="day")
        return arrived_at, datetime.combine(leaves.day, at, VIETNAM)

    def _arrival(self, came: Moment, leaves: Moment | None) -> datetime:
        at = came.at
        if at is None:
            leaves_at = leaves.at if leaves and leaves.day == came.day else None
            at = assumed_arrival(came.day, self.context, leaves_at)
            self.precision = structs.replace(self.precision, arrival="day")
            rule_id = "cell.time.midnight" if came.midnight else "cell.time.assumed"
            self._add_problem("N", rule_id, time=f"{at:%H:%M}")
        return datetime.combine(came.day, at, VIETNAM)

    def _nationality(self) -> str:
        nationality = self._cell("E", read_nationality)
        if nationality is None and self._is_empty("E"):
            self._add_problem("E", "cell.nationality.assumed")
        return nationality or VIETNAM_CODE

    def _number(self, document_type: int | None) -> str | None:
        number = self._text("H")
        if number is None or says_no_number(number):
            return None
        if has_lost_digits(self.cells["H"]):
            self._add_problem("H", "cell.number.lost_digits")
            return None
        full = with_lost_zeros(number, document_type)
        if full is not None and self._offer("H", "cell.number.lost_zeros", full):
            return full
        return number

    def _phone(self) -> str | None:
        phone = self._text("I")
        if phone is None:
            return None
        if has_lost_digits(self.cells["I"]):
            self._add_problem("I", "cell.phone.lost_digits")
            return None
        lost_zero = is_number(self.cells["I"]) and len(phone) == 9
        if lost_zero and self._offer("I", "cell.phone.lost_zero", "0" + phone):
            return "0" + phone
        return phone
