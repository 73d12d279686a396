"""Ask the population database about the guests that wait: written down, opened, asked, settled.

Each step is a transaction of its own, and none is open while the service takes its time:

1. claim up to a hundred rows until `LEASE_S` from now
2. write an audit entry for each facility among them: without it the vault opens nothing
3. read what is sealed about them; the connection goes back, and only then they are opened
4. ask the service
5. write the answers, if the lease is still ours

Killed anywhere, the lease runs out and somebody does it again: the answer is the same, the flag
has a key, and the second look-up has an audit entry of its own, because it is one.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import case, func, literal_column, text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.checks.population.identity import IdentityAnswer, sync_identity_flags
from asm.db.actor_kinds import WORKER
from asm.db.direct import as_json
from asm.db.session import one_transaction
from asm.identity.personal_number import NotAPersonalNumber, parse_personal_number
from asm.identity.population import MAX_BATCH, Answer, Identity, PopulationClient
from asm.identity.vault.keys import Keys, LookUp
from asm.identity.vault.sealing import Sealed, VaultError, open_sealed
from asm.outbox.leases import (
    BackOff,
    after,
    claim,
    first_due,
    given,
    matched,
    release,
    still_held,
)
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic
from asm.stays.entry import Guest
from asm.stays.model import identity_check

ACTION: Final = "identity.looked_up"
#: Longer than the client ever takes for a batch.
LEASE_S: Final = 120.0
#: After "unavailable": up to an hour, less up to half by chance.
BACK_OFF: Final = BackOff(first_s=30.0, longest_s=3600.0, least=0.5, most=1.0)
STATUS: Final[dict[Answer, str]] = {
    "match": "verified",
    "no_match": "does_not_match",
    "unknown": "unknown",
    "unavailable": "pending",
}
log = structlog.get_logger()

#: A word of the statement and not a parameter: the index on what is due has it in its condition.
_PENDING: Final = identity_check.c.status == literal_column("'pending'")
CLAIM = claim(
    identity_check,
    first_due(identity_check, identity_check.c.next_attempt_at, _PENDING),
    LEASE_S,
    _PENDING,
).returning(
    identity_check.c.facility_id,
    identity_check.c.stay_id,
    identity_check.c.ward_code,
    identity_check.c.guest_record_id,
    identity_check.c.leased_until,
)
_SEALED = text("""
SELECT facility_id, id, key_id, sealed FROM vault.guest_record
JOIN unnest(CAST(:facilities AS uuid[]), CAST(:records AS uuid[])) AS claimed (facility_id, id)
  USING (facility_id, id)
""")
_ANSWERS = given(
    identity_check,
    identity_check.c.guest_record_id,
    identity_check.c.leased_until,
    identity_check.c.status,
)
# A guest who was told anew meanwhile is another question.
_MINE = still_held(
    identity_check, _ANSWERS, identity_check.c.guest_record_id == _ANSWERS.c.guest_record_id
)
_ANSWERED = _MINE.c.status != literal_column("'pending'")
_SYNC = (
    release(identity_check, matched(identity_check, _MINE))
    .values(
        status=_MINE.c.status,
        attempts=identity_check.c.attempts + 1,
        checked_at=case((_ANSWERED, func.clock_timestamp())),
        next_attempt_at=case(
            (_ANSWERED, identity_check.c.next_attempt_at),
            else_=after(BACK_OFF.seconds(identity_check.c.attempts)),
        ),
    )
    .returning(
        identity_check.c.facility_id,
        identity_check.c.stay_id,
        identity_check.c.ward_code,
        identity_check.c.guest_record_id,
        identity_check.c.status,
    )
)


class IdentityLookUps(msgspec.Struct, frozen=True, kw_only=True):
    """What one round came to. `claimed` rows were taken, `put_off` of them wait for another time
    because the service was unavailable.
    """

    claimed: int = 0
    verified: int = 0
    does_not_match: int = 0
    unknown: int = 0
    not_checkable: int = 0
    put_off: int = 0


class _Claimed(msgspec.Struct, frozen=True, kw_only=True):
    facility_id: UUID
    stay_id: UUID
    ward_code: str
    guest_record_id: UUID
    leased_until: datetime


class _AnswerRow(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a claimed row, as `_ANSWERS` reads it."""

    facility_id: UUID
    stay_id: UUID
    guest_record_id: UUID
    leased_until: datetime
    status: str


