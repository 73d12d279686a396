"""Re-visits: somebody who comes again within a year, with a night away in between.

Who it is says the keyed hash of the document's number, in whatever facility; somebody without a
number is known within one house. Kept as counts alone.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.statements import read_statements

REVISITS_SQL: Final = read_statements(__name__)
# By the slot of the current index key, which is complete at any moment.
_SLOT: Final = text(
    "SELECT slot FROM vault.wrapped_key WHERE purpose = 'index' AND state = 'current'"
)
_ALL: Final = {
    "a": text(REVISITS_SQL["all_revisits_by_a"]),
    "b": text(REVISITS_SQL["all_revisits_by_b"]),
}
_SETTLE: Final = {
    "a": text(REVISITS_SQL["revisits_by_a"]),
    "b": text(REVISITS_SQL["revisits_by_b"]),
}


async def settle_revisits(
    session: AsyncSession, people: Sequence[tuple[UUID, UUID]], last: date
) -> None:
    """Settle who of some people (facility id, reference) came again: all their stays, since one
    that is declared late makes a re-visit of a later one.
    """
    if not people:
        return
    values = {
        "facilities": [person[0] for person in people],
        "people": [person[1] for person in people],
        "last": last,
    }
    await session.execute(_SETTLE[await index_slot(session)], values)


async def settle_all_revisits(session: AsyncSession, last: date, part: tuple[int, int]) -> None:
    """Settle everybody of one slice, of so many."""
    values = {"slice": part[0], "slices": part[1], "last": last}
    await session.execute(_ALL[await index_slot(session)], values)


async def index_slot(session: AsyncSession) -> str:
    """The slot of `vault.person` where the keyed hashes of all people are: `a` or `b`."""
    slot: str | None = (await session.execute(_SLOT)).scalar_one_or_none()
    # Before the first key there is no document to compare.
    return slot or "a"
