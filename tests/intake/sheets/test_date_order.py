"""The order of day and month is decided by what the file shows, or asked; never by silence."""

from datetime import date, datetime

import pytest

from asm.intake.sheets.workbook import RowFault, SheetAnswers, WorkbookReading
from asm.stays.rules.deadlines import VIETNAM
from tests.intake.sheets.sheets import official, read, row, rules_of


def reading(*rows: dict[str, object], **answers: str) -> WorkbookReading:
    return read(official(*(row(**cells) for cells in rows)), answers=SheetAnswers(**answers))  # type: ignore[arg-type]


def departures(got: WorkbookReading) -> list[date | None]:
    return [
        item.entry.planned_departure_at.date()
        if item.entry is not None and item.entry.planned_departure_at is not None
        else None
        for item in got.rows
    ]


def refusals(got: WorkbookReading) -> list[RowFault]:
    return [fault for item in got.rows for fault in item.faults if fault.severity == "refuse"]


def test_a_departure_is_read_in_the_order_of_its_arrival() -> None:
    got = reading({"N": "11/30/2026 14:00", "O": "01/02/2027"})
    assert departures(got) == [date(2027, 1, 2)]
    assert rules_of(got.rows[0].faults) == ["cell.date.us_order", "cell.date.us_order"]


def test_births_stand_apart_from_arrivals() -> None:
    got = reading(
        {"C": "02/09/2001", "N": "11/21/2026 14:00", "O": "12/01/2026"},
        {"C": "25/09/2001", "N": "11/02/2026 14:00", "O": "12/02/2026"},
    )
    assert refusals(got) == []
    births = [item.entry.guest.birth_date for item in got.rows if item.entry]
    assert births == [date(2001, 9, 2), date(2001, 9, 25)]
    assert departures(got) == [date(2026, 12, 1), date(2026, 12, 2)]
    arrivals = [item.entry.arrived_at for item in got.rows if item.entry]
    assert arrivals[1] == datetime(2026, 11, 2, 14, tzinfo=VIETNAM)


def test_without_evidence_the_day_comes_first() -> None:
    got = reading({"C": "02/09/2001", "N": "05/11/2026 14:00", "O": "06/11/2026"})
    assert departures(got) == [date(2026, 11, 6)]
    assert refusals(got) == []


@pytest.mark.parametrize("column", ["C", "N", "O"])
def test_one_slip_refuses_its_row_alone_and_says_its_day(column: str) -> None:
    slip = {"C": "09/25/2001", "N": "11/20/2026 21:15", "O": "11/23/2026"}[column]
    rows: list[dict[str, object]] = [{"C": "25/09/2001"} for _ in range(12)]
    ambiguous: list[dict[str, object]] = [{"C": "02/09/2001", "N": "05/11/2026 20:00"}] * 8
    got = reading(*rows, {column: slip}, *ambiguous)
    (fault,) = refusals(got)
    assert (fault.row, fault.column, fault.rule) == (17, column, "cell.date.slip")
    assert fault.value == slip
    assert fault.fix is not None
    assert got.accepted == 20
    accepted = read(
        official(*(row(**cells) for cells in [*rows, {column: slip}, *ambiguous])),
        answers=SheetAnswers(accept=frozenset({f"{column}17"})),
    )
    assert refusals(accepted) == []
    assert "cell.fix.accepted" in rules_of(accepted.rows[12].faults)


def test_contradiction_asks_for_both_readings_and_an_answer_ends_it() -> None:
    cells: list[dict[str, object]] = [
        {"C": "09/15/2001"},
        {"C": "15/09/2001"},
        {"C": "02/09/2001"},
    ]
    (fault,) = refusals(reading(*cells))
    assert (fault.row, fault.column, fault.rule) == (7, "C", "cell.date.ambiguous")
    assert fault.readings == ("2001-09-02", "2001-02-09")
    assert "2001" not in fault.message + fault.message_en + fault.remedy + fault.remedy_en
    for order, day in (("day_first", date(2001, 9, 2)), ("month_first", date(2001, 2, 9))):
        entry = reading(*cells, birth_order=order).rows[2].entry
        assert entry is not None
        assert entry.guest.birth_date == day


def test_a_departure_before_its_arrival_is_evidence() -> None:
    """Day first, the first row would leave before it came."""
    got = reading(
        {"N": "11/10/2026 14:00", "O": "12/01/2026"}, {"N": "11/09/2026 14:00", "O": "11/10/2026"}
    )
    assert refusals(got) == []
    assert departures(got) == [date(2026, 12, 1), date(2026, 11, 10)]


