"""The refusals of a busy or broken evening, with the proof of having tried."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from asm.errors import RETRY_AFTER_S, Unavailable
from asm.identity.vault.keys import KeyFiles, Keys
from asm.stays.declaration import Declaration
from asm.stays.receipts.attempts import sign_attempt


class Sent(Protocol):
    """What was sent, by whom it was signed for, and when it came in (this process's clock)."""

    @property
    def keys(self) -> Keys: ...
    @property
    def facility_id(self) -> UUID: ...
    @property
    def declaration(self) -> Declaration: ...
    @property
    def received(self) -> float: ...


class Clock:
    """The database's clock as it was last read, carried on by this process's; before the first
    reading the machine's own.
    """

    def __init__(self, *, timer: Callable[[], float] = time.monotonic) -> None:
        self.timer = timer
        self._read: tuple[datetime, float] | None = None

    def set(self, now: datetime) -> None:
        """The database has just said that it is `now`."""
        self._read = (now, self.timer())

    def at(self, moment: float) -> datetime:
        """What the clock showed at `moment` of `timer`."""
        shown, read = self._read or (datetime.now(UTC), self.timer())
        return shown + timedelta(seconds=moment - read)

    def now(self) -> datetime:
        """What the clock shows."""
        return self.at(self.timer())


class Unsent(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent and stored nothing: for which facility, under which key (empty: none)."""

    facility_id: UUID
    key: str
    body: bytes


def not_taken(sent: Sent, clock: Clock) -> Unavailable:
    """Nothing of it was stored, and that is signed."""
    return refuse_unsent(sent.keys.files, unsent_of(sent.declaration), clock.at(sent.received))


def unsent_of(declaration: Declaration) -> Unsent | None:
    """None for what would have stored nothing anyway: it has no key."""
    if declaration.key is None:
        return None
    return Unsent(facility_id=declaration.facility_id, key=declaration.key, body=declaration.body)


def refuse_unsent(files: KeyFiles, unsent: Unsent | None, at: datetime) -> Unavailable:
    """The refusal of what came in at `at`, with its proof if there is something to prove."""
    attempt = unsent and sign_attempt(files, unsent.facility_id, at, unsent.key, unsent.body)
    return Unavailable(
        "try_again", text="try_again.not_stored", retry_after_s=RETRY_AFTER_S, attempt=attempt
    )


def outcome_unknown() -> Unavailable:
    """The link broke while it was being stored: only a resend can tell, and is harmless."""
    return Unavailable("outcome_unknown", retry_after_s=RETRY_AFTER_S)
