"""A guest without papers: declared all the same, and shown to the ward at once (Residence Law Art.
30). The flag closes itself when papers are given or the stay is voided; leaving does not close it.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import new_id
from asm.notify.drain import Event

CHECK_ID: Final = "guest-without-papers"
SEVERITY: Final = "high"

# What the stays say now decides; the events only say where to look. In the order of the key, so
# that two workers on the same stays wait for each other instead of deadlocking.
_SETTLE = text("""
WITH told AS (
  SELECT stay.facility_id, stay.id AS stay_id, stay.ward_code, changed.flag_id,
    stay.voided_at IS NULL AND stay.no_papers AS wanted
  FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[]), CAST(:ids AS uuid[]))
    AS changed (facility_id, stay_id, flag_id)
  JOIN stay ON stay.facility_id = changed.facility_id AND stay.id = changed.stay_id
), settled AS (
  UPDATE flag SET closed_at = clock_timestamp() FROM told
  WHERE NOT told.wanted AND flag.facility_id = told.facility_id AND flag.stay_id = told.stay_id
    AND flag.check_id = CAST(:check AS text) AND flag.closed_at IS NULL
)
INSERT INTO flag (facility_id, id, check_id, subject, severity, ward_code, stay_id, evidence)
SELECT facility_id, flag_id, CAST(:check AS text), CAST(stay_id AS text), CAST(:severity AS text),
  ward_code, stay_id, jsonb_build_object('stay_id', stay_id)
FROM told WHERE wanted ORDER BY told.facility_id, told.stay_id
ON CONFLICT (facility_id, check_id, subject) DO UPDATE SET
  ward_code = excluded.ward_code, raised_at = clock_timestamp(), closed_at = NULL
  WHERE flag.closed_at IS NOT NULL
""")


async def check_no_papers(session: AsyncSession, events: Sequence[Event]) -> None:
    """Bring the flags of the changed stays to what these say now, in one statement."""
    changed = sorted({(event.facility_id, UUID(event.payload["stay_id"])) for event in events})
    await session.execute(
        _SETTLE,
        {
            "check": CHECK_ID,
            "severity": SEVERITY,
            "facilities": [facility_id for facility_id, _ in changed],
            "stays": [stay_id for _, stay_id in changed],
            "ids": [new_id() for _ in changed],
        },
    )
