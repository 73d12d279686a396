"""Guests behind stays, for pages that open them: sealed as the product does, with a first version.
The other millions of stays have none, for nothing that is timed opens those.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import psycopg

from asm.db.session import make_engine
from asm.identity.vault.keyring import KeyRing
from asm.identity.vault.keys import LookUp
from asm.identity.vault.sealing import seal
from asm.stays.entry import Guest
from benchmarks.rig import Rig

_WITHOUT: Final = b"""
SELECT stay.facility_id, stay.id, stay.guest_record_id, stay.person_ref, stay.ward_code,
  stay.nationality, stay.foreigner, stay.arrived_at
FROM stay LEFT JOIN stay_version AS version
  ON version.facility_id = stay.facility_id AND version.stay_id = stay.id
WHERE stay.ward_code = ANY(%(wards)s) AND version.stay_id IS NULL AND (
  stay.first_night <= %(last)s AND (stay.end_night > %(last)s OR stay.first_night = %(last)s)
  OR stay.id IN (SELECT flag.stay_id FROM flag WHERE flag.ward_code = ANY(%(wards)s)))
"""
_RECORD: Final = b"""
INSERT INTO vault.guest_record (facility_id, id, ward_code, person_ref, key_id, sealed)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_VERSION: Final = b"""
INSERT INTO stay_version (facility_id, stay_id, version, ward_code, change, changed_at, changed_by,
  via, guest_record_id, content, salt, receipt)
SELECT %s, %s, 1, %s, 'declare', %s, gen_random_uuid(), 'web', %s, '{"reason_text": null}', '', ''
"""


async def put_guests(rig: Rig, wards: Sequence[str], last: date) -> None:
    """Behind the stays of the night `last` in some wards, and those that flags name there."""
    engine = make_engine(
        rig.cluster.url("asm_worker", rig.password, "asm"), name="asm-bench-guests"
    )
    try:
        keys = await KeyRing(rig.folder / "secrets", engine, _opens_nothing).current()
    finally:
        await engine.dispose()
    with psycopg.connect(rig.admin_url) as connection:
        rows = connection.execute(_WITHOUT, {"wards": list(wards), "last": last}).fetchall()
        records, versions = [], []
        for number, row in enumerate(rows):
            facility, stay, record, person, ward, nationality, foreigner, arrived = row
            sealed = seal(keys, facility, record, _guest(number, nationality, foreigner=foreigner))
            records.append((facility, record, ward, person, sealed.key_id, sealed.sealed))
            versions.append((facility, stay, ward, arrived, record))
        with connection.cursor() as cursor:
            cursor.executemany(_RECORD, records)
            cursor.executemany(_VERSION, versions)


def _guest(number: int, nationality: str, *, foreigner: bool) -> Guest:
    return Guest(
        full_name=f"Khách Số {number}",
        birth_date=date(1990, 1, 1 + number % 28),
        sex="male" if number % 2 else "female",
        nationality=nationality,
        document_type=3 if foreigner else 1,
        document_number=f"P{number:08d}" if foreigner else f"{number:012d}",
    )


async def _opens_nothing(*_: object, **__: object) -> LookUp:
    raise RuntimeError("inventing guests opens none")
