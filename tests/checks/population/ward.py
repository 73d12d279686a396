"""The worker's side of the look-ups, and what hosts and officers see of them."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.access import Access
from asm.accounts.sessions import actor_of_login
from asm.checks.population.identity import CHECK_ID
from asm.checks.population.verify_identities import IdentityLookUps, look_up_identities
from asm.db.session import one_transaction
from asm.identity.population import Patience, PopulationClient
from asm.identity.vault.keys import Keys
from asm.stays.entry import Guest, StayEntry
from asm.stays.queries import stay_in_scope
from asm.stays.stay_at import StayAt
from tests.checks.desks import ROOMS, Desks, at, check, flags, rows

GOOD, UNKNOWN, OTHER = "001095000001", "001095000009", "001095000088"
PATIENCE = Patience(connect_s=2.0, try_s=5.0, tries=2, first_wait_s=0.01, longest_wait_s=0.02)
TIME_PASSES = (
    "UPDATE identity_check SET next_attempt_at = clock_timestamp(), "
    "leased_until = least(leased_until, clock_timestamp())"
)


class Ward:
    """The worker's side of a test, and what the database then holds."""

    def __init__(
        self, worker: AsyncEngine, admin: AsyncEngine, keys: Keys, client: PopulationClient
    ) -> None:
        self.worker, self.admin, self.keys, self.client = worker, admin, keys, client

    async def drained(self) -> None:
        await check(self.worker)

    async def look_up(self) -> IdentityLookUps:
        await self.drained()
        return await look_up_identities(self.worker, self.keys, self.client)

    async def status(self) -> dict[UUID, str]:
        check_rows = await rows(self.admin, "SELECT stay_id, status FROM identity_check")
        return {row.stay_id: row.status for row in check_rows}

    async def change(self, statement: str) -> None:
        async with one_transaction(self.admin) as session:
            await session.execute(text(statement))

    async def written(self) -> list[Any]:
        query = "SELECT * FROM audit_entry WHERE action = 'identity.looked_up' ORDER BY at"
        return await rows(self.admin, query)

    async def flags(self) -> list[Any]:
        return [row for row in await flags(self.admin) if row.check_id == CHECK_ID]

    async def open_flags(self) -> list[UUID]:
        return [row.stay_id for row in await self.flags() if row.closed_at is None]


async def shown(desks: Desks, stay_id: UUID, login: str = "lan") -> str:
    async with one_transaction(desks.engine) as session:
        actor = await actor_of_login(session, login)
        access = Access(session, actor, desks.keys)
        view = await stay_in_scope(StayAt(access, desks.cast.hoa_sen, stay_id))
        return view.identity


async def of(desks: Desks, *guests: Guest, login: str = "lan", day: int = 1) -> list[UUID]:
    entries = [StayEntry(guest=guest, arrived_at=at(day), room=ROOMS[login]) for guest in guests]
    return await desks.declare_all(login, entries)
