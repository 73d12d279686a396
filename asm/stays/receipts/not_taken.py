"""The refusals of a busy or broken evening, with the proof of having tried."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from asm.errors import RETRY_AFTER_S, Unavailable
from asm.identity.vault.keys import Keys
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

    def __init__(self) -> None:
        self._read: tuple[datetime, float] | None = None

    def set(self, now: datetime) -> None:
        """The database has just said that it is `now`."""
        self._read = (now, time.monotonic())

    def at(self, moment: float) -> datetime:
        """What the clock showed at `moment` of `time.monotonic()`."""
        shown, read = self._read or (datetime.now(UTC), time.monotonic())
        return shown + timedelta(seconds=moment - read)


def not_taken(sent: Sent, clock: Clock) -> Unavailable:
    """Nothing of it was stored, and that is signed."""
    declaration = sent.declaration
    attempt = None
    if declaration.key is not None:
        attempt = sign_attempt(
            sent.keys.files,
            sent.facility_id,
            clock.at(sent.received),
            declaration.key,
            declaration.body,
        )
    return Unavailable(
        "try_again", text="try_again.not_stored", retry_after_s=RETRY_AFTER_S, attempt=attempt
    )


def outcome_unknown() -> Unavailable:
    """The link broke while it was being stored: only a resend can tell, and is harmless."""
    return Unavailable("outcome_unknown", retry_after_s=RETRY_AFTER_S)
