"""People of the cast who declare at the same time, and a writer that waits for them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.actor import Actor
from asm.accounts.sessions import actor_of_login
from asm.db.session import make_sessions, one_transaction
from asm.demo.cast import Cast
from asm.identity.vault.keys import Keys
from asm.stays.declaration import Declaration, Outcome
from asm.stays.entry import StayEntry
from asm.stays.intake.group_commit import GroupCommit, QueuedDeclaration
from tests.checks.desks import ROOMS, fresh_number, somebody
from tests.faults.worker_process import until

LOGINS = ("lan", "hai", "bich", "tuan")


class Evening:
    """People of the cast who declare at the same time, through one writer."""

    def __init__(self, engine: AsyncEngine, keys: Keys, cast: Cast) -> None:
        self.commits = GroupCommit(make_sessions(engine))
        self.engine = engine
        self.keys = keys
        facilities = (cast.hoa_sen, cast.boarding_house, cast.hospital, cast.guest_house_b)
        self.facilities = dict(zip(LOGINS, facilities, strict=True))
        self.actors: dict[str, Actor] = {}

    async def come_in(self) -> None:
        async with one_transaction(self.engine) as session:
            for login in LOGINS:
                self.actors[login] = await actor_of_login(session, login)

    def declaration(self, login: str, number: str | None = None, **changes: Any) -> Declaration:
        key = changes.pop("key", str(uuid4()))
        entry = StayEntry(
            guest=somebody(number or fresh_number()),
            arrived_at=self.actors[login].now - timedelta(minutes=5),
            room=ROOMS[login],
        )
        fields = {"entries": [entry], "via": "api", "body": key.encode(), **changes}
        return Declaration(facility_id=self.facilities[login], key=key, **fields)

    async def send(self, login: str, declaration: Declaration) -> Outcome:
        queued = QueuedDeclaration(
            keys=self.keys, actor=self.actors[login], declaration=declaration
        )
        return await self.commits.declare(queued)

    def send_all(self, sent: Sequence[tuple[str, Declaration]]) -> list[asyncio.Task[Outcome]]:
        return [asyncio.create_task(self.send(login, declaration)) for login, declaration in sent]


@asynccontextmanager
async def gathered(evening: Evening, rows: int) -> AsyncIterator[None]:
    """Let so many rows gather, and then let the writer begin."""

    async def there() -> bool:
        return evening.commits.waiting_rows >= rows

    await until(there, "the queue to fill")
    yield
    evening.commits.start()


async def count(session: AsyncSession, query: str) -> int:
    return int((await session.execute(text(query))).scalar_one())


async def commits_of(session: AsyncSession, table: str) -> int:
    return await count(session, f"SELECT count(DISTINCT xmin::text) FROM {table}")
