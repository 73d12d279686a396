"""Which stays wait for the population database, and the flag when it contradicts the papers.

Only a citizen with papers is asked about: the database knows no foreigner, and without a number
there is nothing to ask. A stay that was asked about is asked again when its guest was changed, and
forgotten when it is void.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import build_check
from asm.checks.flags.sync import SETTLING
from asm.db.base import new_id
from asm.db.statements import read_statements

CHECK_ID: Final = "identity-mismatch"
SEVERITY: Final = "medium"

_SQL = read_statements(__name__, SETTLING)
_WAIT = text(_SQL["wait"])
# A flag is about the guest as told in one record: told anew, a mismatch is a new one.
_CLOSE = text("""
UPDATE flag SET closed_at = clock_timestamp()
FROM json_to_recordset(CAST(:rows AS json))
  AS settled (facility_id uuid, stay_id uuid, guest_record_id text, status text)
WHERE flag.facility_id = settled.facility_id AND flag.stay_id = settled.stay_id
  AND flag.check_id = :check AND flag.closed_at IS NULL
  AND NOT (settled.status = 'does_not_match' AND flag.subject = settled.guest_record_id)
""")
_RAISE = text(_SQL["raise_rows"])
# Counted by a function of the owner's: the web process may know how many wait, not who.
_WAITING = text("SELECT waiting, oldest_s FROM identity_checks_waiting()")


class IdentityAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A stay whose guest was asked about, and with what result."""

    facility_id: UUID
    stay_id: UUID
    ward_code: str
    guest_record_id: UUID
    status: str


async def await_identity(session: AsyncSession, batch: Batch) -> None:
    """Let the changed stays wait for their look-up, or for none any more. Asks nobody: that takes
    as long as another server likes.
    """
    await session.execute(
        _WAIT,
        {
            "check": CHECK_ID,
            "facilities": batch.facilities,
            "stays": batch.stays,
            "arrivals": batch.arrivals,
        },
    )


async def waiting(session: AsyncSession) -> tuple[int, float]:
    """How many stays wait for an answer (up to 10,000), and for how many seconds the first has
    been due.
    """
    row = (await session.execute(_WAITING)).one()
    return row.waiting, max(0.0, row.oldest_s)


async def sync_identity_flags(session: AsyncSession, answers: Sequence[IdentityAnswer]) -> None:
    """Raise a flag for each stay that does not match, and close those whose cause is gone."""
    if not answers:
        return
    ordered = sorted(answers, key=lambda answer: (answer.facility_id, answer.stay_id))
    await session.execute(_CLOSE, {"check": CHECK_ID, "rows": _json(ordered)})
    raised = [_flag(answer) for answer in ordered if answer.status == "does_not_match"]
    if raised:
        await session.execute(_RAISE, {"rows": _json(raised)})


def _flag(answer: IdentityAnswer) -> dict[str, Any]:
    return {
        "facility_id": answer.facility_id,
        "id": new_id(),
        "check_id": CHECK_ID,
        "subject": str(answer.guest_record_id),
        "severity": SEVERITY,
        "ward_code": answer.ward_code,
        "stay_id": answer.stay_id,
        "evidence": {},
    }


def _json(rows: Sequence[object]) -> str:
    return msgspec.json.encode(rows).decode()


CHECK: Final = build_check(
    CHECK_ID,
    SEVERITY,
    run=await_identity,
)
