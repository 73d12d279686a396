"""Evenings to pass in as the clock: never the one on the wall."""

from datetime import UTC, datetime, time, timedelta

from asm.db.base import VIETNAM, vietnam_time

#: Tomorrow by the machine's clock: the cast's facilities, registered just now, are active then.
TOMORROW = vietnam_time(datetime.now(UTC)).date() + timedelta(days=1)


def tomorrow_at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    """That time in Vietnam, tomorrow or `days` later."""
    return datetime.combine(TOMORROW + timedelta(days=days), time(hour, minute), VIETNAM)
