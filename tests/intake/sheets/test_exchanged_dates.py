"""Vietnamese typing in an Excel that reads the month first: `30/11/2026` stays text, and of
`02/01/2027` it makes 1 February. Never taken for that in silence.
"""

from datetime import date

import pytest

from asm.intake.sheets.workbook import WorkbookReading
from tests.intake.sheets.sheets import rules_of
from tests.intake.sheets.test_date_order import departures, reading, refusals

REAL = date(2027, 2, 1)  # typed 02/01/2027


def arrivals(got: WorkbookReading) -> list[date | None]:
    return [item.entry.arrived_at.date() if item.entry else None for item in got.rows]


def births(got: WorkbookReading) -> list[date | None]:
    return [item.entry.guest.birth_date if item.entry else None for item in got.rows]


def test_a_real_departure_beside_day_first_text_is_a_question() -> None:
    cells = {"N": "30/11/2026", "O": REAL}
    (fault,) = refusals(reading(cells))
    assert (fault.row, fault.column, fault.rule) == (5, "O", "cell.date.ambiguous")
    assert fault.readings == ("2027-02-01", "2027-01-02")
    answers = {
        "day_first": (REAL, "cell.date.kept"),
        "day_first_exchanged": (date(2027, 1, 2), "cell.date.exchanged"),
        "month_first": (date(2027, 1, 2), "cell.date.exchanged"),
    }
    for order, (day, said) in answers.items():
        answered = reading(cells, stay_order=order)
        assert refusals(answered) == []
        assert departures(answered) == [day]
        (note,) = [f for f in answered.rows[0].faults if f.rule == said]
        assert (note.column, note.fix) == ("O", f"{day}")


def test_the_answer_that_exchanges_leaves_text_as_it_is() -> None:
    rows: list[dict[str, object]] = [
        {"N": "30/11/2026", "O": REAL},
        {"N": "05/11/2026", "O": "06/12/2026"},
    ]
    got = reading(*rows, stay_order="day_first_exchanged")
    assert refusals(got) == []
    assert arrivals(got) == [date(2026, 11, 30), date(2026, 11, 5)]
    assert departures(got) == [date(2027, 1, 2), date(2026, 12, 6)]
    assert "cell.date.exchanged" not in rules_of(got.rows[1].faults)


def test_a_real_arrival_beside_day_first_text_is_a_question() -> None:
    """Typed 01/12/2026; the guest is to leave on the 13th."""
    cells = {"N": date(2026, 1, 12), "O": "13/12/2026"}
    (fault,) = refusals(reading(cells))
    assert (fault.column, fault.readings) == ("N", ("2026-01-12", "2026-12-01"))
    assert arrivals(reading(cells, stay_order="day_first_exchanged")) == [date(2026, 12, 1)]


def test_real_births_beside_day_first_text_are_a_question() -> None:
    rows: list[dict[str, object]] = [
        {"C": "15/08/1990"},
        {"C": "25/12/1991"},
        {"C": "30/01/1992"},
        {"C": date(1990, 3, 4)},
    ]
    (fault,) = refusals(reading(*rows))
    assert (fault.row, fault.column, fault.rule) == (8, "C", "cell.date.ambiguous")
    got = reading(*rows, birth_order="day_first_exchanged")
    assert births(got)[3] == date(1990, 4, 3)
    assert births(reading(*rows, birth_order="day_first"))[3] == date(1990, 3, 4)
    # A slip of the other order among many makes it no less of a question.
    slipped: list[dict[str, object]] = [*[{"C": "15/08/1990"}] * 5, {"C": "08/15/1990"}, rows[3]]
    assert [f.rule for f in refusals(reading(*slipped))] == [
        "cell.date.slip",
        "cell.date.ambiguous",
    ]


@pytest.mark.parametrize(
    "rows",
    [
        # Exchanged, the departure would lie before the arrival, or the arrival after the departure.
        [{"N": "30/11/2026 14:00", "O": date(2026, 12, 1)}],
        [{"N": date(2026, 11, 12), "O": "30/11/2026"}],
        # No program leaves real dates after the twelfth alone in their column.
        [{"N": "30/11/2026", "O": REAL}, {"N": "30/11/2026", "O": date(2027, 1, 15)}],
        # Far more of them lie after the twelfth than text was left.
        [{"C": "15/08/1990"}, *[{"C": date(1990, 8, 25)}] * 5, {"C": date(1990, 3, 4)}],
        # One number for day and month, no text that shows an order, or ISO text.
        [{"N": "30/11/2026", "O": date(2026, 12, 12)}],
        [{"N": "2026-11-30", "O": REAL}],
        [{"N": "05/11/2026", "O": date(2026, 12, 1)}],
    ],
)
def test_real_dates_that_cannot_have_been_exchanged_are_no_question(
    rows: list[dict[str, object]],
) -> None:
    got = reading(*rows)
    assert refusals(got) == []
    shown = [cells["O"] for cells in rows if isinstance(cells.get("O"), date)]
    assert [day for day in departures(got) if day in shown] == shown
    # Nor does an answer to something else change them.
    answered = reading(*rows, stay_order="day_first_exchanged", birth_order="day_first_exchanged")
    assert (departures(answered), arrivals(answered)) == (departures(got), arrivals(got))
    assert births(answered) == births(got)
