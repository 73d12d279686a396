"""Open flags in the ward with the most houses: five thousand of one house, as one workbook and a
bad year leave them.
"""

import psycopg

FLAGS = 5000
_WARD = (
    b"SELECT ward_code FROM facility GROUP BY ward_code ORDER BY count(*) DESC, ward_code LIMIT 1"
)
# Half are of one night, which is one case; the others of ten guests a night.
_FLAGS = b"""
INSERT INTO flag (facility_id, id, check_id, subject, severity, ward_code, stay_id, evidence,
  raised_at)
SELECT house.id, gen_random_uuid(), 'declared-late', gen_random_uuid(), 'low', house.ward_code,
  stay.id, jsonb_build_object('received_at', seen.at, 'due_at', seen.at - interval '1 hour'),
  seen.at
FROM (SELECT id, ward_code FROM facility WHERE ward_code = %(ward)s ORDER BY id LIMIT 1) AS house
CROSS JOIN generate_series(0, %(flags)s - 1) AS number
CROSS JOIN LATERAL (SELECT now() - interval '1 day' * greatest(0, number - %(flags)s / 2) / 10
  AS at) AS seen
LEFT JOIN LATERAL (SELECT stay.id FROM stay WHERE stay.facility_id = house.id
  ORDER BY stay.id LIMIT 1 OFFSET number %% 40) AS stay ON true
WHERE NOT EXISTS (SELECT FROM flag WHERE flag.ward_code = %(ward)s)
"""


def largest_ward(connection: psycopg.Connection) -> str:
    """The code of the ward with the most houses."""
    row = connection.execute(_WARD).fetchone()
    if row is None:
        raise SystemExit("there are no houses")
    return str(row[0])


def put_flags(connection: psycopg.Connection) -> None:
    """FLAGS open ones of one house of that ward, unless it has some."""
    connection.execute(_FLAGS, {"ward": largest_ward(connection), "flags": FLAGS})


def a_flag(connection: psycopg.Connection) -> tuple[str, str]:
    """The ids of the house that has them, and of a flag of its largest case."""
    row = connection.execute(b"SELECT facility_id, id FROM flag ORDER BY raised_at DESC LIMIT 1")
    facility, flag = row.fetchone() or ("", "")
    return str(facility), str(flag)


def let_in(connection: psycopg.Connection, login: str, ward: str) -> None:
    """Give a ward officer this ward beside their own."""
    connection.execute(
        b"INSERT INTO officer_ward (account_id, ward_code, given_by)"
        b" SELECT id, %(ward)s, id FROM account WHERE login = %(login)s ON CONFLICT DO NOTHING",
        {"ward": ward, "login": login},
    )
