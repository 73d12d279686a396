"""What the rules say of a stay, and what holds for all rules."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asm.facilities.kinds import KINDS
from asm.stays.entry import Guest, StayEntry
from asm.stays.rules.deadlines import VIETNAM
from asm.stays.rules.published import RULES, RuleContext, check_entry, problem
from tests.stays.cases import CITIZEN, ENTRY, HOTEL, NOW, entry_rules, rules_of


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"arrived_at": NOW.replace(tzinfo=None)}, "stay.arrived_at.zone"),
        ({"planned_departure_at": NOW.replace(tzinfo=None)}, "stay.planned_departure_at.zone"),
        ({"arrived_at": NOW + timedelta(hours=24, seconds=1)}, "stay.arrived_at.future"),
        ({"arrived_at": datetime(2023, 11, 21, 23, tzinfo=VIETNAM)}, "stay.arrived_at.past"),
        ({"planned_departure_at": NOW - timedelta(seconds=1)}, "stay.departure.before_arrival"),
        ({"planned_departure_at": None}, "stay.departure.missing"),
        ({"planned_departure_at": NOW + timedelta(days=30)}, "stay.length.temporary_residence"),
        ({"room": None}, "stay.room.missing"),
        ({"room": "999"}, "stay.room.unknown"),
        ({"room": "1\x00"}, "text.control_characters"),
        ({"room": "321||Lê Văn Hai|"}, "stay.room.scanned"),
        ({"room": "5¦08011990"}, "stay.room.scanned"),
        ({"room": "21\\\\Le Van Hai"}, "stay.room.scanned"),
        ({"room": "~~Le Van Hai~"}, "stay.room.scanned"),
        ({"room": "P<VNMLE<<VAN"}, "stay.room.scanned"),
        ({"room": "001085004321"}, "stay.room.scanned"),
        ({"reason": 0}, "stay.reason.invalid"),
        ({"reason": 100}, "stay.reason.invalid"),
        ({"reason": 21}, "stay.reason.unknown"),
        ({"reason": 20}, "stay.reason_text.missing"),
        ({"reason": 20, "reason_text": "  "}, "stay.reason_text.missing"),
        (
            {"hourly": True, "planned_departure_at": NOW + timedelta(hours=25)},
            "stay.hourly.long",
        ),
        ({"hourly": True, "planned_departure_at": NOW + timedelta(hours=23)}, "stay.hourly.night"),
    ],
)
def test_stay_rules(changes: dict[str, Any], rule: str) -> None:
    assert rule in entry_rules(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"arrived_at": NOW + timedelta(hours=1), "planned_departure_at": NOW + timedelta(days=2)},
        {"planned_departure_at": NOW + timedelta(days=29)},
        {"reason": 7},
        {"reason": 20, "reason_text": "Dự đám cưới"},
        {"hourly": True, "planned_departure_at": NOW + timedelta(hours=3)},
    ],
)
def test_stays_that_are_fine(changes: dict[str, Any]) -> None:
    assert entry_rules(**changes) == set()


@pytest.mark.parametrize("days", [1, 2, 30, 400, 1090])
def test_late_is_never_refused(days: int) -> None:
    arrived = NOW - timedelta(days=days)
    entry = msgspec.structs.replace(
        ENTRY, arrived_at=arrived, planned_departure_at=arrived + timedelta(days=1)
    )
    assert all(item.severity != "refuse" for item in check_entry(entry, HOTEL))


@pytest.mark.parametrize("room", ["102", "A\\12", "1 ~ 3", "P.12/B", "20042021", "Khoa Nội – 3"])
def test_what_is_on_doors_is_no_scan(room: str) -> None:
    assert "stay.room.scanned" not in entry_rules(RuleContext(now=NOW), room=room)


def test_a_room_that_the_facility_lists_may_be_called_anything() -> None:
    listed = RuleContext(now=NOW, room_names=frozenset({"A|1"}))
    assert "stay.room.scanned" not in entry_rules(listed, room="A|1")
    assert "stay.room.scanned" in entry_rules(listed, room="A|2")


def test_the_kind_decides_unless_the_context_does() -> None:
    home = RuleContext(now=NOW, facility_kind="household")
    assert entry_rules(home, room=None) == {"stay.reason.missing"}
    assert "stay.room.missing" in entry_rules(
        RuleContext(now=NOW, facility_kind="household", room_required=True), room=None
    )
    assert "stay.hourly.kind" in entry_rules(home, hourly=True)
    assert "guest.residence.missing" not in rules_of(
        msgspec.structs.replace(
            ENTRY, guest=msgspec.structs.replace(CITIZEN, residence_province=None)
        ),
        RuleContext(now=NOW, facility_kind="hospital"),
    )
    assert rules_of(ENTRY, RuleContext(now=NOW, facility_kind="no such")) == {"stay.reason.missing"}


def test_rules_with_dates_apply_to_arrivals_of_their_time() -> None:
    before = datetime(2026, 6, 30, 20, 0, tzinfo=VIETNAM)
    after = datetime(2026, 7, 1, 0, 0, tzinfo=VIETNAM)
    nameless_date = msgspec.structs.replace(CITIZEN, birth_date=None)
    for arrived, missing in ((before, False), (after, True)):
        entry = msgspec.structs.replace(ENTRY, guest=nameless_date, arrived_at=arrived)
        assert ("guest.birth_date.missing" in rules_of(entry)) is missing
    home = RuleContext(now=NOW, facility_kind="household")
    assert "stay.relatives.once" in entry_rules(home, arrived_at=before)
    assert "stay.relatives.once" not in entry_rules(home, arrived_at=after)


def test_refusals_come_first() -> None:
    severities = [
        item.severity
        for item in check_entry(
            msgspec.structs.replace(ENTRY, room="", planned_departure_at=None, reason=21), HOTEL
        )
    ]
    assert severities == ["refuse", "warn", "note"]


def test_every_rule_is_complete_in_both_languages() -> None:
    fields = {
        *(f"guest.{name}" for name in Guest.__struct_fields__),
        *StayEntry.__struct_fields__,
    }
    for rule_id, rule in RULES.items():
        assert rule.id == rule_id
        assert rule.field in fields
        texts = (rule.message, rule.message_en, rule.remedy, rule.remedy_en, rule.source)
        assert all(texts), rule_id
        assert rule.message != rule.message_en


def test_problem_by_id() -> None:
    assert problem("party.duplicate").severity == "refuse"
    assert problem("stay.already_declared", "guest.document_number").severity == "note"
    with pytest.raises(KeyError):
        problem("no.such.rule")


TEXT = st.none() | st.text(max_size=40)


GUESTS = st.builds(
    Guest,
    full_name=st.text(max_size=200),
    birth_date=st.none() | st.dates(),
    sex=st.sampled_from([None, "male", "female", "other"]),
    nationality=st.sampled_from(["VNM", "SWE", ""]) | st.text(max_size=4),
    document_type=st.none() | st.integers(-1, 11),
    document_name=TEXT,
    document_number=TEXT | st.from_regex(r"[0-9]{12}", fullmatch=True),
    old_number=TEXT,
    no_papers=st.booleans(),
    phone=TEXT,
    residence_kind=st.none() | st.integers(),
    residence_country=TEXT,
    permitted_stay_until=st.none() | st.dates(),
    note=TEXT,
)


TIMES = st.datetimes() | st.datetimes(timezones=st.sampled_from([UTC, VIETNAM]))


ENTRIES = st.builds(
    StayEntry,
    guest=GUESTS,
    arrived_at=TIMES,
    planned_departure_at=st.none() | TIMES,
    room=TEXT,
    hourly=st.booleans(),
    reason=st.none() | st.integers(),
    reason_text=TEXT,
)


@given(ENTRIES, st.sampled_from(sorted(KINDS)))
def test_no_entry_breaks_the_rules_and_no_text_repeats_it(entry: StayEntry, kind: str) -> None:
    problems = check_entry(entry, RuleContext(now=NOW, facility_kind=kind))
    for item in problems:
        texts = (item.message, item.message_en, item.remedy, item.remedy_en)
        for value in (entry.guest.full_name, entry.guest.document_number or ""):
            assert len(value) < 12 or all(value not in text for text in texts)


@given(ENTRIES)
def test_what_is_not_refused_has_a_number_or_no_papers_or_is_a_child(entry: StayEntry) -> None:
    problems = check_entry(entry, RuleContext(now=NOW, facility_kind="hotel"))
    if any(item.severity == "refuse" for item in problems):
        return
    guest = entry.guest
    assert guest.no_papers or guest.document_number or guest.birth_date is not None
    if guest.document_type in {1, 8} and guest.document_number:
        assert len(guest.document_number) == 12
        assert guest.document_number.isdigit()
