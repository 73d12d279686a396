"""The evening's curve, and what a report makes of a run."""

import pytest

from load_tests.curve import LENGTH, MORNING, RUSH, clock, intensity, minute_at
from load_tests.ledger import Party
from load_tests.plot import Axis, Line, chart
from load_tests.report import Run, busiest, lines, planned_and_achieved, slipped


def share(start: float, end: float) -> float:
    """Of the evening's and morning's declarations, those between two minutes after 18:00."""
    step = 0.25
    moments = [k * step for k in range(int(LENGTH / step))]
    rates = [(minute_at(m / LENGTH), intensity(minute_at(m / LENGTH))) for m in moments]
    return sum(r for m, r in rates if start <= m < end) / sum(r for _, r in rates)


def test_the_rush_is_the_peak_and_the_morning_a_smaller_one() -> None:
    assert intensity(RUSH[0]) == intensity(RUSH[1]) == 1.0
    assert max(intensity(m) for m in range(301, 856)) == intensity(MORNING[0]) < 0.5
    assert (clock(RUSH[0]), clock(RUSH[1]), clock(MORNING[0])) == ("22:45", "23:00", "07:45")


def test_the_last_quarter_of_an_hour_has_its_share() -> None:
    # 12 % of the day is in the rush; the curve has no day, so the rush's part is larger there.
    assert share(*RUSH) == pytest.approx(0.125, abs=0.03)
    assert share(180, 300) == pytest.approx(0.45, abs=0.06)


def party(key: str, sent: float, received: float, guests: int = 1) -> Party:
    return Party(
        key=key, facility_id="f", guests=guests, acknowledged=True, accepted={key: "LT"},
        sent_at=sent, answered_at=received, received_at=received,
    )  # fmt: skip


def run_of(*parties: Party, planned: dict[int, float] | None = None) -> Run:
    return Run({p.key: p for p in parties}, 1000, {}, planned or {}, {"sent_again": 0})


def test_what_waits_over_the_deadline_is_late_by_our_doing() -> None:
    seconds = 300.0
    deadline = 1000 + RUSH[1] / LENGTH * seconds
    waited = party("waited", deadline - 1.5, deadline + 0.5, guests=3)
    quick = party("quick", deadline - 0.2, deadline + 0.1)
    early = party("early", deadline - 9, deadline - 7)
    run = run_of(waited, quick, early)
    assert slipped(run, seconds) == 3
    assert slipped(run, None) == 0
    assert "late by our doing 3" in lines(run, seconds)


def test_a_receipt_that_says_late_counts_only_if_it_left_in_time() -> None:
    run = run_of(party("a", 2000.0, 2001.0))
    assert "late by our doing 0" in lines(run, None)
    run.parties["a"].late = 2
    assert "late by our doing 2" in lines(run, None)


def test_asked_holds_until_something_else_is_asked() -> None:
    parties = [party(str(k), 1000 + k, 1000.5 + k) for k in range(4)]
    run = run_of(*parties, planned={1000: 2.0, 1002: 1.0, 1003: 1.0})
    assert planned_and_achieved(run) == (6.0, 4.0)
    assert busiest(run, window=4) == 1.0


def test_a_chart_names_its_lines() -> None:
    svg = chart(
        "Rate <&>", [Line("p99", [(1, 10), (2, 200)], dots=True)], Axis("x"), Axis("y", log=True)
    )
    assert svg.startswith("<svg")
    assert "Rate &lt;&amp;&gt;" in svg
    assert svg.count("<circle") == 2
    assert chart("empty", [], Axis("x"), Axis("y")) == ""
