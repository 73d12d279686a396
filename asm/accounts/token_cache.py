"""Whose token this is, remembered for seconds, so that a busy hotel's software is not looked up
anew for each guest; while the database is away, who is known from before.

What is remembered decides nothing: whoever writes on the strength of it asks the database again in
the transaction that writes (`asm.accounts.standing`).
"""

import asyncio
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from asm.accounts.actor import Actor
from asm.accounts.known_hosts import PATIENCE_S, KnownHosts
from asm.accounts.sessions import account_of_token
from asm.db.error_kinds import DATABASE_ERRORS, is_away
from asm.errors import Unauthenticated

FRESH_S = 30.0


class TokenCache:
    """Actors of bearer tokens by the hash of the token. One for each process."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        known: KnownHosts,
    ) -> None:
        self._sessions = sessions
        self._known = known
        self._asking: dict[bytes, asyncio.Task[Actor]] = {}

    async def actor(self, hashed: bytes, facility_id: UUID) -> Actor:
        """Who declares for the facility with the token of this hash. Raises Unauthenticated.

        `now` is the database's clock of when it was asked, carried on by this process's.
        """
        known = self._known.find_fresh(hashed, facility_id, FRESH_S)
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
            self._known.forget(hashed)
            raise
        except DATABASE_ERRORS as error:
            known = self._known.find(hashed, facility_id)
            if known is None or not is_away(error):
                raise
            return known

    async def _ask(self, hashed: bytes) -> Actor:
        async with asyncio.timeout(PATIENCE_S), self._sessions.begin() as session:
            actor = await account_of_token(session, hashed)
        self._known.put(hashed, actor)
        return actor
