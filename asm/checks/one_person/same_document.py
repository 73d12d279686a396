"""One document, two places at once: a flag for each ward, and no night counted twice.

What a ward sees of the other place is the ward it lies in, the hours and the id of the stay, never
the facility: who sleeps at another place is for that place's ward. The two officers know from the
ward's name whom to call.
"""

from collections.abc import Sequence
from datetime import UTC
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import build_check
from asm.checks.one_person.overlaps import (
    KnownStay,
    Spans,
    StayOverlap,
    as_multirange,
    nights_elsewhere,
    overlaps,
)
from asm.checks.one_person.pair_flags import PairFlag, sync_pair_flags
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic

CHECK_ID: Final = "same-document-two-places"
SEVERITY: Final = "high"
StayKey = tuple[UUID, UUID]

_COUNT_UNTIL = text("""
UPDATE stay SET superseded_from = new.superseded_from, nights_elsewhere = new.nights_elsewhere
FROM json_to_recordset(CAST(:rows AS json)) AS new (facility_id uuid, id uuid, arrival_date date,
  superseded_from date, nights_elsewhere datemultirange)
WHERE stay.facility_id = new.facility_id AND stay.id = new.id
  AND stay.arrival_date = new.arrival_date
""")


async def sync_document_flags(
    session: AsyncSession, batch: Batch, known: Sequence[KnownStay]
) -> None:
    """Bring flags and `nights_elsewhere` to what the stays say now, for all stays that the changed
    ones touch or ever touched; `superseded_from` is the first of these nights, for workers of the
    version before. The events say only where to look, so their order, number and age do not matter.
    """
    await sync_pair_flags(
        session, CHECK_ID, batch, known, [_flag(pair) for pair in overlaps(known)]
    )
    changed = set(zip(batch.facilities, batch.stays, strict=True))
    await _sync_counting(session, known, changed)


async def _sync_counting(
    session: AsyncSession, known: Sequence[KnownStay], changed: set[StayKey]
) -> None:
    spans = nights_elsewhere(known)
    rows = [
        row
        for s in sorted(known, key=_key)
        if (row := _counting(s, spans.get(_key(s))))["nights_elsewhere"] != s.nights_elsewhere
        or row["superseded_from"] != s.superseded_from
    ]
    if not rows:
        return
    await session.execute(_COUNT_UNTIL, {"rows": _json(rows)})
    # Whoever keeps totals hears of the stays whose nights changed without anyone declaring so.
    await enqueue(
        session,
        Topic.STAY_CHANGED,
        [
            (row["facility_id"], {"stay_id": str(row["id"]), "version": row["version"]})
            for row in rows
            if (row["facility_id"], row["id"]) not in changed
        ],
    )


def _counting(known: KnownStay, spans: Spans | None) -> dict[str, Any]:
    return {
        "facility_id": known.facility_id,
        "id": known.id,
        "arrival_date": known.arrival_date,
        "version": known.version,
        "superseded_from": spans[0][0] if spans else None,
        "nights_elsewhere": as_multirange(spans) if spans else None,
    }


def _key(known: KnownStay) -> StayKey:
    return known.facility_id, known.id


def _flag(pair: StayOverlap) -> PairFlag:
    return PairFlag(
        severity=SEVERITY,
        own=pair.own,
        other=pair.other,
        evidence={
            "overlap_from": pair.since.astimezone(UTC).isoformat(),
            "overlap_to": pair.until and pair.until.astimezone(UTC).isoformat(),
        },
    )


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()


CHECK: Final = build_check(
    CHECK_ID,
    SEVERITY,
    shows={
        "overlap_from": "moment",
        "overlap_to": "moment",
        "other_ward_code": "ward",
        "other_stay_id": "stay",
    },
)
