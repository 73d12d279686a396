"""Tell everybody of an outage or of works on the system."""

from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import NO_FACILITY, new_id
from asm.errors import Invalid
from asm.notify.model import announcement
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic

LONGEST = 500


async def announce(session: AsyncSession, said: str, said_en: str) -> UUID:
    """Let the worker tell every account, in its language, on the channels it chose. Both texts
    have 1-500 characters; raises Invalid `announcement_length`. Returns the announcement's id.
    """
    if not all(1 <= len(text.strip()) <= LONGEST for text in (said, said_en)):
        raise Invalid("announcement_length", most=LONGEST)
    new = new_id()
    await session.execute(
        insert(announcement).values(id=new, said=said.strip(), said_en=said_en.strip())
    )
    await enqueue(session, Topic.ANNOUNCED, [(NO_FACILITY, {"id": str(new)})])
    return new
