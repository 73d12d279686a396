"""Late or in time, decided once, by the moment of receipt alone, through the code that stores it.

Each row is a whole declaration: when the guest arrived, when the server received it, who and where.
There is no grace for an outage here: what was tried before the hour and received after it is late,
and due at the same moment as ever. The receipt says both times.
"""

from datetime import datetime
from uuid import UUID

import msgspec
import pytest

from asm.accounts.actor import Actor
from asm.db.base import new_id
from asm.facilities.facility import Facility
from asm.identity.vault.keys import Keys
from asm.stays.intake.build_rows import EntryRows, RowContext, build_rows
from asm.stays.rules.deadlines import VIETNAM
from tests.stays.cases import of

# arrived, received, who, where, due, in time.
# Who: citizen, foreigner, stateless; "hour": by the hour. Where: hotel, home, either "remote".
CASES = [
    # The evening's hour and the second after it
    ("2026-07-01 14:00:00", "2026-07-01 22:59:59", "citizen", "hotel", "2026-07-01 23:00", True),
    ("2026-07-01 14:00:00", "2026-07-01 23:00:00", "citizen", "hotel", "2026-07-01 23:00", True),
    ("2026-07-01 14:00:00", "2026-07-01 23:00:01", "citizen", "hotel", "2026-07-01 23:00", False),
    ("2026-07-01 22:59:59", "2026-07-01 22:59:59", "citizen", "home", "2026-07-01 23:00", True),
    ("2026-07-01 22:59:59", "2026-07-01 23:00:00", "citizen", "home", "2026-07-01 23:00", True),
    ("2026-07-01 22:59:59", "2026-07-01 23:00:01", "citizen", "home", "2026-07-01 23:00", False),
    # After it: the next morning
    ("2026-07-01 23:00:00", "2026-07-02 00:00:00", "citizen", "hotel", "2026-07-02 08:00", True),
    ("2026-07-01 23:00:00", "2026-07-02 07:59:59", "citizen", "hotel", "2026-07-02 08:00", True),
    ("2026-07-01 23:00:00", "2026-07-02 08:00:00", "citizen", "hotel", "2026-07-02 08:00", True),
    ("2026-07-01 23:00:00", "2026-07-02 08:00:01", "citizen", "hotel", "2026-07-02 08:00", False),
    ("2026-07-02 00:00:00", "2026-07-02 08:00:00", "citizen", "home", "2026-07-02 08:00", True),
    ("2026-07-02 00:00:00", "2026-07-02 08:00:01", "citizen", "home", "2026-07-02 08:00", False),
    ("2026-07-02 07:59:00", "2026-07-02 08:00:00", "citizen", "hotel", "2026-07-02 08:00", True),
    ("2026-07-02 07:59:59", "2026-07-02 08:00:01", "citizen", "hotel", "2026-07-02 08:00", False),
    ("2026-07-02 08:00:00", "2026-07-02 08:00:01", "citizen", "hotel", "2026-07-02 23:00", True),
    # Ends of months and years
    ("2026-11-30 22:59:59", "2026-11-30 23:00:00", "citizen", "hotel", "2026-11-30 23:00", True),
    ("2026-11-30 23:00:00", "2026-12-01 08:00:00", "citizen", "hotel", "2026-12-01 08:00", True),
    ("2026-11-30 23:00:00", "2026-12-01 08:00:01", "citizen", "hotel", "2026-12-01 08:00", False),
    ("2026-12-31 22:59:59", "2027-01-01 00:00:00", "citizen", "hotel", "2026-12-31 23:00", False),
    ("2026-12-31 23:00:00", "2027-01-01 00:00:00", "citizen", "hotel", "2027-01-01 08:00", True),
    ("2027-01-01 00:00:00", "2027-01-01 07:59:59", "citizen", "home", "2027-01-01 08:00", True),
    ("2028-02-28 23:00:00", "2028-02-29 08:00:00", "citizen", "home", "2028-02-29 08:00", True),
    ("2028-02-29 23:00:00", "2028-03-01 08:00:01", "citizen", "home", "2028-03-01 08:00", False),
    # Foreigners in a home: twelve hours, twenty-four in remote areas
    ("2026-07-01 14:00:00", "2026-07-02 02:00:00", "foreigner", "home", "2026-07-02 02:00", True),
    ("2026-07-01 14:00:00", "2026-07-02 02:00:01", "foreigner", "home", "2026-07-02 02:00", False),
    ("2026-07-01 22:59:59", "2026-07-02 08:00:01", "foreigner", "home", "2026-07-02 10:59:59",
     True),
    ("2026-07-02 00:00:00", "2026-07-02 12:00:01", "foreigner", "home", "2026-07-02 12:00", False),
    ("2026-07-01 14:00:00", "2026-07-02 14:00:00", "foreigner", "home remote", "2026-07-02 14:00",
     True),
    ("2026-07-01 14:00:00", "2026-07-02 14:00:01", "foreigner", "home remote", "2026-07-02 14:00",
     False),
    ("2026-12-31 23:00:00", "2027-01-01 23:00:00", "foreigner", "home remote", "2027-01-01 23:00",
     True),
    ("2026-07-01 14:00:00", "2026-07-02 02:00:01", "stateless", "home", "2026-07-02 02:00", False),
    # Foreigners in a lodging business: the earlier of the two clocks
    ("2026-07-01 14:00:00", "2026-07-01 23:00:00", "foreigner", "hotel", "2026-07-01 23:00", True),
    ("2026-07-01 14:00:00", "2026-07-01 23:00:01", "foreigner", "hotel", "2026-07-01 23:00", False),
    ("2026-07-01 09:00:00", "2026-07-01 21:00:00", "foreigner", "hotel", "2026-07-01 21:00", True),
    ("2026-07-01 09:00:00", "2026-07-01 21:00:01", "foreigner", "hotel", "2026-07-01 21:00", False),
    ("2026-07-01 08:00:00", "2026-07-01 20:00:01", "foreigner", "hotel", "2026-07-01 20:00", False),
    ("2026-07-01 23:00:00", "2026-07-02 08:00:00", "foreigner", "hotel", "2026-07-02 08:00", True),
    ("2026-07-02 07:59:00", "2026-07-02 08:00:01", "foreigner", "hotel", "2026-07-02 08:00", False),
    ("2026-07-01 14:00:00", "2026-07-01 23:00:01", "foreigner", "hotel remote", "2026-07-01 23:00",
     False),
    ("2026-07-01 14:00:00", "2026-07-01 23:00:01", "stateless", "hotel", "2026-07-01 23:00", False),
    # By the hour: the same clocks, however short the stay
    ("2026-07-01 14:00:00", "2026-07-01 23:00:00", "citizen hour", "hotel", "2026-07-01 23:00",
     True),
    ("2026-07-01 14:00:00", "2026-07-01 23:00:01", "citizen hour", "hotel", "2026-07-01 23:00",
     False),
    ("2026-07-01 23:00:00", "2026-07-02 08:00:00", "citizen hour", "hotel", "2026-07-02 08:00",
     True),
    ("2026-07-02 00:00:00", "2026-07-02 08:00:01", "foreigner hour", "hotel", "2026-07-02 08:00",
     False),
    # Declared before the arrival, and after an outage of hours or days
    ("2026-07-01 22:00:00", "2026-07-01 09:00:00", "citizen", "hotel", "2026-07-01 23:00", True),
    ("2026-07-01 14:00:00", "2026-07-02 02:30:00", "citizen", "hotel", "2026-07-01 23:00", False),
    ("2026-07-01 14:00:00", "2026-07-04 09:00:00", "foreigner", "hotel", "2026-07-01 23:00", False),
]  # fmt: skip
NATIONALITIES = {"citizen": "VNM", "foreigner": "SWE", "stateless": "XXA"}


