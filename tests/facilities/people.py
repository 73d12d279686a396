"""Actors for tests that go through the use cases themselves."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor
from asm.accounts.sessions import actor_of_login
from asm.db.rls import enter_scope
from asm.facilities.registration import Registration
from asm.geo.points import Point

# Thirty metres from Hoàn Kiếm's point, so in the ward with any boundaries.
HOAN_KIEM = Point(lon=105.8524, lat=21.0287)


async def as_person(session: AsyncSession, login: str, now: datetime | None = None) -> Actor:
    """The person as of a request now (or at `now`), with the row-level scope opened."""
    actor = await actor_of_login(session, login)
    return msgspec.structs.replace(actor, now=now) if now else actor


async def rejoin(session: AsyncSession, actor: Actor, facility_id: UUID) -> Actor:
    """The actor of the next request, to whom a new facility belongs."""
    wider = msgspec.structs.replace(actor, facility_ids=actor.facility_ids | {facility_id})
    await enter_scope(
        session, actor=wider.id, role=wider.role, ward=None, facilities=wider.facility_ids
    )
    return wider


def guest_house(**changes: object) -> Registration:
    """A valid registration in Hoàn Kiếm, with `changes`."""
    plain = Registration(
        kind="guest_house",
        name="Nhà nghỉ Mẫu",
        phone="024 3000 0000",
        address_text="9 Phố Mẫu",
        lat=HOAN_KIEM.lat,
        lon=HOAN_KIEM.lon,
    )
    return msgspec.structs.replace(plain, **changes)


async def actions(session: AsyncSession, facility_id: UUID) -> list[str]:
    """What the audit trail says about a facility, in order. Needs a superuser's session."""
    rows = await session.execute(
        text("SELECT action FROM audit_entry WHERE facility_id = :id ORDER BY id"),
        {"id": facility_id},
    )
    return list(rows.scalars())