async def look_up_identities(
    engine: AsyncEngine, keys: Keys, client: PopulationClient, limit: int = MAX_BATCH
) -> IdentityLookUps:
    """One round. While the service is given a rest, nobody is claimed, and so nobody is opened."""
    state = client.breaker.state
    if state == "open":
        return IdentityLookUps()
    claimed = await _claim(engine, 1 if state == "half_open" else limit)
    if not claimed:
        return IdentityLookUps()
    opened = await _open(engine, keys, claimed)
    queries = [(row, result) for row, result in opened if isinstance(result, Identity)]
    answers = await client.verify([result for _, result in queries])
    statuses = [(row, result) for row, result in opened if isinstance(result, str)]
    statuses += [(row, STATUS[answer]) for (row, _), answer in zip(queries, answers, strict=True)]
    return await _store_answers(engine, statuses)


async def _claim(engine: AsyncEngine, limit: int) -> list[_Claimed]:
    async with one_transaction(engine) as session:
        rows = await session.execute(CLAIM, {"limit": limit})
        return [msgspec.convert(row, _Claimed) for row in rows.mappings()]


async def _write_down(keys: Keys, claimed: Sequence[_Claimed]) -> dict[UUID, LookUp]:
    """The proof for each facility that its guests' look-up is in the audit trail."""
    by_facility: dict[UUID, list[_Claimed]] = {}
    for row in claimed:
        by_facility.setdefault(row.facility_id, []).append(row)
    return {
        facility_id: await keys.write_look_up(
            {row.guest_record_id for row in here},
            actor_id=None,
            actor_role=WORKER,
            action=ACTION,
            facility_id=facility_id,
            ward_code=here[0].ward_code,
        )
        for facility_id, here in by_facility.items()
    }


async def _open(
    engine: AsyncEngine, keys: Keys, claimed: Sequence[_Claimed]
) -> list[tuple[_Claimed, Identity | str]]:
    """Each claimed row with what to ask, or with the status it gets unasked."""
    look_ups = await _write_down(keys, claimed)
    async with one_transaction(engine) as session:
        rows = await session.execute(
            _SEALED,
            {
                "facilities": [row.facility_id for row in claimed],
                "records": [row.guest_record_id for row in claimed],
            },
        )
        sealed = {row["id"]: msgspec.convert(row, Sealed) for row in rows.mappings()}
    return [
        (row, _identity(keys, look_ups[row.facility_id], row.guest_record_id, sealed))
        for row in claimed
    ]


def _identity(
    keys: Keys, look_up: LookUp, record_id: UUID, sealed: dict[UUID, Sealed]
) -> Identity | str:
    try:
        return identity_of(open_sealed(keys, look_up, sealed[record_id], Guest))
    except NotAPersonalNumber:
        return "not_checkable"
    except (VaultError, KeyError) as error:
        log.warning("guest_record_not_opened", record=record_id, error=type(error).__name__)
        return "pending"


def identity_of(guest: Guest) -> Identity:
    """What is asked about a guest. Raises NotAPersonalNumber for papers with another number."""
    number = parse_personal_number("".join((guest.document_number or "").split()))
    born = guest.birth_date
    birth_date = None if born is None else born.isoformat()
    if birth_date is not None and guest.birth_date_precision == "year":
        birth_date = birth_date[:4]
    return Identity(number=number.digits, name=guest.full_name, birth_date=birth_date)


async def _store_answers(
    engine: AsyncEngine, statuses: Sequence[tuple[_Claimed, str]]
) -> IdentityLookUps:
    rows = [
        _AnswerRow(
            facility_id=row.facility_id,
            stay_id=row.stay_id,
            guest_record_id=row.guest_record_id,
            leased_until=row.leased_until,
            status=status,
        )
        for row, status in statuses
    ]
    async with one_transaction(engine) as session:
        written = await session.execute(_SYNC, {"rows": as_json(rows)})
        mine = [msgspec.convert(row, IdentityAnswer) for row in written.mappings()]
        answered = [answer for answer in mine if answer.status != "pending"]
        await sync_identity_flags(session, answered)
        # A share of the stays is verified: whoever keeps totals counts these anew.
        await enqueue(
            session,
            Topic.STAY_RECOUNT,
            [(answer.facility_id, {"stay_id": str(answer.stay_id)}) for answer in answered],
        )
    counted = Counter(answer.status for answer in mine)
    return IdentityLookUps(
        claimed=len(statuses),
        verified=counted["verified"],
        does_not_match=counted["does_not_match"],
        unknown=counted["unknown"],
        not_checkable=counted["not_checkable"],
        put_off=counted["pending"],
    )
