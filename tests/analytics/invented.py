"""An invented ward: facilities, rooms, closures and stays at random, as rows and as objects.

The stays obey the same rules as declared ones (`nights_of`), so that the expected figures can be
counted one guest and one night at a time in plain Python.
"""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import VIETNAM, new_id
from asm.facilities.model import closure, facility, room
from asm.stays.model import stay
from asm.stays.rules.deadlines import nights_of

WARD, OTHER_WARD = "00008", "00025"  # wards without any facility of the cast
Row = dict[str, Any]
HOMES = [("VNM", "79"), ("VNM", "48"), ("VNM", None), ("KOR", None), ("FRA", None)]


@dataclass
class Town:
    """All rows of the invented ward, and of another ward that must never count."""

    facilities: list[Row] = field(default_factory=list)
    rooms: list[Row] = field(default_factory=list)
    closures: list[Row] = field(default_factory=list)
    stays: list[Row] = field(default_factory=list)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment on the Vietnamese clock."""
    return datetime.combine(day, time(hour, minute), VIETNAM)


def a_facility(town: Town, since: datetime, **changes: Any) -> UUID:
    row = {
        "id": new_id(),
        "kind": "hotel",
        "name": f"Cơ sở {len(town.facilities):03}",
        "folded_name": f"co so {len(town.facilities):03}",
        "phone": "0240000000",
        "address_text": "1 Phố Mẫu",
        "ward_code": WARD,
        "status": "active",
        "registered_at": since - timedelta(days=1),
        "decided_at": since,
        "closed_on": None,
    }
    town.facilities.append(row | changes)
    identifier: UUID = row["id"]
    return identifier


def a_room(town: Town, facility_id: UUID, name: str, opened_on: date, **changes: Any) -> None:
    row = {
        "facility_id": facility_id,
        "id": new_id(),
        "name": name,
        "beds": 2,
        "opened_on": opened_on,
        "closed_on": None,
    }
    town.rooms.append(row | changes)


def a_closure(town: Town, facility_id: UUID, starts_on: date, ends_on: date) -> None:
    row = {"facility_id": facility_id, "id": new_id(), "reason": "Sửa chữa"}
    town.closures.append(row | {"starts_on": starts_on, "ends_on": ends_on})


def a_stay(
    town: Town,
    facility_id: UUID,
    arrived_at: datetime,
    leaves_at: datetime | None = None,
    *,
    hourly: bool = False,
    **changes: Any,
) -> Row:
    """Add one stay; `leaves_at` is planned, and `departed_at` in `changes` is what happened."""
    departed_at = changes.get("departed_at")
    first_night, end_night = nights_of(arrived_at, departed_at or leaves_at, hourly=hourly)
    row = {
        "facility_id": facility_id,
        "id": new_id(),
        "arrival_date": arrived_at.astimezone(VIETNAM).date(),
        "ward_code": WARD,
        "version": 1,
        "person_ref": new_id(),
        "guest_record_id": new_id(),
        "receipt_number": "M",
        "arrived_at": arrived_at,
        "planned_departure_at": leaves_at,
        "departed_at": None,
        "first_night": first_night,
        "end_night": end_night,
        "hourly": hourly,
        "room_name": None,
        "reason": 1,
        "foreigner": False,
        "no_papers": False,
        "nationality": "VNM",
        "residence_province": "79",
        "residence_country": "VNM",
        "tourism": True,
        "superseded_from": None,
        "received_at": arrived_at + timedelta(minutes=20),
        "due_at": arrived_at + timedelta(hours=8),
        "on_time": True,
        "via": "web",
        "declared_by": new_id(),
        "voided_at": None,
        "void_reason": None,
    }
    town.stays.append(row | changes)
    return town.stays[-1]


def random_town(seed: int, now: datetime, stays: int = 400) -> Town:
    """Forty days of everything that happens: the same for the same seed and `now`."""
    rng = random.Random(seed)
    town = Town()
    today = now.astimezone(VIETNAM).date()
    for index in range(12):
        since = now - timedelta(days=rng.randrange(0, 60), hours=rng.randrange(24))
        status = rng.choice(["active", "active", "active", "pending", "closed"])
        closed = today - timedelta(days=rng.randrange(20)) if status == "closed" else None
        facility_id = a_facility(
            town,
            since,
            status=status,
            closed_on=closed,
            ward_code=WARD if index < 10 else OTHER_WARD,
        )
        for number in range(rng.randrange(4)):
            opened_on = today - timedelta(days=rng.randrange(40))
            closed_on = opened_on + timedelta(days=rng.randrange(1, 60))
            a_room(
                town,
                facility_id,
                str(number),
                opened_on,
                beds=rng.randrange(1, 5),
                closed_on=rng.choice([None, None, closed_on]),
            )
        if rng.random() < 0.5:
            starts_on = today - timedelta(days=rng.randrange(-2, 30))
            a_closure(town, facility_id, starts_on, starts_on + timedelta(days=rng.randrange(1, 6)))
    for _ in range(stays):
        _random_stay(town, rng, now)
    return town


def _random_stay(town: Town, rng: random.Random, now: datetime) -> None:
    facility_row = rng.choice(town.facilities)
    arrived_at = now - timedelta(minutes=rng.randrange(42 * 24 * 60))
    hourly = rng.random() < 0.15
    leaves_at = arrived_at + timedelta(hours=rng.randrange(1, 5 if hourly else 24 * 9))
    departed_at = arrived_at + (leaves_at - arrived_at) * rng.uniform(0.1, 1.2)
    country, province = rng.choice(HOMES)
    twin = rng.choice(town.stays) if town.stays and rng.random() < 0.1 else None
    same_facility = twin is not None and twin["facility_id"] == facility_row["id"]
    row = a_stay(
        town,
        facility_row["id"],
        arrived_at,
        leaves_at if hourly or rng.random() < 0.85 else None,
        hourly=hourly,
        departed_at=departed_at if departed_at < now and rng.random() < 0.6 else None,
        ward_code=facility_row["ward_code"],
        room_name=rng.choice([None, "0", "1", "2", "9"]),
        foreigner=country != "VNM" or rng.random() < 0.1,
        residence_country=country,
        residence_province=province,
        tourism=rng.random() < 0.7,
        voided_at=now if rng.random() < 0.08 else None,
        **({"person_ref": twin["person_ref"]} if same_facility and twin else {}),
    )
    if rng.random() < 0.15:
        row["superseded_from"] = row["first_night"] + timedelta(days=rng.randrange(4))


async def store(session: AsyncSession, town: Town) -> None:
    """Write the town as a superuser."""
    author = (await session.execute(text("SELECT id FROM account LIMIT 1"))).scalar_one()
    for row in town.facilities:
        await session.execute(
            insert(facility).values(
                **row,
                registered_by=author,
                remote=False,
                point=text("ST_SetSRID(ST_MakePoint(105.85, 21.03), 4326)"),
            )
        )
    seen: set[tuple[Any, ...]] = set()
    kept = []
    for row in town.stays:
        key = (row["facility_id"], row["person_ref"], row["arrival_date"])
        if row["voided_at"] is None and key in seen:
            continue  # the database holds one live stay per guest, place and day
        seen |= {key} if row["voided_at"] is None else set()
        kept.append(row)
    town.stays[:] = kept
    for table, rows in ((room, town.rooms), (closure, town.closures), (stay, town.stays)):
        if rows:
            await session.execute(insert(table), rows)
    await session.commit()
