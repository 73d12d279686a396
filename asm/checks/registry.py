"""The checks that run. What each looks at and how bad it is stands in its own file."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks import (
    child_alone,
    crowded,
    doubtful_paper,
    late_guest,
    long_stay,
    no_papers,
    often_late,
    overstay,
    permitted_stay,
    silence,
    while_suspended,
)
from asm.checks.flags.batch import find_changed
from asm.checks.flags.check import Check
from asm.checks.one_person import other_names, same_document, travel
from asm.checks.one_person.near_stays import stays_of_same_people
from asm.checks.population import identity
from asm.checks.schedule import Timed, take_turn
from asm.checks.watchlist import hits
from asm.outbox.drain import Event

CHECKS: Final[tuple[Check, ...]] = (
    same_document.CHECK,
    identity.CHECK,
    no_papers.CHECK,
    travel.CHECK,
    other_names.CHECK,
    crowded.CHECK,
    overstay.CHECK,
    long_stay.CHECK,
    permitted_stay.CHECK,
    child_alone.CHECK,
    doubtful_paper.CHECK,
    late_guest.CHECK,
    often_late.CHECK,
    while_suspended.CHECK,
    silence.CHECK,
    hits.CHECK,
)
BY_ID: Final[dict[str, Check]] = {check.id: check for check in CHECKS}
TIMED: Final[dict[str, Timed]] = {check.id: check.timed for check in CHECKS if check.timed}


async def check_stays(
    session: AsyncSession, events: Sequence[Event], now: datetime | None = None
) -> None:
    """Run every check on stays that were declared or changed. `now`: the database's clock."""
    await take_turn(session)
    batch = await find_changed(session, events, now)
    if batch is None:
        return
    known = await stays_of_same_people(session, batch)
    # First, for it decides which of two stays of one person counts; others go by that.
    await same_document.sync_document_flags(session, batch, known)
    await travel.sync_travel_flags(session, batch, known)
    await other_names.sync_name_flags(session, batch, known)
    for check in CHECKS:
        if check.run is not None:
            await check.run(session, batch)
