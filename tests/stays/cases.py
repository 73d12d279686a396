"""One guest and one entry that no rule remarks on, to be changed by the tests."""

from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from asm.stays.deadlines import VIETNAM
from asm.stays.declaration import Guest, StayEntry
from asm.stays.rules import RuleContext, check_entry

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


def found(entry: StayEntry, context: RuleContext = HOTEL) -> dict[str, str]:
    """The rules that speak, each with its severity."""
    return {item.rule: item.severity for item in check_entry(entry, context)}
