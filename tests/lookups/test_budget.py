"""Who tries numbers gets nowhere: neither by the page, nor by many requests at once, nor with all
that a web process has in its hands.
"""

import asyncio
import hashlib
import json
import random
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from tests.accounts.locks import waits_for_a_lock
from tests.conftest import Database
from tests.lookups.officers import HOA, WHY, declare, look_up, officer, step_up
from tests.notify.messages.rows import change, rows

_OPEN = "SELECT outcome FROM open_look_up(%s, %s)"
_ALL = (
    "SELECT outcome, count(*) FROM generate_series(101, 10000) AS person, LATERAL open_look_up(%s, "
    "%s::jsonb || jsonb_build_object('index_a', encode(sha256(person::text::bytea), 'hex'))) "
    "GROUP BY outcome"
)
_SESSION = "SELECT token_hash FROM web_session JOIN account a ON a.id = account_id WHERE login = %s"
_ALARMS = "SELECT * FROM look_up_alarm WHERE cause <> 'first_proof'"
_LATER = "UPDATE look_up SET at = at - interval '{}'"


class Thief:
    """A web process that was taken over: its login to the database, and a session's hash."""

    def __init__(self, database: Database, login: str = "minh") -> None:
        self.connection = psycopg.connect(database.api_url, autocommit=True)
        self.typed = psycopg.connect(database.admin_url, autocommit=True)
        row = self.connection.execute(_SESSION, (login,)).fetchone()
        assert row is not None
        self.session: bytes = row[0]

    def close(self) -> None:
        self.connection.close()
        self.typed.close()

    def wanted(self, person: int) -> tuple[uuid.UUID, str]:
        look_up_id = uuid.uuid4()
        index = hashlib.sha256(str(person).encode()).hexdigest()
        why = {name: WHY[name] for name in ("reason", "note", "case_number")}
        sent = {"id": str(look_up_id), "index_a": index, "key_id": "k", "sealed": "00", **why}
        return look_up_id, json.dumps(sent)

    def open(self, person: int) -> str:
        row = self.connection.execute(_OPEN, (self.session, self.wanted(person)[1])).fetchone()
        assert row is not None
        return str(row[0])

    def step_up(self) -> None:
        """The officer types the password where it reads along: what it may do stays counted."""
        self.typed.execute(
            "UPDATE web_session SET stepped_up_at = clock_timestamp() WHERE token_hash = %s",
            (self.session,),
        )

    def enumerate(self, people: Sequence[int]) -> list[str]:
        outcomes = []
        for person in people:
            outcome = self.open(person)
            if outcome == "step_up":
                self.step_up()
                outcome = self.open(person)
            outcomes.append(outcome)
        return outcomes


@pytest.fixture
async def thief(client: httpx.AsyncClient, cast: Cast, database: Database) -> AsyncIterator[Thief]:
    await officer(client, cast)
    with closing(Thief(database)) as thief:
        yield thief


async def test_ten_thousand_numbers_in_a_row(thief: Thief, admin_engine: AsyncEngine) -> None:
    outcomes = thief.enumerate(range(100))
    assert outcomes.count("open") == 60
    assert set(outcomes[60:]) == {"locked"}
    # The other 9,900 as fast as it can.
    thief.step_up()
    rest = thief.connection.execute(_ALL, (thief.session, thief.wanted(0)[1])).fetchall()
    assert rest == [("locked", 9_900)]
    causes = [row.cause for row in await rows(admin_engine, "SELECT cause FROM look_up_alarm")]
    causes.remove("first_proof")
    assert sorted(causes) == ["budget", "many_people"]
    topic = "SELECT payload FROM outbox WHERE topic = 'look_up.alarm'"
    assert len(await rows(admin_engine, topic)) == 3


