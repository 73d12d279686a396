"""Documents that the provincial police watch for: the ward and the list's owner hear of a hit.

All of it happens in the worker, after the declaration was answered, so neither the answer nor the
time it takes can tell a facility anything; the web process cannot read a list's entries at all.
Hashes are compared with hashes: nobody is opened. The flag closes itself when the document is
corrected, the stay voided, or the list removed or past its last day.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.roles import PROVINCIAL_OFFICER
from asm.checks.flags.batch import Batch
from asm.checks.flags.check import build_check
from asm.checks.flags.model import flag
from asm.checks.flags.sync import SETTLING
from asm.checks.schedule import Timed, TimeWindow, take_turn
from asm.db.session import one_transaction
from asm.db.statements import read_statements
from asm.geo.model import province, ward
from asm.outbox.drain import Event

CHECK_ID: Final = "watch-list"
SEVERITY: Final = "high"
MOST_SHOWN: Final = 500
#: A list that ended at midnight shows nobody for longer than this.
EVERY: Final = timedelta(minutes=5)

_SQL = read_statements(__name__, SETTLING)
_SYNC = text(_SQL["settle"])
_ENDED = text("""
UPDATE flag SET closed_at = clock_timestamp()
WHERE check_id = CAST(:check AS text) AND closed_at IS NULL AND owner_id IS NOT NULL
  AND evidence ->> 'list_id' IN (
    SELECT CAST(id AS text) FROM watch_list
    WHERE removed_at IS NOT NULL
      OR valid_until < (CAST(:now AS timestamptz) AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
  )
""")
_FORGOTTEN = text("""
DELETE FROM vault.watch_upload
WHERE confirmed_at IS NULL AND expires_at < CAST(:now AS timestamptz)
""")
_FACILITIES = text("SELECT id, name, address_text FROM watched_places()")


class WatchHit(msgspec.Struct, frozen=True, kw_only=True):
    """A hit as the list's owner sees it: which list, and where; who it is stands with the ward."""

    list_name: str
    reason: str
    facility_name: str
    address: str
    ward_name: str
    stay_id: UUID
    raised_at: datetime
    closed_at: datetime | None
    dismissed_at: datetime | None


async def check_watchlists(session: AsyncSession, events: Sequence[Event]) -> None:
    """Bring the flags of the changed stays to what they and the lists say now, in one statement."""
    changed = sorted({(event.facility_id, UUID(event.payload["stay_id"])) for event in events})
    await session.execute(
        _SYNC,
        {
            "check": CHECK_ID,
            "severity": SEVERITY,
            "facilities": [facility_id for facility_id, _ in changed],
            "stays": [stay_id for _, stay_id in changed],
        },
    )


async def close_ended(engine: AsyncEngine, due: TimeWindow) -> int:
    """Close the flags of lists that were removed or are past their last day; how many. What was
    uploaded and never confirmed is forgotten.
    """
    async with one_transaction(engine) as session:
        await take_turn(session)
        await session.execute(_FORGOTTEN, {"now": due.now})
        closed = await session.execute(_ENDED, {"check": CHECK_ID, "now": due.now})
        count: int = closed.rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
        return count


async def hits_of(scope: Scope) -> list[WatchHit]:
    """The hits of the actor's own lists, newest first, at most 500. Raises NotAllowed."""
    require_role(scope.actor, PROVINCIAL_OFFICER)
    facilities = {row.id: row for row in await scope.session.execute(_FACILITIES)}
    result = await scope.session.execute(
        select(flag, ward.c.name.label("ward_name"), province.c.name.label("province_name"))
        .join(ward, ward.c.code == flag.c.ward_code)
        .join(province, province.c.code == ward.c.province_code)
        .where(flag.c.check_id == CHECK_ID, flag.c.owner_id == scope.actor.id)
        .order_by(flag.c.raised_at.desc(), flag.c.id)
        .limit(MOST_SHOWN)
    )
    rows: Sequence[Any] = result.all()
    return [
        WatchHit(
            list_name=row.evidence["list"],
            reason=row.evidence["reason"],
            facility_name=facilities[row.facility_id].name,
            address=facilities[row.facility_id].address_text,
            ward_name=f"{row.ward_name}, {row.province_name}",
            stay_id=row.stay_id,
            raised_at=row.raised_at,
            closed_at=row.closed_at,
            dismissed_at=row.dismissed_at,
        )
        for row in rows
    ]


async def _check_batch(session: AsyncSession, batch: Batch) -> None:
    await check_watchlists(session, batch.events)


CHECK: Final = build_check(
    CHECK_ID,
    SEVERITY,
    shows={
        "list": "text",
        "reason": "text",
        "valid_until": "day",
    },
    run=_check_batch,
    timed=Timed(every=EVERY, run=close_ended),
)
