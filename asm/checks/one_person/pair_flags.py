"""Flags about two stays of one document, each side's on its own stay.

Of the other side a ward sees the ward it lies in and the id of the stay, never the facility: who
sleeps at another place is for that place's ward. Of a stay that an officer of the ward declared, it
sees the id alone: else whoever declares a person for a house learns, without a look-up, in which
ward of the country that person is. The other ward sees its side whole.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import Severity
from asm.checks.flags.sync import SETTLING
from asm.checks.one_person.overlaps import KnownStay
from asm.db.base import new_id
from asm.db.statements import read_statements

_STANDING = text("""
SELECT facility_id, id, subject, stay_id, evidence FROM flag
WHERE check_id = :check AND facility_id = ANY(:facilities) AND stay_id = ANY(:stays)
  AND closed_at IS NULL
""").columns(evidence=JSONB)
_SQL = read_statements(__name__, SETTLING)
_RAISE = text(_SQL["raise_rows"])
_CLOSE = text("""
UPDATE flag SET closed_at = clock_timestamp()
FROM unnest(CAST(:facilities AS uuid[]), CAST(:ids AS uuid[])) AS gone (facility_id, id)
WHERE flag.facility_id = gone.facility_id AND flag.id = gone.id AND flag.closed_at IS NULL
""")


class PairFlag(msgspec.Struct, frozen=True, kw_only=True):
    """A flag on `own` because of `other`; `evidence` besides the other's id and ward."""

    severity: Severity
    own: KnownStay
    other: KnownStay
    evidence: dict[str, Any]


async def sync_pair_flags(
    session: AsyncSession,
    check_id: str,
    batch: Batch,
    known: Sequence[KnownStay],
    flags: Iterable[PairFlag],
) -> None:
    """Let exactly `flags` stand for the changed stays and the `known` ones of the same people. Two
    stays here against the same stay there are one flag: the first that is told. A flag of a stay
    that did not change, about one that was not loaded because it began long before or after, is
    left as it is.
    """
    changed = set(batch.stays)
    looked_at = set(zip(batch.facilities, batch.stays, strict=True))
    looked_at |= {(stay.facility_id, stay.id) for stay in known}
    wanted: dict[tuple[UUID, str], dict[str, Any]] = {}
    for pair in flags:
        wanted.setdefault((pair.own.facility_id, str(pair.other.id)), _row(check_id, pair))
    standing_rows = await session.execute(
        _STANDING,
        {
            "check": check_id,
            "facilities": list({facility_id for facility_id, _ in looked_at}),
            "stays": [stay_id for _, stay_id in looked_at],
        },
    )
    standing = {(row.facility_id, row.subject): row for row in standing_rows}
    fresh = [row for key, row in wanted.items() if not _as_is(row, standing.get(key))]
    if fresh:
        await session.execute(_RAISE, {"rows": _json(fresh)})
    loaded = {str(stay_id) for _, stay_id in looked_at}
    gone = [
        row
        for key, row in standing.items()
        if key not in wanted and (row.subject in loaded or row.stay_id in changed)
    ]
    if gone:
        await session.execute(
            _CLOSE,
            {"facilities": [row.facility_id for row in gone], "ids": [row.id for row in gone]},
        )


def _row(check_id: str, pair: PairFlag) -> dict[str, Any]:
    return {
        "facility_id": pair.own.facility_id,
        "id": new_id(),
        "check_id": check_id,
        "subject": str(pair.other.id),
        "severity": pair.severity,
        "ward_code": pair.own.ward_code,
        "stay_id": pair.own.id,
        "evidence": _evidence(pair),
    }


def _evidence(pair: PairFlag) -> dict[str, Any]:
    other = {"other_stay_id": str(pair.other.id)}
    if pair.own.assisted and pair.other.ward_code != pair.own.ward_code:
        return other
    return pair.evidence | other | {"other_ward_code": pair.other.ward_code}


def _as_is(wanted: dict[str, Any], standing: Any) -> bool:
    return (
        standing is not None
        and standing.stay_id == wanted["stay_id"]
        and standing.evidence == wanted["evidence"]
    )


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()
