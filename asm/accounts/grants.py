"""Whose token this is, remembered for seconds, so that a busy hotel's software is not looked up
anew for each guest.

What is remembered decides nothing: whoever writes on the strength of it asks the database again in
the transaction that writes (`asm.accounts.standing`).
"""

import asyncio
import time
from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from asm.accounts.actor import HOST_ROLES, Actor
from asm.accounts.sessions import account_of_token
from asm.db.faults import FAULTS, is_away
from asm.errors import Unauthenticated

FRESH_S = 30.0
#: While the database is away it cannot be asked; who was known before still gets a signed proof of
#: having tried, which tells and opens nothing.
KNOWN_S = 12 * 3600.0
MOST = 20_000


class Grants:
    """Actors of bearer tokens by the hash of the token. One for each process."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions
        self._asking: dict[bytes, asyncio.Task[Actor]] = {}
        self._seen: dict[bytes, tuple[float, Actor]] = {}

    async def actor(self, hashed: bytes, facility_id: UUID) -> Actor:
        """Who declares for the facility with the token of this hash. Raises Unauthenticated.

        `now` is the database's clock of when it was asked, carried on by this process's.
        """
        known = self._known(hashed, facility_id, FRESH_S)
        if known is not None:
            return known
        # A crowd with one token asks once.
        asking = self._asking.get(hashed)
        if asking is None:
            asking = self._asking[hashed] = asyncio.create_task(self._ask(hashed))
            asking.add_done_callback(lambda _: self._asking.pop(hashed, None))
        try:
            return await asyncio.shield(asking)
        except Unauthenticated:
            self.forget(hashed)
            raise
        except FAULTS as error:
            known = self._known(hashed, facility_id, KNOWN_S)
            if known is None or not is_away(error):
                raise
            return known

    async def _ask(self, hashed: bytes) -> Actor:
        async with self._sessions() as session:
            actor = await account_of_token(session, hashed)
        self._remember(hashed, actor)
        return actor

    def forget(self, hashed: bytes) -> None:
        """The database said otherwise."""
        self._seen.pop(hashed, None)

    def _known(self, hashed: bytes, facility_id: UUID, longest_s: float) -> Actor | None:
        seen = self._seen.get(hashed)
        if seen is None:
            return None
        age = time.monotonic() - seen[0]
        actor = seen[1]
        # Anything but a plain yes is worth a look: they may have joined a moment ago.
        if age > longest_s or actor.role not in HOST_ROLES or facility_id not in actor.facility_ids:
            return None
        return msgspec.structs.replace(actor, now=actor.now + timedelta(seconds=age))

    def _remember(self, hashed: bytes, actor: Actor) -> None:
        if len(self._seen) >= MOST:
            self._seen.pop(next(iter(self._seen)))
        self._seen.pop(hashed, None)
        self._seen[hashed] = (time.monotonic(), actor)
