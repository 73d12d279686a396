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
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.checks.population.identity import IdentityAnswer, sync_identity_flags
from asm.db.session import one_transaction
from asm.identity.personal_number import NotAPersonalNumber, parse_personal_number
from asm.identity.population import MAX_BATCH, Answer, Identity, PopulationClient
from asm.identity.vault.keys import Keys, LookUp
from asm.identity.vault.sealing import Sealed, VaultError, open_sealed
from asm.stays.entry import Guest

ACTION: Final = "identity.looked_up"
#: Longer than the client ever takes for a batch.
LEASE_S: Final = 120.0
#: The first wait after "unavailable"; each further one is twice as long, up to an hour, less up to
#: half by chance, so that an outage does not end in a stampede.
FIRST_WAIT_S: Final = 30.0
LONGEST_WAIT_S: Final = 3600.0
STATUS: Final[dict[Answer, str]] = {
    "match": "verified",
    "no_match": "does_not_match",
    "unknown": "unknown",
    "unavailable": "pending",
}
log = structlog.get_logger()

# statement_timestamp(), not clock_timestamp(): it is the same for the whole statement, and so the
# index finds what is due.
_CLAIM = text("""
UPDATE identity_check SET leased_until = statement_timestamp() + make_interval(secs => :lease)
WHERE (facility_id, stay_id) IN (
  SELECT facility_id, stay_id FROM identity_check
  WHERE status = 'pending' AND next_attempt_at <= statement_timestamp()
    AND (leased_until IS NULL OR leased_until <= statement_timestamp())
  ORDER BY next_attempt_at LIMIT :limit
) AND status = 'pending' AND (leased_until IS NULL OR leased_until <= statement_timestamp())
RETURNING facility_id, stay_id, ward_code, guest_record_id, leased_until
""")
_SEALED = text("""
SELECT facility_id, id, key_id, sealed FROM vault.guest_record
JOIN unnest(CAST(:facilities AS uuid[]), CAST(:records AS uuid[])) AS claimed (facility_id, id)
  USING (facility_id, id)
""")
_SYNC = text("""
WITH answered AS (
  SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS answer
    (facility_id uuid, stay_id uuid, guest_record_id uuid, leased_until timestamptz, status text)
), mine AS (
  SELECT known.facility_id, known.stay_id, answered.status
  FROM identity_check AS known JOIN answered USING (facility_id, stay_id)
  WHERE known.guest_record_id = answered.guest_record_id
    AND known.leased_until = answered.leased_until
  ORDER BY known.facility_id, known.stay_id FOR UPDATE OF known
)
UPDATE identity_check AS known SET
  status = mine.status, leased_until = NULL, attempts = known.attempts + 1,
  checked_at = CASE WHEN mine.status <> 'pending' THEN clock_timestamp() END,
  next_attempt_at = CASE WHEN mine.status <> 'pending' THEN known.next_attempt_at
    ELSE clock_timestamp() + make_interval(secs =>
      least(:longest, :first * power(2, least(known.attempts, 20))) * (0.5 + 0.5 * random())) END
FROM mine WHERE known.facility_id = mine.facility_id AND known.stay_id = mine.stay_id
RETURNING known.facility_id, known.stay_id, known.ward_code, known.guest_record_id, known.status
""")


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
    found = await _open(engine, keys, claimed)
    asked = [(row, one) for row, one in found if isinstance(one, Identity)]
    answers = await client.verify([one for _, one in asked])
    statuses = [(row, one) for row, one in found if isinstance(one, str)]
    statuses += [(row, STATUS[answer]) for (row, _), answer in zip(asked, answers, strict=True)]
    return await _store_answers(engine, statuses)


async def _claim(engine: AsyncEngine, limit: int) -> list[_Claimed]:
    async with one_transaction(engine) as session:
        rows = await session.execute(_CLAIM, {"lease": LEASE_S, "limit": limit})
        return [msgspec.convert(row, _Claimed) for row in rows.mappings()]


async def _write_down(keys: Keys, claimed: Sequence[_Claimed]) -> dict[UUID, LookUp]:
    """The proof for each facility that its guests' look-up is in the audit trail."""
    places: dict[UUID, list[_Claimed]] = {}
    for one in claimed:
        places.setdefault(one.facility_id, []).append(one)
    return {
        facility_id: await keys.write_look_up(
            {one.guest_record_id for one in here},
            actor_id=None,
            actor_role="worker",
            action=ACTION,
            facility_id=facility_id,
            ward_code=here[0].ward_code,
        )
        for facility_id, here in places.items()
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
                "facilities": [one.facility_id for one in claimed],
                "records": [one.guest_record_id for one in claimed],
            },
        )
        sealed = {row["id"]: msgspec.convert(row, Sealed) for row in rows.mappings()}
    return [
        (one, _identity(keys, look_ups[one.facility_id], one.guest_record_id, sealed))
        for one in claimed
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
    told = None if born is None else born.isoformat()
    if told is not None and guest.birth_date_precision == "year":
        told = told[:4]
    return Identity(number=number.digits, name=guest.full_name, birth_date=told)


async def _store_answers(
    engine: AsyncEngine, statuses: Sequence[tuple[_Claimed, str]]
) -> IdentityLookUps:
    rows = [msgspec.structs.asdict(row) | {"status": status} for row, status in statuses]
    limits = {"first": FIRST_WAIT_S, "longest": LONGEST_WAIT_S}
    async with one_transaction(engine) as session:
        written = await session.execute(_SYNC, {"rows": _json(rows), **limits})
        mine = [msgspec.convert(row, IdentityAnswer) for row in written.mappings()]
        await sync_identity_flags(session, [one for one in mine if one.status != "pending"])
    counted = Counter(one.status for one in mine)
    return IdentityLookUps(
        claimed=len(statuses),
        verified=counted["verified"],
        does_not_match=counted["does_not_match"],
        unknown=counted["unknown"],
        not_checkable=counted["not_checkable"],
        put_off=counted["pending"],
    )


def _json(rows: list[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()
