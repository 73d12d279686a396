"""Children and who comes with them."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from asm.stays.entry import StayEntry
from asm.stays.rules.ages import age_on
from asm.stays.rules.people_together import check_people_together
from tests.stays.cases import NOW, of, problems_of

CHILD: dict[str, Any] = {"birth_date": date(2018, 5, 5)}


def alone(*entries: StayEntry) -> list[bool]:
    rules_of_entries = [
        [problem.rule for problem in problems] for problems in check_people_together(entries)
    ]
    assert all(rules in ([], ["party.child.no_adult"]) for rules in rules_of_entries)
    return [bool(rules) for rules in rules_of_entries]


def test_a_child_with_an_adult_and_one_without() -> None:
    assert alone(of(**CHILD), of()) == [False, False]
    assert alone(of(**CHILD)) == [True]
    assert alone(of(**CHILD), of(birth_date=date(2009, 1, 1))) == [True, False]
    assert check_people_together([]) == []


@pytest.mark.parametrize(
    ("born", "warned"),
    [(date(2012, 11, 22), False), (date(2012, 11, 23), True), (None, False)],
)
def test_a_child_is_under_fourteen_on_the_day_of_arrival(born: date | None, warned: bool) -> None:
    assert alone(of(birth_date=born)) == [warned]


@pytest.mark.parametrize(
    ("born", "warned"),
    [(date(2008, 11, 22), False), (date(2008, 11, 23), True), (None, False)],
)
def test_an_adult_is_eighteen_on_the_day_of_arrival(born: date | None, warned: bool) -> None:
    assert alone(of(**CHILD), of(birth_date=born))[0] is warned


def test_the_adult_arrives_on_the_same_vietnamese_day() -> None:
    midnight = datetime(2026, 11, 23, tzinfo=NOW.tzinfo)
    assert alone(of(**CHILD), of(midnight - timedelta(seconds=1))) == [False, False]
    assert alone(of(**CHILD), of(midnight)) == [True, False]
    assert alone(of(NOW.replace(tzinfo=None), **CHILD)) == [True], "no zone is refused elsewhere"


def test_the_warning_says_both_ages_and_refuses_nothing() -> None:
    ((problem,),) = check_people_together([of(**CHILD)])
    assert (problem.severity, problem.field) == ("warn", "guest.birth_date")
    assert "14" in problem.message_en
    assert "18" in problem.message_en


def test_a_child_may_have_an_own_number_or_none() -> None:
    own: dict[str, Any] = {
        "birth_date": date(2018, 5, 5),
        "document_type": 7,
        "document_number": "001218000017",
    }
    assert problems_of(of(**own)) == {}
    none: dict[str, Any] = {
        "birth_date": date(2018, 5, 5),
        "document_type": None,
        "document_number": None,
    }
    assert problems_of(of(**none)) == {"document.missing.child": "note"}


def test_a_late_declaration_goes_by_the_age_at_arrival() -> None:
    none: dict[str, Any] = {
        "birth_date": date(2012, 11, 20),
        "document_type": None,
        "document_number": None,
    }
    assert "document.missing.child" in problems_of(of(NOW - timedelta(days=3), **none))
    assert "document.missing" in problems_of(of(NOW, **none))


def test_ages_around_birthdays() -> None:
    assert age_on(date(2026, 2, 28), date(2008, 2, 29)) == 17
    assert age_on(date(2026, 3, 1), date(2008, 2, 29)) == 18
