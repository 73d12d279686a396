"""In which order a file writes day and month, decided on what the file itself shows.

Births stand apart; arrival and departure belong together. Real files hold month-first arrivals
beside day-first births, and a single slip among hundreds of rows.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from asm.intake.sheets.cell_dates import ColumnOrder, DateCell, parse_date
from asm.intake.sheets.cells import CellReadFault, CellValue
from asm.intake.sheets.workbook import OrderAnswer
from asm.intake.two_digit_years import Expected

Order = Literal["day_first", "month_first"]
Real = Literal["as_told", "asked"]

#: So many times as much evidence for one order makes the rest slips.
_CLEAR: Final = 5
_NEAR: Final = (timedelta(days=45), timedelta(days=7))


class StayOrders(NamedTuple):
    """The order of arrivals and departures, and the rows in which it is a question all the same:
    read day first they lie far away, read month first about today. `unexchanged`: cells (`O5`)
    whose real date is right whatever the others are.
    """

    column: ColumnOrder
    doubtful: frozenset[int] = frozenset()
    unsure: ColumnOrder = ColumnOrder(None, real="asked")
    unexchanged: frozenset[str] = frozenset()

    def of_cell(self, letter: str, row: int) -> ColumnOrder:
        column = self.unsure if row in self.doubtful else self.column
        return column._replace(real="as_told") if f"{letter}{row}" in self.unexchanged else column

    def answered(self, answer: OrderAnswer) -> "StayOrders":
        """As a person says that the file writes them."""
        return self._replace(
            column=answered(self.column, answer), unsure=answered(self.unsure, answer)
        )


def answered(shown: ColumnOrder, answer: OrderAnswer) -> ColumnOrder:
    """The column as a person says that it is written. Real dates that were no question stay as the
    cells say, so that an answer changes nothing that a dry run had taken.
    """
    real: Literal["as_told", "kept", "exchanged"] = "as_told"
    if shown.real == "asked":
        real = "exchanged" if answer in {"month_first", "day_first_exchanged"} else "kept"
    months = answer in {"month_first", "text_month_first"}
    return ColumnOrder("month_first" if months else "day_first", real=real)


def order_of_births(cells: Iterable[CellValue], *, today: date) -> ColumnOrder:
    """By the dates that can be read in one order only."""
    parsed = [cell for value in cells if (cell := _cell(value, today, "birth"))]
    votes = [cell.one_way for cell in parsed if cell.one_way]
    days, months = votes.count("day_first"), votes.count("month_first")
    undecided = sum(cell.two_ways for cell in parsed)
    return _decide(days, months, undecided, _taken(parsed, months))


def order_of_stays(rows: Iterable[tuple[int, CellValue, CellValue]], *, today: date) -> StayOrders:
    """By (row, arrival, departure). Evidence is a date that reads one way only, and a departure
    that lies before its arrival in one of the orders. That the arrival lies about today in one of
    them alone speaks for it too, but never by itself for the month first: then it is a question.
    """
    votes: list[Order] = []
    soft: list[int] = []
    undecided = 0
    parsed = [(row, _cell(first, today, "stay"), _cell(last, today, "stay"))
              for row, first, last in rows]  # fmt: skip
    for row, *cells in parsed:
        certain = _certain(cells)
        votes += certain
        if certain or not any(cell and cell.two_ways for cell in cells):
            continue
        near = _near_today(cells[0], today)
        if near == "day_first":
            votes.append(near)
        elif near == "month_first":
            soft.append(row)
        else:
            undecided += 1
    days, months = votes.count("day_first"), votes.count("month_first")
    real = _taken(
        [cell for _, *cells in parsed for cell in cells], months + bool(months) * len(soft)
    )
    unexchanged = _never_exchanged(parsed)
    if months:
        decided = _decide(days, months + len(soft), undecided, real)
        return StayOrders(decided, unexchanged=unexchanged)
    doubtful = frozenset(soft if days < _CLEAR * len(soft) else ())
    return StayOrders(ColumnOrder("day_first", real=real), doubtful, unexchanged=unexchanged)


def _decide(days: int, months: int, undecided: int, real: Real) -> ColumnOrder:
    """Day first unless something contradicts; the rest are slips where one side is clear."""
    if months == 0:
        return ColumnOrder("day_first", real=real)
    if days >= _CLEAR * months:
        return ColumnOrder("day_first", strict=True, real=real)
    if months >= _CLEAR * days and _CLEAR * months >= undecided:
        return ColumnOrder("month_first", strict=True, real=real)
    return ColumnOrder(None, real=real)


def _taken(cells: Iterable[DateCell | None], months: int) -> Real:
    """How real dates are taken. A program that reads one order leaves text of the other that it
    cannot read (`30/11/2026` where the month comes first), and exchanges what it can: beside such
    text they are a question, unless far more of them lie after the twelfth, which no exchange
    makes. `months`: what speaks for text with the month first.
    """
    known = [cell for cell in cells if cell is not None]
    left = max(months, sum(cell.one_way == "day_first" for cell in known))
    return "as_told" if sum(map(_is_sure, known)) >= _CLEAR * left else "asked"


def _never_exchanged(
    rows: Sequence[tuple[int, DateCell | None, DateCell | None]],
) -> frozenset[str]:
    """The cells whose real date is no exchanged one: in a column that holds real dates after the
    twelfth and no text, which would be there had a program left any; or exchanged, the departure
    would lie before the arrival.
    """
    columns = {
        "N": [(row, arrival) for row, arrival, _ in rows if arrival],
        "O": [(row, departure) for row, _, departure in rows if departure],
    }
    whole = {
        letter
        for letter, cells in columns.items()
        if any(_is_sure(cell) for _, cell in cells)
        and not any(cell.one_way or cell.two_ways for _, cell in cells)
    }
    cells = {f"{letter}{row}" for letter in whole for row, _ in columns[letter]}
    for row, arrival, departure in rows:
        if arrival is None or departure is None:
            continue
        if _fits_only_so(departure, arrival, after=True):
            cells.add(f"O{row}")
        if _fits_only_so(arrival, departure, after=False):
            cells.add(f"N{row}")
    return frozenset(cells)


def _fits_only_so(cell: DateCell, other: DateCell, *, after: bool) -> bool:
    """Whether a real date fits its row (on or after the other date, or on or before it) as the cell
    says, and exchanged does not. The other one is in no question itself.
    """
    if cell.exchanged is None or cell.day_first is None or other.exchanged is not None:
        return False
    days = [day for day in other[:2] if day is not None]
    if after:
        return cell.exchanged < min(days) <= cell.day_first
    return cell.day_first <= max(days) < cell.exchanged


def _is_sure(cell: DateCell) -> bool:
    """Real and after the twelfth: no program makes it of a day and a month that it exchanged."""
    last_month = 12
    return cell.real and cell.day_first is not None and cell.day_first.day > last_month


def _cell(value: CellValue, today: date, expected: Expected) -> DateCell | None:
    try:
        return parse_date(value, today=today, expected=expected)
    except CellReadFault:
        return None


def _certain(cells: Sequence[DateCell | None]) -> list[Order]:
    votes = [cell.one_way for cell in cells if cell and cell.one_way]
    arrival, departure = cells
    if votes or arrival is None or departure is None:
        return votes
    possible: list[Order] = []
    if _in_sequence(arrival.day_first, departure.day_first):
        possible.append("day_first")
    if _in_sequence(arrival.month_first, departure.month_first):
        possible.append("month_first")
    two_ways = arrival.two_ways or departure.two_ways
    return possible if two_ways and len(possible) == 1 else []


def _in_sequence(arrival: date | None, departure: date | None) -> bool:
    return arrival is not None and departure is not None and arrival <= departure


def _near_today(arrival: DateCell | None, today: date) -> Order | None:
    """The order in which alone the arrival lies about today."""
    if arrival is None or not arrival.two_ways:
        return None
    before, after = _NEAR
    day_first, month_first = (
        day is not None and -before <= day - today <= after for day in arrival[:2]
    )
    if day_first == month_first:
        return None
    return "day_first" if day_first else "month_first"
