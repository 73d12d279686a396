"""The life of a stay, version by version, with the difference each change made."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from asm.errors import not_found
from asm.facilities.scope import facility_in_scope
from asm.stays.entry import Guest
from asm.stays.model import stay_version
from asm.stays.open_guests import open_guests
from asm.stays.saved.saved_time import SavedTime, saved_of
from asm.stays.stay_at import StayAt

# A confirmation is of one name, read from one place.
_CONFIRMED = ("guest.full_name", "guest.name_source", "guest.name_confirmed")


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One field before and after, as text; `field` is its path, such as `guest.full_name`."""

    field: str
    before: str | None
    after: str | None


class StayVersionView(msgspec.Struct, frozen=True, kw_only=True):
    """One version. `differences` compares it with the one before (none for the first).

    `name_confirmed_by`: the account that confirmed the name as it stands, None when nobody did.
    """

    version: int
    change: str
    changed_at: datetime
    changed_by: UUID
    via: str
    note: str | None
    differences: list[Difference]
    name_confirmed_by: UUID | None = None
    saved: SavedTime | None = None


async def stay_versions(stay_at: StayAt) -> list[StayVersionView]:
    """All versions, oldest first. Raises not_found, alike for absent and out of scope."""
    facility = await facility_in_scope(stay_at.access, stay_at.facility_id)
    result = await stay_at.access.session.execute(
        select(stay_version)
        .where(stay_version.c.facility_id == facility.id, stay_version.c.stay_id == stay_at.stay_id)
        .order_by(stay_version.c.version)
    )
    rows = result.all()
    if not rows:
        raise not_found("stay")
    records = sorted({row.guest_record_id for row in rows})
    guests = await open_guests(
        stay_at.access, [(facility.id, record) for record in records], "stay.versions_read"
    )
    views: list[StayVersionView] = []
    before: dict[str, str | None] = {}
    confirmed_by: UUID | None = None
    for row in rows:
        after = _flat(row.content, guests[row.guest_record_id])
        if any(before.get(name) != after[name] for name in _CONFIRMED):
            confirmed_by = row.changed_by if guests[row.guest_record_id].name_confirmed else None
        views.append(
            StayVersionView(
                version=row.version,
                change=row.change,
                changed_at=row.changed_at,
                changed_by=row.changed_by,
                via=row.via,
                note=row.note,
                differences=_differences(before, after) if before else [],
                name_confirmed_by=confirmed_by,
                saved=saved_of(row.saved),
            )
        )
        before = after
    return views


def _flat(content: dict[str, Any], guest: Guest) -> dict[str, str | None]:
    guest_values = msgspec.to_builtins(guest)
    flat = dict(content) | {f"guest.{name}": value for name, value in guest_values.items()}
    return {name: None if value is None else str(value) for name, value in flat.items()}


def _differences(before: dict[str, str | None], after: dict[str, str | None]) -> list[Difference]:
    return [
        Difference(field=name, before=before.get(name), after=after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]
