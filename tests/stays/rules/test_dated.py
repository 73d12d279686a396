"""What the law may change, on both sides of its day."""

from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec
import pytest

import asm.stays.rules.published
from asm.facilities.kinds import KINDS
from asm.stays.entry import StayEntry
from asm.stays.rules.dated import STAY_CAPS, StayCap, on
from asm.stays.rules.deadlines import VIETNAM, Clocks, due_at
from asm.stays.rules.published import RULES, RuleContext, check_entry
from asm.stays.rules.rule import Rule
from tests.stays.cases import of, problems_of

OLD, NEW = date(2027, 6, 30), date(2027, 7, 1)
DATED = [rule for rule in RULES.values() if rule.valid_from or rule.valid_to]


def at(day: date, hour: int = 20) -> datetime:
    return datetime.combine(day, time(hour), VIETNAM)


def said(entry: StayEntry, kind: str = "hotel") -> set[str]:
    context = RuleContext(now=entry.arrived_at, facility_kind=kind)
    return {item.rule for item in check_entry(entry, context)}


@pytest.mark.parametrize("rule", DATED, ids=lambda rule: rule.id)
def test_every_dated_rule_begins_and_ends_on_its_days(rule: Rule) -> None:
    day = timedelta(days=1)
    if rule.valid_from:
        assert (rule.in_force(rule.valid_from - day), rule.in_force(rule.valid_from)) == (0, 1)
    if rule.valid_to:
        assert (rule.in_force(rule.valid_to), rule.in_force(rule.valid_to + day)) == (1, 0)


def test_relatives_are_declared_once_until_the_end_of_june_2026() -> None:
    assert "stay.relatives.once" in said(of(at(date(2026, 6, 30))), "household")
    assert "stay.relatives.once" not in said(of(at(date(2026, 7, 1))), "household")


def test_the_old_card_ended_with_2024() -> None:
    old: dict[str, Any] = {"document_type": 2, "document_number": "012345678"}
    assert "document.cmnd.ended" not in said(of(at(date(2024, 12, 31)), **old))
    assert "document.cmnd.ended" in said(of(at(date(2025, 1, 1)), **old))


def test_the_certificate_of_identity_came_in_july_2024() -> None:
    assert "guest.nationality.none" not in said(of(at(date(2024, 6, 30)), nationality="XXX"))
    assert "guest.nationality.none" in said(of(at(date(2024, 7, 1)), nationality="XXX"))


def test_a_birth_date_is_mandatory_from_july_2026() -> None:
    assert "guest.birth_date.missing" not in said(of(at(date(2026, 6, 30)), birth_date=None))
    assert "guest.birth_date.missing" in said(of(at(date(2026, 7, 1)), birth_date=None))


def test_thirty_days_are_the_cap_today() -> None:
    assert on(date(2026, 11, 22), STAY_CAPS).days == 30


def test_another_cap_holds_from_its_day_on(monkeypatch: pytest.MonkeyPatch) -> None:
    table = (StayCap(valid_to=OLD, days=30), StayCap(valid_from=NEW, days=60))
    monkeypatch.setattr(asm.stays.rules.published, "STAY_CAPS", table)
    for day, warned in ((OLD, True), (NEW, False)):
        entry = of(at(day))
        entry = msgspec.structs.replace(
            entry, planned_departure_at=entry.arrived_at + timedelta(days=30)
        )
        assert ("stay.length.temporary_residence" in said(entry)) is warned


def test_rooms_are_required_from_their_day_on(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = msgspec.structs.replace(KINDS["homestay"], room_required=True, room_required_from=NEW)
    monkeypatch.setitem(KINDS, "homestay", kind)
    for day, refused in ((OLD, False), (NEW, True)):
        entry = msgspec.structs.replace(of(at(day)), room=None)
        assert ("stay.room.missing" in said(entry, "homestay")) is refused


def test_hours_and_remote_areas_change_on_their_day(monkeypatch: pytest.MonkeyPatch) -> None:
    table = (
        Clocks(valid_to=OLD),
        Clocks(
            valid_from=NEW,
            evening=time(22),
            foreigner=timedelta(hours=6),
            foreigner_remote=timedelta(hours=48),
        ),
    )
    monkeypatch.setattr("asm.stays.rules.deadlines.CLOCKS", table)

    def due(day: date, *, foreigner: bool = True, remote: bool = False) -> datetime:
        return due_at(at(day), foreigner=foreigner, remote=remote, lodging_business=False)

    assert (due(OLD, foreigner=False), due(NEW, foreigner=False)) == (at(OLD, 23), at(NEW, 22))
    assert (due(OLD) - at(OLD), due(NEW) - at(NEW)) == (timedelta(hours=12), timedelta(hours=6))
    remote = [due(day, remote=True) - at(day) for day in (OLD, NEW)]
    assert remote == [timedelta(hours=24), timedelta(hours=48)]


def test_a_gap_in_a_table_is_not_guessed() -> None:
    with pytest.raises(LookupError, match="2027-06-30"):
        on(OLD, (StayCap(valid_from=NEW, days=60),))


def test_nothing_of_this_touches_a_plain_declaration() -> None:
    assert problems_of(of()) == {}
