"""Invented stays of the last days that the background checks have something to say about, so that
the demo's ward page shows what flags look like. Every person is invented.
"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Access
from asm.accounts.sessions import actor_of_login
from asm.db.base import vietnam_time
from asm.identity.vault.keys import Keys
from asm.stays.declaration import Declaration
from asm.stays.declare import declare_stays
from asm.stays.entry import Guest, StayEntry


async def seed_causes(session: AsyncSession, keys: Keys, hotel: UUID, guest_house: UUID) -> None:
    """Guests of yesterday evening and of three days ago, told by Lan and Tuấn."""
    lan = await actor_of_login(session, "lan")
    evening = vietnam_time(lan.now).replace(hour=18, minute=0, second=0, microsecond=0)
    yesterday, before = evening - timedelta(days=1), evening - timedelta(days=4)
    soon = (evening + timedelta(days=1)).replace(hour=11)
    parties: list[tuple[str, UUID, datetime, list[StayEntry]]] = [
        # Three grown-ups in a room for two.
        ("lan", hotel, yesterday, [_stay(_citizen(n), yesterday, soon, "205") for n in (1, 2, 3)]),
        # A child by itself, declared the next morning: late.
        ("lan", hotel, yesterday + timedelta(hours=15), [_stay(_child(), yesterday, soon, "206")]),
        # Nobody entered when this guest left.
        ("lan", hotel, before, [_stay(_citizen(4), before, before + timedelta(hours=17), "207")]),
        # May stay until tomorrow, plans to stay for a week.
        ("lan", hotel, yesterday, [_stay(_foreigner(soon.date()), yesterday,
                                         soon + timedelta(days=6), "208")]),
        # Declared as a woman with a man's number.
        ("lan", hotel, yesterday, [_stay(_citizen(5, sex="female"), yesterday, soon, "108")]),
        # One number, two names, two wards.
        ("lan", hotel, before, [_stay(_citizen(6), before, before + timedelta(hours=17), "107")]),
        ("tuan", guest_house, yesterday,
         [_stay(_citizen(6, full_name="Phạm Văn Nháp"), yesterday, soon, "2")]),
    ]  # fmt: skip
    for login, facility_id, arrived, entries in parties:
        actor = await actor_of_login(session, login)
        declared_at = min(arrived + timedelta(minutes=10), actor.now)
        await declare_stays(
            Access(session, msgspec.structs.replace(actor, now=declared_at), keys),
            Declaration(facility_id=facility_id, entries=entries, via="desk"),
        )


def _stay(guest: Guest, arrived: datetime, leaves: datetime, room: str) -> StayEntry:
    return StayEntry(
        guest=guest, arrived_at=arrived, planned_departure_at=leaves, room=room, reason=1
    )


def _citizen(serial: int, **other: Any) -> Guest:
    fields: dict[str, Any] = {
        "full_name": "Nguyễn Văn Ví Dụ",
        "birth_date": date(1985, 5, 5),
        "sex": "male",
        "document_type": 1,
        "document_number": f"001085{999000 + serial}",
        "residence_province": "01",
        "residence_kind": 1,
    }
    return Guest(**fields | other)


def _child() -> Guest:
    return Guest(full_name="Lê Thị Mẫu Nhi", birth_date=date(2019, 6, 1), sex="female")


def _foreigner(until: date) -> Guest:
    return Guest(
        full_name="SAMPLE ROBIN",
        birth_date=date(1980, 2, 2),
        sex="male",
        nationality="FRA",
        document_type=4,
        document_number="X9990001",
        residence_country="FRA",
        permitted_stay_until=until,
    )
