"""A declaration that waits to be written."""

import asyncio
import time
from dataclasses import dataclass, field
from uuid import UUID

from asm.accounts.actor import Actor
from asm.accounts.standing import Standing
from asm.identity.vault.keys import Keys
from asm.stays.declaration import Declaration, Outcome


@dataclass(eq=False, kw_only=True)
class QueuedDeclaration:
    """One declaration on its way. `received`: when it came in, on this process's clock."""

    keys: Keys
    actor: Actor
    declaration: Declaration
    token_hash: bytes | None = None
    received: float = field(default_factory=time.monotonic)
    maybe_stored: bool = False
    answer: asyncio.Future[Outcome] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @property
    def facility_id(self) -> UUID:
        return self.declaration.facility_id

    @property
    def key(self) -> str | None:
        return self.declaration.key

    @property
    def rows(self) -> int:
        return len(self.declaration.entries)

    @property
    def standing(self) -> Standing:
        return Standing(
            account_id=self.actor.id, facility_id=self.facility_id, token_hash=self.token_hash
        )
