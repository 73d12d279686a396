"""Write a look-up down, for good, before anything is opened because of it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from asm.audit.trail import record
from asm.db.session import one_transaction


@dataclass(frozen=True, slots=True)
class WrittenLookUp:
    """A look-up that is committed to the audit trail; made only by `LookUps`."""

    records: frozenset[UUID]


class LookUps:
    """Writes look-ups on connections of its own: a request that holds one from the main pool must
    not wait for a second from the same pool, and its own transaction may still be undone, while
    the look-up happened.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def __call__(self, records: Collection[UUID], **entry: Any) -> WrittenLookUp:
        """Commit one entry naming `records` (ids only). Raises when it could not be written: then
        nothing may be opened.
        """
        details = {"guests": len(records), "records": sorted(str(r) for r in records)}
        async with one_transaction(self._engine) as session:
            await record(session, **entry, details=details)
        return WrittenLookUp(records=frozenset(records))
