"""In which order a file writes day and month, decided on what the file itself shows.

Births stand apart; arrival and departure belong together. Real files hold month-first arrivals
beside day-first births, and a single slip among hundreds of rows.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from asm.intake.sheets.cell_dates import ColumnOrder, DateCell, parse_date
from asm.intake.sheets.cells import CellReadFault, CellValue
from asm.intake.two_digit_years import Expected

Order = Literal["day_first", "month_first"]
#: `text_month_first`: so is the text, and real dates are right as they are.
OrderAnswer = Literal["day_first", "month_first", "text_month_first"]

#: So many times as much evidence for one order makes the rest slips.
_CLEAR: Final = 5
_NEAR: Final = (timedelta(days=45), timedelta(days=7))


class StayOrders(NamedTuple):
    """The order of arrivals and departures, and the rows in which it is a question all the same:
    read day first they lie far away, read month first about today.
    """

    column: ColumnOrder
    doubtful: frozenset[int] = frozenset()
    unsure: ColumnOrder = ColumnOrder(None, real="asked")

    def of_row(self, row: int) -> ColumnOrder:
        return self.unsure if row in self.doubtful else self.column

    def answered(self, answer: OrderAnswer) -> "StayOrders":
        """As a person says that the file writes them."""
        return StayOrders(
            answered(self.column, answer), self.doubtful, answered(self.unsure, answer)
        )


def answered(shown: ColumnOrder, answer: OrderAnswer) -> ColumnOrder:
    """The column as a person says that it is written. Real dates that were no question stay as the
    cells say, so that an answer changes nothing that a dry run had taken.
    """
    if answer == "text_month_first":
        return ColumnOrder("month_first")
    exchanged = answer == "month_first" and shown.real == "asked"
    return ColumnOrder(answer, real="exchanged" if exchanged else "as_told")


def order_of_births(cells: Iterable[CellValue], *, today: date) -> ColumnOrder:
    """By the dates that can be read in one order only."""
    parsed = [cell for value in cells if (cell := _cell(value, today, "birth"))]
    votes = [cell.one_way for cell in parsed if cell.one_way]
    undecided = sum(cell.two_ways for cell in parsed)
    return _decide(
        votes.count("day_first"), votes.count("month_first"), undecided, _sure_reals(parsed)
    )


def order_of_stays(rows: Iterable[tuple[int, CellValue, CellValue]], *, today: date) -> StayOrders:
    """By (row, arrival, departure). Evidence is a date that reads one way only, and a departure
    that lies before its arrival in one of the orders. That the arrival lies about today in one of
    them alone speaks for it too, but never by itself for the month first: then it is a question.
    """
    votes: list[Order] = []
    soft: list[int] = []
    undecided = reals = 0
    for row, arrival, departure in rows:
        cells = (_cell(arrival, today, "stay"), _cell(departure, today, "stay"))
        reals += _sure_reals(cells)
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
    if months:
        return StayOrders(_decide(days, months + len(soft), undecided, reals))
    doubtful = frozenset(soft if days < _CLEAR * len(soft) else ())
    return StayOrders(ColumnOrder("day_first"), doubtful)


def _decide(days: int, months: int, undecided: int, reals: int) -> ColumnOrder:
    """Day first unless something contradicts; the rest are slips where one side is clear. Real
    dates beside text with the month first are right where enough of them (`reals`) are such as no
    exchange makes.
    """
    if months == 0:
        return ColumnOrder("day_first")
    if days >= _CLEAR * months:
        return ColumnOrder("day_first", strict=True)
    real: Literal["as_told", "asked"] = "as_told" if reals >= _CLEAR * months else "asked"
    if months >= _CLEAR * days and _CLEAR * months >= undecided:
        return ColumnOrder("month_first", strict=True, real=real)
    return ColumnOrder(None, real=real)


def _sure_reals(cells: Iterable[DateCell | None]) -> int:
    """Real dates after the twelfth: whoever reads day first leaves `11/30/2026` as text."""
    last_month = 12
    return sum(
        cell is not None and cell.real and cell.day_first is not None
        and cell.day_first.day > last_month
        for cell in cells
    )  # fmt: skip


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