async def test_a_screen_that_was_left_looks_nobody_up(
    thief: Thief, admin_engine: AsyncEngine
) -> None:
    """The session that pages take for ended is ended for the database, too."""
    left = "UPDATE web_session SET last_seen_at = clock_timestamp() - interval '{} minutes'"
    await change(admin_engine, left.format(14))
    assert thief.open(1) == "open"
    await change(admin_engine, left.format(16))
    assert thief.open(2) == "sign_in"


async def test_two_hundred_a_day(thief: Thief, admin_engine: AsyncEngine) -> None:
    opened = 0
    for _ in range(5):
        opened += thief.enumerate(range(70)).count("open")
        await change(admin_engine, _LATER.format("61 minutes"))
        await change(admin_engine, "UPDATE look_up_officer SET locked_until = NULL")
    assert opened == 200
    await change(admin_engine, _LATER.format("24 hours"))
    assert thief.enumerate([1]) == ["open"]


async def test_many_at_once_are_counted_one_by_one(
    thief: Thief, database: Database, admin_engine: AsyncEngine
) -> None:
    """Whoever comes while another's look-up is under way waits for it: the last of the budget is
    given out once.
    """
    assert thief.enumerate(range(59)).count("open") == 59
    thief.step_up()
    thief.connection.autocommit = False
    assert thief.open(59) == "open"
    with closing(Thief(database)) as other:
        second = asyncio.create_task(asyncio.to_thread(other.open, 60))
        while not (second.done() or await waits_for_a_lock(admin_engine)):
            await asyncio.wait({second}, timeout=0.01)
        assert not second.done()
        thief.connection.commit()
        assert await second == "locked"


async def test_what_is_rolled_back_was_never_answered(
    thief: Thief, client: httpx.AsyncClient, cast: Cast
) -> None:
    """The answer wants the look-up committed: one that is taken back again tells nothing."""
    await declare(client, cast, HOA)
    thief.connection.autocommit = False
    look_up_id, wanted = thief.wanted(1)
    thief.connection.execute(_OPEN, (thief.session, wanted))
    with pytest.raises(InsufficientPrivilege, match="no look-up was written"):
        thief.connection.execute(
            "SELECT * FROM answer_look_up(%s, %s)", (thief.session, look_up_id)
        )
    thief.connection.rollback()
    thief.connection.execute(_OPEN, (thief.session, wanted))
    thief.connection.commit()
    answer = "SELECT * FROM answer_look_up(%s, %s)"
    assert thief.connection.execute(answer, (thief.session, look_up_id)).fetchall() == []
    # Read and rolled back: it still counts, and as a miss.
    thief.connection.rollback()
    counted = thief.connection.execute(
        "SELECT set_config('asm.actor', account_id::text, true) "
        "FROM web_session WHERE token_hash = %s",
        (thief.session,),
    ).fetchone()
    assert counted is not None
    row = thief.connection.execute("SELECT answered_at, shown FROM look_up").fetchone()
    assert row == (None, 0)


FORBIDDEN = [
    "INSERT INTO look_up (id) VALUES (gen_random_uuid())",
    "DELETE FROM look_up",
    "UPDATE look_up SET shown = 1",
    "SELECT index_a FROM look_up",
    "SELECT * FROM look_up_officer",
    "UPDATE look_up_officer SET locked_until = NULL",
    "DELETE FROM look_up_alarm",
    "SELECT * FROM citizen_session",
    "SELECT looking_officer('')",
    "SELECT own_stays('')",
    "INSERT INTO break_glass SELECT * FROM break_glass",
    "UPDATE break_glass SET ends_at = 'infinity'",
    "UPDATE web_session SET stepped_up_at = clock_timestamp()",
    "INSERT INTO web_session (token_hash, stepped_up_at) VALUES ('', clock_timestamp())",
    "SELECT * FROM step_up_proof",
    "UPDATE step_up_proof SET kept_at = clock_timestamp()",
    "INSERT INTO step_up_proof SELECT * FROM step_up_proof",
    "DELETE FROM step_up_proof",
    "SELECT * FROM step_up",
    "DELETE FROM step_up",
    "SELECT * FROM citizen_opening",
    "DELETE FROM citizen_opening",
    "UPDATE citizen_opening SET index_a = NULL",
    "DELETE FROM citizen_alarm",
]


