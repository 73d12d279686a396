"""What a request has in hand: a transaction, who asks in it, and what opens the vault."""

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor
from asm.identity.vault.keys import Keys


class Scope(msgspec.Struct, frozen=True):
    """One transaction in which the actor's row-level scope is open. What takes no more than this
    opens no sealed record.
    """

    session: AsyncSession
    actor: Actor


class Access(Scope, frozen=True):
    """A scope and the keys as of its start: what is sealed can be read, once the look-up is written
    down.
    """

    keys: Keys
