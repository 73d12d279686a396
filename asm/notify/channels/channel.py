"""What every channel is given and what it answers: whether a failure is worth another try."""

from typing import Any, Final, Protocol
from uuid import UUID

import msgspec

#: Longest time that one delivery may take; the lease is longer.
SEND_TIMEOUT_S: Final = 20.0


class MessageText(msgspec.Struct, frozen=True, kw_only=True):
    """A message outside the inbox, in the reader's language: no name, no number, no place."""

    title: str
    text: str


class OutgoingDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery. `id` is the idempotency key: it stays the same however often this is tried.
    `address` is what the contact holds (an e-mail address, a phone number, a URL with its secret,
    a push subscription). `leave_url` unsubscribes the contact, None where nothing may be left.
    """

    id: UUID
    topic: str
    address: dict[str, Any]
    message: MessageText
    link: str
    leave_url: str | None
    language: str
    facts: dict[str, Any]

    def __repr__(self) -> str:
        return f"OutgoingDelivery({self.id})"


class AcceptedDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """Taken over. `delivered`: the receiver itself said so; else it is on its way."""

    delivered: bool = False
    reference: str | None = None


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """Not taken. `why` is a code without personal data. `permanent`: trying again changes
    nothing. `after_s`: the other server asked for that pause. `gone`: the address is no more.
    """

    why: str
    permanent: bool
    after_s: float | None = None
    gone: bool = False


Outcome = AcceptedDelivery | Failed


class Channel(Protocol):
    """One way to reach people outside the pages."""

    name: str

    async def send(self, outgoing: OutgoingDelivery) -> Outcome:
        """Hand the delivery over. Raises nothing expected; holds no database connection."""

    async def close(self) -> None:
        """Let go of connections."""