def test_that_a_file_lies_about_today_only_month_first_is_a_question() -> None:
    """Read day first, these guests came in February; nobody is asked where the file shows more."""
    got = reading({"N": "11/02/2026 14:00", "O": ""})
    (fault,) = refusals(got)
    assert (fault.rule, fault.readings) == (
        "cell.date.ambiguous",
        ("2026-02-11 14:00", "2026-11-02 14:00"),
    )
    sure: list[dict[str, object]] = [{"N": "21/11/2026 14:00", "O": ""} for _ in range(5)]
    assert refusals(reading(*sure, {"N": "11/02/2026 14:00", "O": ""})) == []
    answered = reading({"N": "11/02/2026 14:00", "O": ""}, stay_order="month_first")
    entry = answered.rows[0].entry
    assert entry is not None
    assert entry.arrived_at.date() == date(2026, 11, 2)


def test_dates_about_today_outvote_one_slip() -> None:
    """On the fifth all dates can be read twice; one departure cannot."""
    rows: list[dict[str, object]] = [{"N": "05/11/2026 14:00", "O": "07/11/2026"}] * 9
    got = reading(*rows, {"N": "05/11/2026 14:00", "O": "11/15/2026"})
    assert [fault.rule for fault in refusals(got)] == ["cell.date.slip"]
    assert got.accepted == 9


def test_iso_dates_are_no_evidence_and_no_question() -> None:
    got = reading({"N": "2026-11-05 14:00", "O": "2026-11-06"}, {"N": "11/20/2026 14:00", "O": ""})
    assert refusals(got) == []
    assert departures(got)[0] == date(2026, 11, 6)


REAL = date(2027, 2, 1)  # what a program that reads day first makes of a typed 01/02/2027
US_TEXT: list[dict[str, object]] = [{"N": "11/20/2026", "O": "12/13/2026"}]


@pytest.mark.parametrize("departure", [REAL, 46419])
def test_a_real_date_beside_text_in_us_order_is_a_question(departure: object) -> None:
    rows = [{"N": "11/21/2026", "O": departure}, *US_TEXT]
    got = reading(*rows)
    (fault,) = refusals(got)
    assert (fault.row, fault.column, fault.rule) == (5, "O", "cell.date.ambiguous")
    assert fault.readings == ("2027-02-01", "2027-01-02")
    answers = {
        "month_first": date(2027, 1, 2),
        "day_first": REAL,
        "text_month_first": REAL,
    }
    for order, day in answers.items():
        answered = reading(*rows, stay_order=order)
        assert refusals(answered) == []
        assert departures(answered) == [day, date(2026, 12, 13)]
    exchanged = reading(*rows, stay_order="month_first").rows[0].faults
    assert rules_of(exchanged).count("cell.date.us_order") == 1
    assert rules_of(exchanged).count("cell.date.exchanged") == 1


def test_a_real_arrival_beside_a_departure_in_us_order_is_a_question() -> None:
    got = reading({"N": datetime(2026, 5, 11, 14), "O": "01/02/2027"}, *US_TEXT)  # noqa: DTZ001 -- sheets have no zone
    (fault,) = refusals(got)
    assert (fault.column, fault.readings) == ("N", ("2026-05-11 14:00", "2026-11-05 14:00"))


def test_a_real_birth_beside_births_in_us_order_is_a_question() -> None:
    rows: list[dict[str, object]] = [{"C": "09/25/2001"}, {"C": date(1990, 2, 1)}]
    (fault,) = refusals(reading(*rows))
    assert (fault.column, fault.rule) == ("C", "cell.date.ambiguous")
    entry = reading(*rows, birth_order="month_first").rows[1].entry
    assert entry is not None
    assert entry.guest.birth_date == date(1990, 1, 2)


def test_real_dates_that_nothing_contradicts_are_as_the_cell_says() -> None:
    """After the twelfth, with one number for both, or where many more real dates are such as no
    exchange makes.
    """
    for departure in (date(2027, 1, 13), date(2026, 12, 12)):
        got = reading({"N": "11/21/2026", "O": departure}, *US_TEXT)
        assert refusals(got) == []
        assert departures(got)[0] == departure
    many: list[dict[str, object]] = [{"C": date(1990, 8, 25)}] * 5
    assert refusals(reading(*many, {"C": "09/25/2001"}, {"C": date(1990, 2, 1)})) == []
    # An answer about text leaves alone what was not in question.
    rows: list[dict[str, object]] = [{"N": "2026-11-21", "O": REAL}, {"N": "05/11/2026", "O": ""}]
    got = reading(*rows, stay_order="month_first")
    assert departures(got)[0] == REAL
