"""A month of invented stays, each declared when it would have been."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Access
from asm.accounts.actor import Actor
from asm.accounts.roles import HOSPITAL_CLERK
from asm.accounts.sessions import actor_of_login
from asm.db.base import vietnam_time
from asm.demo.guests import invented_guest
from asm.identity.vault.keys import Keys
from asm.stays.change import change_stay
from asm.stays.changes import ChangeRequest, Depart
from asm.stays.declaration import Declaration
from asm.stays.declare import declare_stays
from asm.stays.entry import StayEntry

NIGHTS = 30
_SEED = 20260701


class Evenings(NamedTuple):
    """Who declares for a house, and how many guests come of an evening at most."""

    login: str
    facility_id: UUID
    most: int


async def seed_month(session: AsyncSession, keys: Keys, houses: Sequence[Evenings]) -> None:
    """Invented guests of each house, the same ones each time."""
    chance = random.Random(_SEED)  # noqa: S311 -- invented guests, not secrets
    for login, facility_id, most in houses:
        actor = await actor_of_login(session, login)
        for back in range(NIGHTS, 0, -1):
            for _ in range(chance.randint(0, most)):
                await _past_stay(Access(session, actor, keys), facility_id, back, chance)


async def _past_stay(access: Access, facility_id: UUID, back: int, chance: random.Random) -> None:
    evening = vietnam_time(access.actor.now).replace(hour=18, minute=0, second=0, microsecond=0)
    arrived = evening - timedelta(days=back, minutes=chance.randint(0, 300))
    leaves = (arrived + timedelta(days=chance.randint(1, 3))).replace(hour=11)
    # The demo's clock: each invented stay is told shortly after its arrival, as it would have been.
    then = msgspec.structs.replace(access.actor, now=arrived + timedelta(minutes=10))
    outcome = await declare_stays(
        Access(access.session, then, access.keys),
        Declaration(
            facility_id=facility_id,
            entries=[
                StayEntry(
                    guest=invented_guest(chance, leaves.date() + timedelta(days=60)),
                    arrived_at=arrived,
                    planned_departure_at=leaves,
                    room=_room(chance, access.actor),
                    reason=18 if access.actor.role == HOSPITAL_CLERK else 1,
                )
            ],
            via="desk",
        ),
    )
    stay_id = outcome.results[0].stay_id
    if stay_id is not None and leaves < access.actor.now:
        gone = msgspec.structs.replace(access.actor, now=leaves)
        await change_stay(
            Access(access.session, gone, access.keys),
            ChangeRequest(
                facility_id=facility_id,
                stay_id=stay_id,
                change=Depart(departed_at=leaves),
                via="desk",
            ),
        )


def _room(chance: random.Random, actor: Actor) -> str:
    rooms = {
        "lan": [str(n) for n in (*range(101, 109), *range(201, 209))],
        "hai": [str(n) for n in range(1, 7)],
        "bich": [str(n) for n in range(301, 306)],
        "tuan": [str(n) for n in range(1, 5)],
    }
    return chance.choice(rooms[actor.login])
