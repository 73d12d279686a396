"""Move the guests who are there on the day of a change of areas to the ward they are in now.

The nights before that day stay with the ward before (`former_ward_code`, `ward_since`); a stay that
had ended by then stays where it is altogether.
"""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.statements import read_statements
from asm.outbox.topics import Topic

_SQL = read_statements(__name__)
_LOCK_PEOPLE = text(_SQL["lock_people"])
_MOVE_STAYS = text(_SQL["move_stays"]).bindparams(topic=Topic.STAY_RECOUNT)
_MOVE_QUIET = text(_SQL["move_quiet_nights"])


async def move_stays_to_new_ward(session: AsyncSession, event_id: UUID) -> int:
    """Move the running stays of the facilities that an event moved; how many.

    `session` must act as asm_keeper. Runs twice without harm, and must: a declaration that began
    before the event was committed may still name the ward before.
    """
    await session.execute(_LOCK_PEOPLE, {"event": event_id})
    await session.execute(_MOVE_QUIET, {"event": event_id})
    done = await session.execute(_MOVE_STAYS, {"event": event_id})
    count: int = done.scalar_one()
    return count
