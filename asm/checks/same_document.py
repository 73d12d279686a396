"""One document, two places at once: a flag for each ward, and no night counted twice.

What a ward sees of the other place is the ward it lies in, the hours and the id of the stay, never
the facility: who sleeps at another place is for that place's ward. The two officers know from the
ward's name whom to call.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.overlaps import KnownStay, Overlap, counted_until, overlaps
from asm.db.base import new_id
from asm.notify.drain import Event
from asm.notify.outbox import STAY_CHANGED, enqueue

CHECK_ID: Final = "same-document-two-places"
SEVERITY: Final = "high"
StayKey = tuple[UUID, UUID]
FlagKey = tuple[UUID, str]

# All live stays of every person that a changed stay was ever declared for, so that an amended
# document settles the stays of the person it named before, too; and the changed stays themselves
# when they are void or have no document.
_KNOWN_BY = """
WITH changed AS (
  SELECT DISTINCT facility_id, stay_id
  FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[])) AS event (facility_id, stay_id)
), person AS (
  SELECT DISTINCT known.{index} AS person
  FROM changed
  JOIN stay_version AS version USING (facility_id, stay_id)
  JOIN vault.guest_record AS told
    ON told.facility_id = version.facility_id AND told.id = version.guest_record_id
  JOIN vault.person AS known
    ON known.facility_id = told.facility_id AND known.ref = told.person_ref
  WHERE known.{index} IS NOT NULL
), near AS (
  SELECT stay.*, person.person
  FROM person
  JOIN vault.person AS known ON known.{index} = person.person
  JOIN stay ON stay.facility_id = known.facility_id AND stay.person_ref = known.ref
  WHERE stay.voided_at IS NULL
  UNION ALL
  SELECT stay.*, known.{index}
  FROM changed
  JOIN stay ON stay.facility_id = changed.facility_id AND stay.id = changed.stay_id
  LEFT JOIN vault.person AS known
    ON known.facility_id = stay.facility_id AND known.ref = stay.person_ref
  WHERE stay.voided_at IS NOT NULL OR known.{index} IS NULL
)
SELECT facility_id, id, arrival_date, ward_code, version, person, arrived_at, received_at,
  planned_departure_at, departed_at, first_night, end_night, superseded_from,
  voided_at IS NOT NULL AS voided
FROM near
"""
# By the slot of the current index key, which is complete at any moment; the other one is not
# while the key rotates.
_SLOT = text(
    "SELECT 'index_' || slot FROM vault.wrapped_key WHERE purpose = 'index' AND state = 'current'"
)
_KNOWN = {name: text(_KNOWN_BY.format(index=name)) for name in ("index_a", "index_b")}
_STANDING = text("""
SELECT facility_id, id, subject, stay_id, evidence FROM flag
WHERE check_id = :check AND facility_id = ANY(:facilities) AND stay_id = ANY(:stays)
  AND closed_at IS NULL
""").columns(evidence=JSONB)
# Raised again after it had closed itself, a flag is as new; one that an officer dismissed stays
# dismissed.
_RAISE = text("""
INSERT INTO flag (facility_id, id, check_id, subject, severity, ward_code, stay_id, evidence)
SELECT facility_id, id, check_id, subject, severity, ward_code, stay_id, evidence
FROM json_populate_recordset(NULL::flag, CAST(:rows AS json))
ON CONFLICT (facility_id, check_id, subject) DO UPDATE SET
  ward_code = excluded.ward_code, stay_id = excluded.stay_id, evidence = excluded.evidence,
  raised_at = CASE WHEN flag.closed_at IS NULL THEN flag.raised_at ELSE clock_timestamp() END,
  closed_at = NULL
""")
_CLOSE = text("""
UPDATE flag SET closed_at = clock_timestamp()
FROM unnest(CAST(:facilities AS uuid[]), CAST(:ids AS uuid[])) AS gone (facility_id, id)
WHERE flag.facility_id = gone.facility_id AND flag.id = gone.id AND flag.closed_at IS NULL
""")
_COUNT_UNTIL = text("""
UPDATE stay SET superseded_from = new.superseded_from
FROM json_to_recordset(CAST(:rows AS json))
  AS new (facility_id uuid, id uuid, arrival_date date, superseded_from date)