def test_a_web_process_may_not(database: Database) -> None:
    with psycopg.connect(database.api_url, autocommit=True) as connection:
        for statement in FORBIDDEN:
            with pytest.raises(InsufficientPrivilege, match="permission denied"):
                connection.execute(statement)


@pytest.mark.parametrize("order", ["again and again", "pass by pass", 1, 2, 3])
async def test_the_alarm_of_many_people_comes_by_the_thirtieth(
    thief: Thief, admin_engine: AsyncEngine, order: str | int
) -> None:
    """170 look-ups of 70 people, in whatever order somebody goes about it."""
    people = [*range(70), *range(70), *range(30)]
    if order == "again and again":
        people.sort()
    elif isinstance(order, int):
        random.Random(order).shuffle(people)
    thief.enumerate(people[:30])
    (alarm,) = await rows(admin_engine, _ALARMS)
    assert alarm.cause == "many_people"
    assert alarm.people >= 10


async def test_an_ordinary_day_raises_no_alarm(thief: Thief, admin_engine: AsyncEngine) -> None:
    thief.enumerate([*range(9)] * 3)  # a few people of one case, followed up
    assert await rows(admin_engine, _ALARMS) == []
    await change(admin_engine, _LATER.format("25 hours"))
    thief.enumerate(range(29))  # many people, each once
    assert await rows(admin_engine, _ALARMS) == []


async def test_who_misses_types_the_password_again(client: httpx.AsyncClient, cast: Cast) -> None:
    minh = await officer(client, cast)
    for miss in range(6):
        await look_up(minh, f"00119020100{miss}")
    await look_up(minh, "001190201007", 403)
    assert "Nhập lại mật khẩu" in minh.html
    await step_up(minh, cast, "minh")
    await look_up(minh, "001190201007")


async def test_hits_ask_for_no_password(client: httpx.AsyncClient, cast: Cast) -> None:
    await declare(client, cast, HOA)
    minh = await officer(client, cast)
    for _ in range(8):
        answer = await look_up(minh, HOA)
        assert answer.status_code == 200
        assert "Nhập lại mật khẩu" not in minh.html


async def test_the_lock_is_said_and_a_forged_address_changes_nothing(
    client: httpx.AsyncClient, cast: Cast, database: Database
) -> None:
    minh = await officer(client, cast)
    with closing(Thief(database)) as thief:
        thief.enumerate(range(60))
    await step_up(minh, cast, "minh")
    for address in ("203.0.113.7", "198.51.100.9, 127.0.0.1"):
        client.headers["X-Forwarded-For"] = address
        answer = await look_up(minh, HOA, 429)
        assert 0 < int(answer.headers["retry-after"]) <= 3600
    assert "hết số lần tra cứu" in minh.html
    # Another officer is not locked with them.
    del client.headers["X-Forwarded-For"]
    client.cookies.clear()
    await look_up(await officer(client, cast, "thao"), HOA)


async def test_broken_off_between_writing_and_opening(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine, monkeypatch: Any
) -> None:
    """There is a look-up without an answer, never an answer without a look-up."""
    await declare(client, cast, HOA)
    minh = await officer(client, cast)

    async def dies(*_: object, **__: object) -> None:
        raise RuntimeError("the process ended here")

    monkeypatch.setattr("asm.lookups.look_up.enter_again", dies)
    answer = await look_up(minh, HOA, 500)
    assert "Khách sạn Hoa Sen" not in answer.text
    (written,) = await rows(admin_engine, "SELECT answered_at, shown FROM look_up")
    assert (written.answered_at, written.shown) == (None, 0)
