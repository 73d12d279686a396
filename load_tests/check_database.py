"""Is everything that was acknowledged in the database, once, and whole?

    ASM_LOAD_DSN=postgresql://… python -m load_tests.check_database [--drained]

Reads the ledger of the run (ASM_LOAD_LEDGER). Exits with 0 when nothing is lost, doubled or torn,
else with 1 and the keys at fault. The login must see all rows: a superuser, on a trial.
"""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import dict_row

from load_tests.ledger import MARK, Party, ledger_path, read_ledger

_SEES_ALL = "SELECT rolsuper OR rolbypassrls AS all FROM pg_roles WHERE rolname = current_user"
# Every row of the run: one for each stay, by the mark that its party carried.
_STAYS = """
WITH event AS (
  SELECT facility_id, payload->>'stay_id' AS stay_id, count(*) AS events, count(dead_at) AS dead
  FROM outbox WHERE facility_id = ANY(%(facilities)s::uuid[]) GROUP BY 1, 2
), life AS (
  SELECT facility_id, stay_id, count(*) AS versions,
    min(content->>'reason_text') FILTER (WHERE version = 1) AS reason_text
  FROM stay_version WHERE facility_id = ANY(%(facilities)s::uuid[]) GROUP BY 1, 2
)
SELECT substr(life.reason_text, %(length)s + 1) AS key, stay.id::text AS id, stay.receipt_number,
  stay.version, life.versions, record.id IS NOT NULL AS guest,
  coalesce(event.events, 0) AS events, coalesce(event.dead, 0) AS dead
FROM stay
JOIN life ON life.facility_id = stay.facility_id AND life.stay_id = stay.id
LEFT JOIN event ON event.facility_id = stay.facility_id AND event.stay_id = stay.id::text
LEFT JOIN vault.guest_record record
  ON record.facility_id = stay.facility_id AND record.id = stay.guest_record_id
WHERE life.reason_text LIKE %(mark)s
"""
# Version rows whose stay is gone, of the same run.
_ORPHANS = """
SELECT substr(content->>'reason_text', %(length)s + 1) AS key, stay_id::text AS id
FROM stay_version v
WHERE v.version = 1 AND content->>'reason_text' LIKE %(mark)s AND NOT EXISTS (
  SELECT FROM stay WHERE stay.facility_id = v.facility_id AND stay.id = v.stay_id)
"""
_AUDITED = """
SELECT jsonb_array_elements_text(details->'stays') FROM audit_entry
WHERE action = 'stays.declared' AND facility_id = ANY(%(facilities)s::uuid[])
"""
_KEYS = """
SELECT key FROM idempotency
WHERE outcome IS NOT NULL AND facility_id = ANY(%(facilities)s::uuid[]) AND key = ANY(%(keys)s)
"""
# What no stay of these facilities may be, whoever declared it: a row without a first version, a
# receipt number given twice, a guest with two stays in force that overlap.
_BARE = """
SELECT count(*) AS found FROM stay
WHERE facility_id = ANY(%(facilities)s::uuid[]) AND NOT EXISTS (
  SELECT FROM stay_version v
  WHERE v.facility_id = stay.facility_id AND v.stay_id = stay.id AND v.version = 1)
"""
_NUMBER_TWICE = """
SELECT count(*) AS found FROM (
  SELECT FROM stay WHERE facility_id = ANY(%(facilities)s::uuid[])
  GROUP BY facility_id, receipt_number HAVING count(*) > 1) AS twice
"""
_GUEST_TWICE = """
SELECT count(*) AS found FROM (
  SELECT FROM stay AS one JOIN stay AS other ON other.facility_id = one.facility_id
    AND other.person_ref = one.person_ref AND other.id > one.id AND other.voided_at IS NULL
  WHERE one.voided_at IS NULL AND one.facility_id = ANY(%(facilities)s::uuid[])
    AND stays_overlap(
      one.arrived_at, stay_ends(one.arrived_at, one.planned_departure_at, one.departed_at,
        one.hourly),
      other.arrived_at, stay_ends(other.arrived_at, other.planned_departure_at, other.departed_at,
        other.hourly))) AS twice
"""
Row = Mapping[str, Any]