WHERE stay.facility_id = new.facility_id AND stay.id = new.id
  AND stay.arrival_date = new.arrival_date
""")


async def check_same_document(session: AsyncSession, events: Sequence[Event]) -> None:
    """Bring flags and `superseded_from` to what the stays say now, for all stays that the changed
    ones touch or ever touched. The events say only where to look, so their order, number and age
    do not matter.
    """
    changed = {(event.facility_id, UUID(event.payload["stay_id"])) for event in events}
    # Before the first key there is no document to compare.
    slot = (await session.execute(_SLOT)).scalar_one_or_none() or "index_a"
    found = await session.execute(
        _KNOWN[slot],
        {"facilities": [key[0] for key in changed], "stays": [key[1] for key in changed]},
    )
    known = [msgspec.convert(row, KnownStay) for row in found.mappings()]
    await _settle_flags(session, changed | {(s.facility_id, s.id) for s in known}, overlaps(known))
    await _settle_counting(session, known, changed)


async def _settle_flags(
    session: AsyncSession, stays: set[StayKey], pairs: Iterable[Overlap]
) -> None:
    wanted: dict[FlagKey, dict[str, Any]] = {}
    for pair in pairs:
        # Two stays here that overlap the same stay there are one flag: on the earlier of them.
        wanted.setdefault((pair.own.facility_id, str(pair.other.id)), _flag(pair))
    found = await session.execute(
        _STANDING,
        {
            "check": CHECK_ID,
            "facilities": list({facility_id for facility_id, _ in stays}),
            "stays": [stay_id for _, stay_id in stays],
        },
    )
    standing = {(row.facility_id, row.subject): row for row in found}
    fresh = [row for key, row in wanted.items() if not _as_is(row, standing.get(key))]
    if fresh:
        await session.execute(_RAISE, {"rows": _json(fresh)})
    gone = [row for key, row in standing.items() if key not in wanted]
    if gone:
        await session.execute(
            _CLOSE,
            {"facilities": [row.facility_id for row in gone], "ids": [row.id for row in gone]},
        )


async def _settle_counting(
    session: AsyncSession, known: Sequence[KnownStay], changed: set[StayKey]
) -> None:
    ends = counted_until(known)
    moved = [s for s in known if ends.get((s.facility_id, s.id)) != s.superseded_from]
    if not moved:
        return
    rows = [
        {
            "facility_id": s.facility_id,
            "id": s.id,
            "arrival_date": s.arrival_date,
            "superseded_from": ends.get((s.facility_id, s.id)),
        }
        for s in sorted(moved, key=lambda s: (s.facility_id, s.id))
    ]
    await session.execute(_COUNT_UNTIL, {"rows": _json(rows)})
    # Whoever keeps totals hears of the stays whose nights changed without anyone declaring so.
    await enqueue(
        session,
        STAY_CHANGED,
        [
            (s.facility_id, {"stay_id": str(s.id), "version": s.version})
            for s in moved
            if (s.facility_id, s.id) not in changed
        ],
    )


def _flag(pair: Overlap) -> dict[str, Any]:
    return {
        "facility_id": pair.own.facility_id,
        "id": new_id(),
        "check_id": CHECK_ID,
        "subject": str(pair.other.id),
        "severity": SEVERITY,
        "ward_code": pair.own.ward_code,
        "stay_id": pair.own.id,
        "evidence": {
            "other_stay_id": str(pair.other.id),
            "other_ward_code": pair.other.ward_code,
            "overlap_from": pair.since.astimezone(UTC).isoformat(),
            "overlap_to": pair.until and pair.until.astimezone(UTC).isoformat(),
        },
    }


def _as_is(wanted: dict[str, Any], standing: Any) -> bool:
    return (
        standing is not None
        and standing.stay_id == wanted["stay_id"]
        and standing.evidence == wanted["evidence"]
    )


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()
