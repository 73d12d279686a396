"""Who a sign-in belonged to when the database last said so. Decides nothing: see who uses it."""

import time
from collections.abc import Callable, Collection
from datetime import timedelta
from uuid import UUID

import msgspec
from cachetools import TTLCache

from asm.accounts.actor import Actor
from asm.accounts.roles import HOST_ROLES

#: While the database is away it cannot be asked; who was known before still gets a signed proof of
#: having tried, which tells and opens nothing.
KNOWN_S = 12 * 3600.0
MOST = 20_000


class ActorCache:
    """Actors by the hash of their token or session. One for each process and kind."""

    def __init__(self, *, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._seen: TTLCache[bytes, tuple[float, Actor]] = TTLCache(MOST, KNOWN_S, timer)

    def put(self, hashed: bytes, actor: Actor) -> None:
        """The database has just said so."""
        self._seen[hashed] = (self._timer(), actor)

    def forget(self, hashed: bytes) -> None:
        """The database said otherwise."""
        self._seen.pop(hashed, None)

    def forget_before(self, at: float) -> None:
        """All that was put before this moment of the timer: there is later news of everybody."""
        for hashed, (put, _) in list(self._seen.items()):
            if put < at:
                self._seen.pop(hashed, None)

    def forget_accounts(self, account_ids: Collection[UUID]) -> None:
        """All sign-ins of these accounts."""
        for hashed, (_, actor) in list(self._seen.items()):
            if actor.id in account_ids:
                self._seen.pop(hashed, None)

    def find(self, hashed: bytes, facility_id: UUID, longest_s: float = KNOWN_S) -> Actor | None:
        """Who worked for the facility at most `longest_s` seconds ago. `now` is the database's
        clock of then, carried on by this process's.
        """
        actor = self.whose(hashed, longest_s)
        # Anything but a plain yes is worth a look: they may have joined a moment ago.
        if actor is None or actor.role not in HOST_ROLES or facility_id not in actor.facility_ids:
            return None
        return actor

    def whose(self, hashed: bytes, longest_s: float = KNOWN_S) -> Actor | None:
        """Who signed in so, whatever they work for, as of at most `longest_s` seconds ago."""
        try:
            at, actor = self._seen[hashed]
        except KeyError:
            return None
        age = self._timer() - at
        if age > longest_s:
            return None
        return msgspec.structs.replace(actor, now=actor.now + timedelta(seconds=age))
