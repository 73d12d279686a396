"""A crowd for a trial: copies of the demo's hosts and officers, each with a house or a ward.

The demo has five hosts; an evening has thousands. There is no door through which accounts are made
in bulk, so this goes to the trial's database, as `check_database` does. It is the only part that
does before a run; the run itself speaks HTTP. Copies sign in with the password of whom they copy.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

#: Whom to copy for each kind of person: the login, and the kind of house that is copied with it.
MODELS = {
    "receptionist": ("lan", "hotel"),
    "hotel_system": ("pms", "hotel"),
    "landlord": ("hai", "boarding_house"),
    "hospital": ("bich", "hospital"),
}
_HOUSE_OF = """
SELECT a.id AS account_id, f.id AS facility_id FROM account a
JOIN membership m ON m.account_id = a.id JOIN facility f ON f.id = m.facility_id
WHERE a.login = %(login)s AND f.kind = %(house)s AND f.status = 'active'
ORDER BY f.registered_at LIMIT 1
"""
_MEMBER = "INSERT INTO membership (facility_id, account_id) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_TOKEN = """
INSERT INTO api_token (token_hash, id, account_id, label, expires_at)
VALUES (%s, gen_random_uuid(), %s, 'crowd', clock_timestamp() + interval '2 days')
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class CrowdAccount:
    """A house and who declares for it, or an officer with a ward. `token` is good for two days."""

    kind: str
    login: str
    token: str
    facility_id: str = ""
    ward: str = ""


def crowd_login(kind: str, number: int) -> str:
    return f"crowd-{kind.replace('_', '-')}-{number}"


def facility_of(kind: str, number: int) -> str:
    """The same ids in every run, so that any program can name them."""
    return _uuid(list(MODELS).index(kind) + 1, number)


def make_crowd(
    dsn: str, numbers: Mapping[str, int], *, wards: int, token_of: str
) -> list[CrowdAccount]:
    """Add what is missing: `numbers` houses of each kind, spread over `wards` wards, each ward with
    an officer. Tokens are made from the secret `token_of`. The login must be a superuser's.
    """
    with psycopg.connect(dsn) as connection:
        codes = [
            str(row[0])
            for row in connection.execute("SELECT code FROM ward ORDER BY code LIMIT %s", [wards])
        ]
        officers = list(_officers(connection, codes, token_of))
        return [*officers, *_houses(connection, numbers, codes, token_of)]


def _officers(
    connection: psycopg.Connection[Any], wards: list[str], token_of: str
) -> Iterator[CrowdAccount]:
    model = _model_row(connection, "SELECT id FROM account WHERE login = 'minh'", {})[0]
    for number, ward in enumerate(wards):
        account, login = _uuid(9, number), crowd_login("officer", number)
        _copy(connection, "account", {"id": model}, id=account, login=login, ward_code=ward)
        yield CrowdAccount(
            "officer", login, _token(connection, account, login, token_of), ward=ward
        )


def _houses(
    connection: psycopg.Connection[Any],
    numbers: Mapping[str, int],
    wards: list[str],
    token_of: str,
) -> Iterator[CrowdAccount]:
    for kind, count in numbers.items():
        login, house = MODELS[kind]
        account_model, model = _model_row(connection, _HOUSE_OF, {"login": login, "house": house})
        for number in range(count):
            account, facility = (
                _uuid(8 - list(MODELS).index(kind), number),
                facility_of(kind, number),
            )
            name, ward = crowd_login(kind, number), wards[number % len(wards)]
            _copy(connection, "account", {"id": account_model}, id=account, login=name)
            title = f"{name} {number}"
            _copy(connection, "facility", {"id": model}, id=facility, ward_code=ward, name=title)
            _copy(connection, "room", {"facility_id": model}, facility_id=facility)
            connection.execute(_MEMBER, [facility, account])
            yield CrowdAccount(
                kind, name, _token(connection, account, name, token_of), facility, ward
            )


def _token(connection: psycopg.Connection[Any], account: str, login: str, token_of: str) -> str:
    token = "asm_" + hashlib.sha256(f"{token_of} {login}".encode()).hexdigest()
    connection.execute(_TOKEN, [hashlib.sha256(token.encode()).digest(), account])
    return token


def _copy(
    connection: psycopg.Connection[Any], table: str, models: Mapping[str, Any], **changes: Any
) -> None:
    """Copy the rows of `table` that `models` (column and value) names, with other values for some
    columns. `jsonb_populate_record` takes the rest from the row, whatever columns the table has.
    """
    columns = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass"
        " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [table],
    ).fetchall()
    names = sql.SQL(", ").join(sql.Identifier(name) for (name,) in columns)
    column, value = next(iter(models.items()))
    text = sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {names} FROM (SELECT c.* FROM {table} m,"
        " jsonb_populate_record(m, %(told)s || CASE WHEN %(ids)s THEN"
        " jsonb_build_object('id', gen_random_uuid()::text) ELSE '{{}}' END) AS c"
        " WHERE m.{column} = %(value)s) AS copies ON CONFLICT DO NOTHING"
    ).format(table=sql.Identifier(table), names=names, column=sql.Identifier(column))
    given = {"told": Jsonb(changes), "ids": "id" not in changes, "value": value}
    connection.execute(text, given)


def _model_row(connection: psycopg.Connection[Any], query: str, given: Mapping[str, Any]) -> Any:
    row = connection.execute(query, given).fetchone()
    if row is None:
        raise SystemExit("the demo's people are not there: is this the database of a demo?")
    return row


def _uuid(group: int, number: int) -> str:
    return f"00000000-0000-7000-8{group:03x}-{number:012x}"
