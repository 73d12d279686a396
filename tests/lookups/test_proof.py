"""Stepping up is proved to the database: who took a web process over cannot say it by itself."""

import hashlib
import secrets
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing

import httpx
import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.passwords import HASHER
from asm.demo.cast import Cast
from tests.conftest import Database
from tests.lookups.officers import HOA, look_up, officer, step_up
from tests.notify.messages.rows import change, messages_by_login, rows
from tests.notify.messages.test_host_messages import empty
from tests.web.visitor import Visitor

_PROVE = "SELECT step_up_session(%s, %s, %s)"
_FORGE = (
    "INSERT INTO web_session (token_hash, account_id, expires_at, id) "
    "SELECT %s, id, clock_timestamp() + interval '1 hour', gen_random_uuid() "
    "FROM account WHERE login = %s"
)
_LOOK = "SELECT outcome FROM open_look_up(%s, %s)"


class Forger:
    """A web process that was taken over: it reads what it may, and makes officers' sessions."""

    def __init__(self, database: Database) -> None:
        self.connection = psycopg.connect(database.api_url, autocommit=True)

    def close(self) -> None:
        self.connection.close()

    def session_of(self, login: str) -> bytes:
        session = secrets.token_bytes(32)
        self.connection.execute(_FORGE, (session, login))
        return session

    def call(self, statement: str, *given: object) -> object:
        row = self.connection.execute(statement, given).fetchone()
        assert row is not None
        return row[0]


@pytest.fixture
async def forger(database: Database) -> AsyncIterator[Forger]:
    with closing(Forger(database)) as forger:
        yield forger


async def test_nothing_that_it_reads_proves_a_password(
    forger: Forger, client: httpx.AsyncClient, cast: Cast
) -> None:
    await officer(client, cast)
    session = forger.session_of("minh")
    salt = forger.call("SELECT step_up_salt(%s)", session)
    stored = str(forger.call("SELECT password_hash FROM account WHERE login = 'minh'"))
    for proof in (stored.encode(), hashlib.sha256(stored.encode()).digest(), b"", bytes(32)):
        assert forger.call(_PROVE, session, salt, proof) == "wrong"
    # Another salt does not begin anew.
    assert forger.call(_PROVE, session, secrets.token_bytes(16), b"x") == "salt"
    assert forger.call(_LOOK, session, "{}") == "step_up"
    # The password itself does.
    assert isinstance(salt, bytes)
    proof = HASHER.hash(cast.people["minh"].password, salt=salt).encode()
    assert forger.call(_PROVE, session, salt, proof) == "open"


async def test_ten_wrong_proofs_in_an_hour(
    forger: Forger, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    minh = await officer(client, cast)
    session = forger.session_of("minh")
    salt = forger.call("SELECT step_up_salt(%s)", session)
    outcomes = [forger.call(_PROVE, session, salt, b"guess") for _ in range(12)]
    assert outcomes == ["wrong"] * 10 + ["locked"] * 2
    await minh.open("/step-up")
    answer = await minh.send("/step-up", 429, password=cast.people["minh"].password, next="/")
    assert answer.headers["retry-after"] == "3600"
    assert "sai quá nhiều lần" in minh.html
    await change(admin_engine, "UPDATE step_up SET at = at - interval '1 hour'")
    await step_up(minh, cast, "minh")
    await look_up(minh, HOA)


async def test_a_first_proof_is_heard_of(
    forger: Forger,
    client: httpx.AsyncClient,
    cast: Cast,
    admin_engine: AsyncEngine,
    worker_engine: AsyncEngine,
) -> None:
    """It may set a password of its own, or take an officer who never looked anybody up: at once the
    supervisors hear of it, and there are not many such in an hour.
    """
    await officer(client, cast)
    await empty(worker_engine)
    assert await messages_by_login(admin_engine, "look_up.first_proof") == Counter({"quang": 1})
    forger.connection.execute("UPDATE account SET password_hash = 'its own' WHERE login = 'thao'")
    thao = forger.session_of("thao")
    assert forger.call("SELECT step_up_salt(%s)", thao) is None
    assert forger.call(_PROVE, thao, bytes(16), b"own") == "open"
    trail = "SELECT actor_id FROM audit_entry WHERE action = 'account.proof_kept'"
    assert len(await rows(admin_engine, trail)) == 2
    await empty(worker_engine)
    assert await messages_by_login(admin_engine, "look_up.first_proof") == Counter({"quang": 2})
    await change(
        admin_engine,
        "INSERT INTO step_up (account_id, session_hash, at, proven, first) "
        "SELECT account_id, session_hash, at, true, true FROM step_up, generate_series(1, 198) "
        "WHERE session_hash = :session",
        session=thao,
    )
    quang = forger.session_of("quang")
    assert forger.call(_PROVE, quang, bytes(16), b"own") == "too_many"


async def test_a_new_password_is_proved_anew(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    minh = await officer(client, cast)
    await step_up(minh, cast, "minh")  # the same once more: nothing to hear of
    counts = "SELECT count(*) FILTER (WHERE first) AS first, count(*) AS of_all FROM step_up"
    assert [tuple(row) for row in await rows(admin_engine, counts)] == [(1, 2)]
    await change(
        admin_engine,
        "UPDATE account SET password_hash = :hash WHERE login = 'minh'",
        hash=HASHER.hash("mot cau that dai 7"),
    )
    await minh.open("/step-up")
    await minh.send("/step-up", 422, password=cast.people["minh"].password, next="/")
    await minh.send("/step-up", password="mot cau that dai 7", next="/lookups")
    assert [tuple(row) for row in await rows(admin_engine, counts)] == [(2, 3)]
    await look_up(minh, HOA)


async def test_a_session_that_ended_steps_nobody_up(
    forger: Forger, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    visitor = Visitor(client)
    await visitor.sign_in(cast, "minh")
    session = forger.session_of("minh")
    await change(admin_engine, "UPDATE web_session SET expires_at = clock_timestamp()")
    assert forger.call(_PROVE, session, bytes(16), b"own") == "sign_in"
    assert forger.call(_PROVE, uuid.uuid4().bytes, bytes(16), b"own") == "sign_in"
