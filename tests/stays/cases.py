"""One guest and one entry that no rule remarks on, to be changed by the tests."""

from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from asm.stays.entry import Guest, StayEntry
from asm.stays.rules.deadlines import VIETNAM
from asm.stays.rules.published import RuleContext, check_entry

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=VIETNAM)
HOTEL = RuleContext(now=NOW, facility_kind="hotel", room_names=frozenset({"101"}))
CITIZEN = Guest(
    full_name="Nguyễn Văn Mẫu",
    birth_date=date(1990, 8, 15),
    sex="male",
    document_type=1,
    document_number="001090000017",
    residence_province="01",
)
ENTRY = StayEntry(
    guest=CITIZEN, arrived_at=NOW, planned_departure_at=NOW + timedelta(days=1), room="101"
)


def of(arrived_at: datetime = NOW, /, **changes: Any) -> StayEntry:
    """The entry of a guest with these changes, for one night."""
    guest = msgspec.structs.replace(CITIZEN, **changes)
    leaves = arrived_at + timedelta(days=1)
    return msgspec.structs.replace(
        ENTRY, guest=guest, arrived_at=arrived_at, planned_departure_at=leaves
    )


def problems_of(entry: StayEntry, context: RuleContext = HOTEL) -> dict[str, str]:
    """The rules that speak, each with its severity."""
    return {item.rule: item.severity for item in check_entry(entry, context)}


FOREIGNER = Guest(
    full_name="ERIKSSON ANNA MARIA",
    birth_date=date(1974, 8, 12),
    sex="female",
    nationality="SWE",
    document_type=4,
    document_number="L898902C3",
    permitted_stay_until=date(2027, 1, 1),
    residence_country="SWE",
)


def rules_of(entry: StayEntry, context: RuleContext = HOTEL) -> set[str]:
    return {item.rule for item in check_entry(entry, context)}


def guest_rules(guest: Guest = CITIZEN, /, **changes: Any) -> set[str]:
    return rules_of(msgspec.structs.replace(ENTRY, guest=msgspec.structs.replace(guest, **changes)))


def entry_rules(context: RuleContext = HOTEL, **changes: Any) -> set[str]:
    return rules_of(msgspec.structs.replace(ENTRY, **changes), context)