@dataclass
class Verdict:
    """Keys at fault by kind, and what was counted."""

    acknowledged: int = 0
    stays: int = 0
    waiting: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """A run that acknowledged nothing proves nothing."""
        return bool(self.acknowledged) and not (self.lost or self.doubled or self.torn)

    def lines(self) -> Iterable[str]:
        """What to print."""
        yield (
            f"acknowledged guests {self.acknowledged}, stays {self.stays}, "
            f"outbox rows waiting {self.waiting}"
        )
        for word in ("lost", "doubled", "torn"):
            keys: list[str] = getattr(self, word)
            yield f"{word} {len(keys)}" + "".join(f"\n  {key}" for key in keys[:20])
        yield "OK" if self.good else "FAILED"


def check(
    connection: psycopg.Connection[dict[str, Any]], parties: Mapping[str, Party], *, drained: bool
) -> Verdict:
    """Compare the ledger with the database. `drained`: a worker may have taken the outbox rows."""
    sees = connection.execute(_SEES_ALL).fetchone()
    if sees is None or not sees["all"]:
        raise SystemExit("this login does not see all rows: use a superuser's")
    given = {
        "mark": f"{MARK}%",
        "length": len(MARK),
        "facilities": sorted({party.facility_id for party in parties.values()}),
        "keys": list(parties),
    }
    rows: dict[str, list[Row]] = {key: [] for key in parties}
    for row in connection.execute(_STAYS, given):
        if row["key"] in rows:
            rows[row["key"]].append(row)
    known = {row["key"] for row in connection.execute(_KEYS, given)}
    audited = {next(iter(row.values())) for row in connection.execute(_AUDITED, given)}
    verdict = Verdict(
        acknowledged=sum(len(party.accepted) for party in parties.values()),
        stays=sum(len(party_rows) for party_rows in rows.values()),
        waiting=sum(row["events"] for party_rows in rows.values() for row in party_rows),
    )
    for party in parties.values():
        _check_party(verdict, party, rows[party.key], key_known=party.key in known)
        _check_rows(verdict, party, rows[party.key], audited, drained=drained)
    orphans = [row for row in connection.execute(_ORPHANS, given) if row["key"] in parties]
    verdict.torn += [f"{row['key']}: versions without the stay {row['id']}" for row in orphans]
    for query, faults, text in (
        (_BARE, verdict.torn, "stays without a first version"),
        (_NUMBER_TWICE, verdict.doubled, "receipt numbers given twice"),
        (_GUEST_TWICE, verdict.doubled, "guests in force twice on one day"),
    ):
        counted = connection.execute(query, given).fetchone()
        if counted is not None and counted["found"]:
            faults.append(f"{counted['found']} {text}")
    return verdict


def _check_party(verdict: Verdict, party: Party, rows: Sequence[Row], *, key_known: bool) -> None:
    """Lost: acknowledged and not there. Doubled: more rows than guests were acknowledged."""
    verdict.doubled += party.contradictions
    there = {row["id"]: row["receipt_number"] for row in rows}
    if not party.acknowledged:
        # The answer never came: all of the party may be there, or nothing of it.
        if len(rows) > party.guests:
            verdict.doubled.append(f"{party.key}: {len(rows)} stays of {party.guests} guests")
        if rows and not key_known:
            verdict.torn.append(f"{party.key}: stays without their key")
        return
    for stay_id, number in party.accepted.items():
        if there.get(stay_id) != number:
            verdict.lost.append(f"{party.key}: stay {stay_id}")
    verdict.doubled += [
        f"{party.key}: stay {stay_id} was not acknowledged"
        for stay_id in there.keys() - party.accepted.keys()
    ]
    if not key_known:
        verdict.lost.append(f"{party.key}: the key itself")


def _check_rows(
    verdict: Verdict, party: Party, rows: Sequence[Row], audited: set[str], *, drained: bool
) -> None:
    """Each stay has its versions, its guest, its audit entry and its event."""
    for row in rows:
        wanted = {
            "versions": row["versions"] == row["version"],
            "guest": row["guest"],
            "audit entry": row["id"] in audited,
            "event": row["events"] == row["version"] or (drained and not row["dead"]),
        }
        verdict.torn += [
            f"{party.key}: stay {row['id']} without its {part}"
            for part, there in wanted.items()
            if not there
        ]


def main(arguments: Sequence[str]) -> int:
    """Check and print; the exit status."""
    dsn = os.environ.get("ASM_LOAD_DSN", "")
    if not dsn:
        print("ASM_LOAD_DSN must name the database, for a login that sees all rows")
        return 2
    parties = read_ledger(ledger_path())
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        verdict = check(connection, parties, drained="--drained" in arguments)
    print("\n".join(verdict.lines()))
    return 0 if verdict.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