def vn(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def declared(keys: Keys, arrived: str, received: str, who: str, where: str) -> EntryRows:
    """What would be stored of a declaration that the server received at `received`."""
    kind, _, remote = where.partition(" ")
    nationality, _, hour = who.partition(" ")
    facility = Facility(
        id=UUID(int=7), kind={"hotel": "hotel", "home": "household"}[kind], name="Thử", phone=None,
        address_text="", ward_code="00070", ward_name="", province_name="",
        boundary_approximate=False, lat=21.0, lon=105.8, remote=bool(remote), status="active",
        registered_at=vn("2026-01-01"), decision_note=None, digital_address=None,
    )  # fmt: skip
    actor = Actor(
        id=new_id(), login="lan", display_name="Lan", role="receptionist", language="vi",
        ward_code=None, facility_ids=frozenset({facility.id}), now=vn(received),
    )  # fmt: skip
    entry = of(vn(arrived), nationality=NATIONALITIES[nationality])
    entry = msgspec.structs.replace(entry, hourly=bool(hour))
    shared = RowContext(keys=keys, actor=actor, facility=facility, via="desk", party_id=new_id())
    return build_rows(shared, 0, entry)


@pytest.mark.parametrize(("arrived", "received", "who", "where", "due", "on_time"), CASES)
def test_late_or_in_time(
    vault_keys: Keys, arrived: str, received: str, who: str, where: str, due: str, on_time: bool
) -> None:
    row = declared(vault_keys, arrived, received, who, where)
    assert (row.stay.due_at, row.stay.on_time) == (vn(due), on_time)
    assert (row.receipt.due_at, row.receipt.on_time) == (vn(due), on_time)
    assert row.receipt.received_at == vn(received)


def test_the_table_is_as_long_as_it_should_be() -> None:
    assert len(CASES) >= 40
    assert len({case[:4] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("who", ["citizen", "foreigner"])
@pytest.mark.parametrize("where", ["hotel", "home", "home remote"])
def test_an_outage_moves_no_deadline(vault_keys: Keys, who: str, where: str) -> None:
    """Tried at 22:59, the server back at some later time: only receipt and lateness differ."""
    arrived = "2026-07-01 21:45:00"
    tries = ["2026-07-01 22:59:00", "2026-07-01 23:00:01", "2026-07-03 09:00:00"]
    rows = [declared(vault_keys, arrived, moment, who, where) for moment in tries]
    assert len({row.receipt.due_at for row in rows}) == 1
    assert (rows[0].receipt.on_time, rows[-1].receipt.on_time) == (True, False)
