"""What a web process vouches for: the database writes down for whom, holds how many, and tells."""

import json
import uuid
from collections import Counter
from contextlib import closing
from hashlib import sha256
from typing import Any

import httpx
import psycopg
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.citizens.sessions import citizen_of, sign_in_by_identity
from asm.db.session import make_sessions, one_transaction
from asm.demo.cast import Cast
from asm.errors import TooMany, Unauthenticated
from tests.citizens.test_by_receipt import by_receipt
from tests.citizens.test_seen_by import vouched
from tests.conftest import Database
from tests.lookups.officers import HOA, MAI, declare, look_up, officer
from tests.notify.messages.rows import change, messages_by_login, rows
from tests.notify.messages.test_host_messages import empty
from tests.web.visitor import Visitor

_OPEN = "SELECT open_citizen_by_identity(%s, %s)"


def wanted(person: int, **changes: Any) -> str:
    index = sha256(str(person).encode()).hexdigest()
    given = {"id": str(uuid.uuid4()), "index_a": index, "index_b": None, "key_id": "k"}
    return json.dumps({**given, "sealed": "00", **changes})


def vouch(connection: psycopg.Connection, person: int, **changes: Any) -> str:
    row = connection.execute(
        _OPEN, (uuid.uuid4().bytes + uuid.uuid4().bytes, wanted(person, **changes))
    ).fetchone()
    assert row is not None
    return str(row[0])


async def test_a_web_process_cannot_sign_everybody_in(
    api_engine: AsyncEngine, app: Litestar
) -> None:
    """Ten times an hour for one person; and a session that is rolled back again opened nothing."""
    keys = await app.state.vault.current()
    async with make_sessions(api_engine)() as session:
        token = await sign_in_by_identity(session, keys, HOA)
        with pytest.raises(Unauthenticated):
            await citizen_of(session, token)
        await session.rollback()
    for _ in range(10):
        async with one_transaction(api_engine) as session:
            token = await sign_in_by_identity(session, keys, HOA)
    async with one_transaction(api_engine) as session:
        assert (await citizen_of(session, token)).kind == "identity"
        with pytest.raises(TooMany):
            await sign_in_by_identity(session, keys, HOA)
        await sign_in_by_identity(session, keys, MAI)


async def test_whom_it_was_opened_for_is_written_before_it_opens(
    app: Litestar, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    """By keyed hash, in a table that no process reads; and the person reads it."""
    await declare(client, cast, HOA)
    visitor = await vouched(app, client, HOA)
    await visitor.open("/mine")
    assert visitor.html.count("data-opening") == 1
    await (await vouched(app, client, HOA)).open("/mine")
    await (await vouched(app, client, MAI)).open("/mine")
    visitor = await vouched(app, client, HOA)
    await visitor.open("/mine")
    assert visitor.html.count("data-opening") == 3
    person = "SELECT encode(coalesce(index_a, index_b), 'hex') AS hash FROM vault.person"
    (hashed,) = await rows(admin_engine, person)
    opened = await rows(
        admin_engine,
        "SELECT o.person_code, encode(coalesce(o.index_a, o.index_b), 'hex') AS hash, e.details "
        "FROM citizen_opening o JOIN audit_entry e ON e.subject_id = o.id "
        "WHERE e.action = 'citizen.signed_in' ORDER BY o.at",
    )
    assert [row.hash == hashed.hash for row in opened] == [True, True, False, True]
    for row in opened:
        assert row.details == {"by": "identity", "person": row.hash[:8]}
    assert HOA not in str(opened)


async def test_how_many_in_all_and_that_administrators_hear_of_it(
    cast: Cast, database: Database, admin_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    with closing(psycopg.connect(database.api_url, autocommit=True)) as thief:
        outcomes = Counter(vouch(thief, person) for person in range(510))
        assert outcomes == {"open": 500, "too_many": 10}
        await change(admin_engine, "UPDATE citizen_opening SET at = at - interval '61 minutes'")
        assert vouch(thief, 1) == "open"
        # 5,000 a day, and thirty for one person, in whatever hours.
        await change(
            admin_engine,
            "INSERT INTO citizen_opening (id, at, index_a, key_id, sealed) SELECT "
            "gen_random_uuid(), clock_timestamp() - interval '2 hours', index_a, 'k', '' "
            "FROM citizen_opening, generate_series(1, 28) WHERE person_code = :code",
            code=sha256(b"7").hexdigest()[:8],
        )
        assert [vouch(thief, 7), vouch(thief, 7)] == ["open", "too_many"]
    await empty(worker_engine)
    assert await messages_by_login(admin_engine, "citizen.many") == Counter({"admin": 1})


async def test_the_hash_of_somebody_else_beside_the_own_opens_nothing(
    client: httpx.AsyncClient, cast: Cast, database: Database, admin_engine: AsyncEngine
) -> None:
    """With a receipt of one's own a session must not show another's look-ups: it has the hashes
    that the vault has of this guest.
    """
    here = await declare(client, cast, HOA)
    await declare(client, cast, MAI)
    await look_up(await officer(client, cast), MAI)
    for aged in ("look_up SET at = at", "stay SET received_at = received_at"):
        await change(admin_engine, f"UPDATE {aged} - interval '31 days'")
    receipt = here["receipt"]["number"]
    people = await rows(
        admin_engine,
        "SELECT s.receipt_number, w.index_a, w.index_b FROM stay s JOIN vault.person w "
        "ON w.facility_id = s.facility_id AND w.ref = s.person_ref",
    )
    own = next(row for row in people if row.receipt_number == receipt)
    other = next(row for row in people if row.receipt_number != receipt)
    # As while keys rotate: the other's look-ups are known by both keys.
    await change(admin_engine, "UPDATE look_up SET index_b = index_a WHERE index_b IS NULL")
    with closing(psycopg.connect(database.api_url, autocommit=True)) as thief:
        token = b"t" * 32
        thief.execute(
            "SELECT open_citizen_by_receipt(%s, %s, %s, %s)",
            (token, own.index_a, other.index_a, receipt),
        )
        seen = "SELECT * FROM citizen_look_ups(%s, '[]', 0, 9)"
        assert thief.execute(seen, (token,)).fetchall() == []
    visitor = Visitor(client)
    client.cookies.clear()
    await by_receipt(visitor, HOA, receipt)
    assert "data-seen" not in visitor.html


async def test_of_two_people_at_once_one_is_opened(
    client: httpx.AsyncClient, cast: Cast, database: Database, admin_engine: AsyncEngine
) -> None:
    """While keys rotate a person has two hashes: two people's are not asked for at the price of
    one.
    """
    await declare(client, cast, HOA)
    await declare(client, cast, MAI)
    await change(admin_engine, "UPDATE vault.person SET index_b = sha256(index_a)")
    people = await rows(admin_engine, "SELECT index_a, index_b FROM vault.person")
    with closing(psycopg.connect(database.api_url, autocommit=True)) as thief:
        for first, second, stays in ((0, 0, 1), (0, 1, 1), (1, 0, 1)):
            token = uuid.uuid4().bytes
            mixed = wanted(
                0, index_a=people[first].index_a.hex(), index_b=people[second].index_b.hex()
            )
            thief.execute(_OPEN, (token, mixed))
            opened = thief.execute("SELECT * FROM citizen_stays(%s)", (token,)).fetchall()
            assert len(opened) == stays
