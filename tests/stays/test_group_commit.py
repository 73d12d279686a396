"""Many declarations in one commit: each with its own answer, and none at another's cost."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.actor import Actor
from asm.accounts.sessions import actor_of_login
from asm.db.durable import require_durable
from asm.db.session import make_engine, make_sessions, one_transaction
from asm.errors import ConfigurationError, Conflict, Invalid, NotFound, Refusal, Unavailable
from asm.identity.keys import Keys
from asm.seed import Cast
from asm.stays import declare, group_commit
from asm.stays.attempts import Attempt, verify_attempt
from asm.stays.declaration import StayEntry
from asm.stays.group_commit import LIMITS, GroupCommit, Ticket
from asm.stays.receipts import verify_token
from asm.stays.submission import Outcome, Submission
from tests.checks.desks import ROOMS, fresh_number, somebody
from tests.conftest import Database
from tests.faults.worker_process import until

LOGINS = ("lan", "hai", "bich", "tuan")


class Evening:
    """People of the cast who declare at the same time, through one writer."""

    def __init__(self, engine: AsyncEngine, keys: Keys, cast: Cast) -> None:
        self.commits = GroupCommit(make_sessions(engine))
        self.engine = engine
        self.keys = keys
        places = (cast.hoa_sen, cast.boarding_house, cast.hospital, cast.guest_house_b)
        self.places = dict(zip(LOGINS, places, strict=True))
        self.actors: dict[str, Actor] = {}

    async def come_in(self) -> None:
        async with one_transaction(self.engine) as session:
            for login in LOGINS:
                self.actors[login] = await actor_of_login(session, login)

    def submission(self, login: str, number: str | None = None, **changes: Any) -> Submission:
        key = changes.pop("key", str(uuid4()))
        entry = StayEntry(
            guest=somebody(number or fresh_number()),
            arrived_at=self.actors[login].now - timedelta(minutes=5),
            room=ROOMS[login],
        )
        told = {"entries": [entry], "via": "api", "body": key.encode(), **changes}
        return Submission(facility_id=self.places[login], key=key, **told)

    async def send(self, login: str, submission: Submission) -> Outcome:
        ticket = Ticket(keys=self.keys, actor=self.actors[login], submission=submission)
        return await self.commits.declare(ticket)

    def send_all(self, sent: Sequence[tuple[str, Submission]]) -> list[asyncio.Task[Outcome]]:
        return [asyncio.create_task(self.send(login, one)) for login, one in sent]


@pytest.fixture
async def evening(database: Database, vault_keys: Keys, cast: Cast) -> AsyncIterator[Evening]:
    """The writer has not begun: what is sent gathers until a test lets it write."""
    engine = make_engine(database.api_url, name="asm-test-write", limits=LIMITS)
    opened = Evening(engine, vault_keys, cast)
    await opened.come_in()
    yield opened
    await opened.commits.close()
    await engine.dispose()


@asynccontextmanager
async def gathered(evening: Evening, rows: int) -> AsyncIterator[None]:
    """Let so many rows gather, and then let the writer begin."""

    async def there() -> bool:
        return evening.commits.waiting_rows >= rows

    await until(there, "the queue to fill")
    yield
    evening.commits.start()


async def count(session: AsyncSession, query: str) -> int:
    return int((await session.execute(text(query))).scalar_one())


async def commits_of(session: AsyncSession, table: str) -> int:
    return await count(session, f"SELECT count(DISTINCT xmin::text) FROM {table}")


async def test_four_houses_in_one_commit_each_with_its_own_receipt(
    evening: Evening, admin_session: AsyncSession
) -> None:
    sent = [(login, evening.submission(login)) for login in LOGINS * 5]
    tasks = evening.send_all(sent)
    async with gathered(evening, 20):
        pass
    outcomes = await asyncio.gather(*tasks)
    for (login, submission), outcome in zip(sent, outcomes, strict=True):
        receipt = outcome.results[0].receipt
        assert receipt is not None
        verified = verify_token(receipt.token, evening.keys.public_keys)
        assert verified.facility_id == submission.facility_id == evening.places[login]
    assert await commits_of(admin_session, "stay") == 1
    for table in ("stay", "stay_version", "vault.guest_record", "outbox", "idempotency"):
        assert await count(admin_session, f"SELECT count(*) FROM {table}") == 20
    told = "SELECT count(*) FROM audit_entry WHERE action = 'stays.declared'"
    assert await count(admin_session, told) == 20
    # What was signed is what is stored.
    rows = (await admin_session.execute(text("SELECT * FROM stay"))).all()
    stored = {row.id: (row.received_at, row.due_at, row.on_time, row.facility_id) for row in rows}
    for outcome in outcomes:
        receipt = outcome.results[0].receipt
        assert receipt is not None
        assert stored[receipt.stay_id] == (
            receipt.received_at, receipt.due_at, receipt.on_time, receipt.facility_id,
        )  # fmt: skip


async def test_waiting_makes_nobody_late(evening: Evening, admin_session: AsyncSession) -> None:
    ticket = Ticket(
        keys=evening.keys, actor=evening.actors["lan"], submission=evening.submission("lan")
    )
    ticket.received -= 3600
    evening.commits.start()
    await evening.commits.declare(ticket)
    waited = "SELECT count(*) FROM stay WHERE clock_timestamp() - received_at > interval '59 min'"
    assert await count(admin_session, waited) == 1


async def test_one_poisoned_submission_sinks_itself_alone(
    evening: Evening, admin_session: AsyncSession
) -> None:
    """The database refuses a row: a partition is closed to one room's name."""
    await admin_session.execute(
        text("ALTER TABLE stay ADD CONSTRAINT poison CHECK (room_name IS DISTINCT FROM '102')")
    )
    await admin_session.commit()
    poisoned = evening.submission("lan")
    entry = msgspec.structs.replace(poisoned.entries[0], room="102")
    poisoned = msgspec.structs.replace(poisoned, entries=[entry])
    sent = [(login, evening.submission(login)) for login in LOGINS * 2]
    tasks = evening.send_all([*sent[:3], ("lan", poisoned), *sent[3:]])
    async with gathered(evening, 9):
        pass
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert not isinstance(answers[3], Outcome | Refusal)
    assert isinstance(answers[3], Exception)
    good = [answer for answer in answers if isinstance(answer, Outcome)]
    assert len(good) == 8
    assert await count(admin_session, "SELECT count(*) FROM stay") == 8
    assert await count(admin_session, "SELECT count(*) FROM idempotency") == 8


async def test_a_refused_one_leaves_nothing_and_its_neighbours_their_places(
    evening: Evening, admin_session: AsyncSession
) -> None:
    bad = evening.submission("lan", number="00109000001")
    tasks = evening.send_all([("hai", evening.submission("hai")), ("lan", bad)])
    async with gathered(evening, 2):
        pass
    good, refused = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(good, Outcome)
    assert isinstance(refused, Invalid)
    assert refused.code == "nothing_accepted"
    assert await count(admin_session, "SELECT count(*) FROM idempotency") == 1
    assert await count(admin_session, "SELECT count(*) FROM stay") == 1


async def test_eight_resends_of_sixty_keys_are_sixty_stays_with_equal_answers(
    evening: Evening, admin_session: AsyncSession
) -> None:
    sent = [(LOGINS[n % 4], evening.submission(LOGINS[n % 4])) for n in range(60)]
    other = GroupCommit(make_sessions(evening.engine))  # as another process has
    evening.commits.start()
    other.start()

    async def resend(number: int, login: str, submission: Submission) -> Outcome:
        ticket = Ticket(keys=evening.keys, actor=evening.actors[login], submission=submission)
        return await (other if number % 2 else evening.commits).declare(ticket)

    answers = await asyncio.gather(*(resend(number, *one) for number in range(8) for one in sent))
    await other.close()
    for position in range(60):
        same = answers[position::60]
        assert sum(not answer.replayed for answer in same) == 1
        assert len({msgspec.json.encode(answer.results) for answer in same}) == 1
    assert await count(admin_session, "SELECT count(*) FROM stay") == 60
    assert await count(admin_session, "SELECT count(*) FROM vault.guest_record") == 60
    assert await count(admin_session, "SELECT count(*) FROM outbox") == 60


async def test_guests_without_papers_are_not_doubled_by_a_raced_key(
    evening: Evening, admin_session: AsyncSession
) -> None:
    """Nothing but the key protects them: two processes are at work with it at once."""
    one = evening.submission("lan")
    nobody = msgspec.structs.replace(somebody(None), birth_date=date(1995, 5, 5))
    entry = msgspec.structs.replace(one.entries[0], guest=nobody)
    one = msgspec.structs.replace(one, entries=[entry])
    other = GroupCommit(make_sessions(evening.engine))
    evening.commits.start()
    other.start()
    for _ in range(4):
        tickets = [
            Ticket(keys=evening.keys, actor=evening.actors["lan"], submission=one) for _ in range(2)
        ]
        both = await asyncio.gather(evening.commits.declare(tickets[0]), other.declare(tickets[1]))
        assert len({msgspec.json.encode(answer.results) for answer in both}) == 1
    await other.close()
    assert await count(admin_session, "SELECT count(*) FROM stay") == 1
    assert await count(admin_session, "SELECT count(*) FROM vault.guest_record") == 1


async def test_the_same_key_with_another_body_in_one_batch(evening: Evening) -> None:
    first = evening.submission("lan", key="one-key-for-two")
    second = evening.submission("lan", key="one-key-for-two", body=b"another")
    tasks = evening.send_all([("lan", first), ("lan", second)])
    async with gathered(evening, 2):
        pass
    good, refused = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(good, Outcome)
    assert isinstance(refused, Invalid)
    assert refused.code == "idempotency_key_reused"


async def test_the_same_guest_twice_in_one_batch_is_merged(
    evening: Evening, admin_session: AsyncSession
) -> None:
    number = fresh_number()
    tasks = evening.send_all([("lan", evening.submission("lan", number)) for _ in range(2)])
    tasks += evening.send_all([("hai", evening.submission("hai", number))])
    async with gathered(evening, 3):
        pass
    first, second, elsewhere = await asyncio.gather(*tasks)
    assert [first.results[0].status, second.results[0].status] == ["accepted", "merged"]
    assert first.results[0].receipt == second.results[0].receipt
    assert elsewhere.results[0].status == "accepted"  # one house is not told of another's guest
    assert await count(admin_session, "SELECT count(*) FROM vault.person") == 2


@pytest.mark.parametrize(
    ("undo", "refusal"),
    [
        ("DELETE FROM membership WHERE account_id = '{lan}'", NotFound),
        ("UPDATE account SET disabled_at = now() WHERE id = '{lan}'", Refusal),
        ("UPDATE facility SET status = 'returned' WHERE id = '{hoa_sen}'", Conflict),
    ],
)
async def test_what_was_taken_back_meanwhile_bites_at_once(
    undo: str, refusal: type[Refusal], evening: Evening, cast: Cast, admin_session: AsyncSession
) -> None:
    tasks = evening.send_all(
        [("lan", evening.submission("lan")), ("hai", evening.submission("hai"))]
    )
    async with gathered(evening, 2):
        lan = evening.actors["lan"].id
        await admin_session.execute(text(undo.format(lan=lan, hoa_sen=cast.hoa_sen)))
        await admin_session.commit()
    refused, neighbour = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(refused, refusal)
    assert isinstance(neighbour, Outcome)
    theirs = f"SELECT count(*) FROM stay WHERE facility_id = '{cast.hoa_sen}'"
    assert await count(admin_session, theirs) == 0


async def test_the_writer_sees_only_the_houses_of_its_batch(
    evening: Evening, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that mistakes the facility is stopped by the database."""
    real = declare.prepare

    def mistaken(*told: Any) -> Any:
        row = real(*told)
        row.stay["facility_id"] = cast.guest_house_b
        return row

    monkeypatch.setattr(declare, "prepare", mistaken)
    evening.commits.start()
    with pytest.raises(Exception, match="row-level security"):
        await evening.send("lan", evening.submission("lan"))


async def test_a_full_queue_gives_a_signed_attempt_and_stores_nothing(
    evening: Evening, admin_session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "WAITING_ROWS_OF_ONE", 3)
    monkeypatch.setattr(group_commit, "WAITING_ROWS", 5)
    evening.commits = GroupCommit(make_sessions(evening.engine))
    taken = [("lan", evening.submission("lan")) for _ in range(3)]
    taken += [("hai", evening.submission("hai")) for _ in range(2)]
    tasks = evening.send_all(taken)
    async with gathered(evening, 5):
        for login in ("lan", "tuan"):
            full = evening.submission(login)
            with pytest.raises(Unavailable) as refused:
                await evening.send(login, full)
            assert refused.value.retry_after_s
            attempt = refused.value.attempt
            assert isinstance(attempt, Attempt)
            told = verify_attempt(attempt.token, evening.keys.public_keys)
            assert told.facility_id == full.facility_id
            assert abs(told.attempted_at - evening.actors[login].now) < timedelta(minutes=10)
    assert all(outcome.accepted for outcome in await asyncio.gather(*tasks))
    assert await count(admin_session, "SELECT count(*) FROM stay") == 5
    assert (await evening.send("tuan", full)).accepted == 1


async def test_who_hangs_up_while_waiting_is_not_stored(
    evening: Evening, admin_session: AsyncSession
) -> None:
    gone, stays = evening.send_all(
        [("lan", evening.submission("lan")), ("hai", evening.submission("hai"))]
    )
    async with gathered(evening, 2):
        gone.cancel()
        await asyncio.wait([gone])
    assert (await stays).accepted == 1
    assert await count(admin_session, "SELECT count(*) FROM stay") == 1


async def test_who_hangs_up_during_the_commit_finds_it_done(
    evening: Evening, admin_session: AsyncSession
) -> None:
    one = evening.submission("lan")
    await admin_session.execute(text("LOCK TABLE stay_version IN EXCLUSIVE MODE"))
    evening.commits.start()
    (task,) = evening.send_all([("lan", one)])

    async def held() -> bool:
        waiting = "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database "
        mine = "WHERE NOT granted AND d.datname = current_database()"
        return bool(await count(admin_session, waiting + mine))

    await until(held, "the writer to be in its batch")
    task.cancel()
    await asyncio.wait([task])
    await admin_session.rollback()
    again = await evening.send("lan", one)
    assert again.replayed
    assert again.accepted == 1
    assert await count(admin_session, "SELECT count(*) FROM stay") == 1


async def test_held_up_by_another_request_it_says_so(
    evening: Evening, admin_session: AsyncSession
) -> None:
    one = evening.submission("lan", key="held-by-another")
    await admin_session.execute(
        text("INSERT INTO idempotency (facility_id, key, fingerprint) VALUES (:f, :k, '')"),
        {"f": evening.places["lan"], "k": "held-by-another"},
    )
    tasks = evening.send_all([("lan", one), ("hai", evening.submission("hai"))])
    evening.commits.start()
    held, neighbour = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(neighbour, Outcome)
    assert isinstance(held, Conflict)
    assert held.code == "still_running"
    await admin_session.rollback()
    assert (await evening.send("lan", one)).accepted == 1


async def test_closing_writes_what_waits_and_takes_no_more(
    evening: Evening, admin_session: AsyncSession
) -> None:
    tasks = evening.send_all([(login, evening.submission(login)) for login in LOGINS * 40])
    async with gathered(evening, 160):
        pass
    await evening.commits.close()
    assert all(task.done() for task in tasks) or await asyncio.gather(*tasks)
    assert await count(admin_session, "SELECT count(*) FROM stay") == 160
    with pytest.raises(Unavailable):
        await evening.send("lan", evening.submission("lan"))


async def test_a_large_party_has_a_transaction_of_its_own(
    evening: Evening, admin_session: AsyncSession
) -> None:
    party = evening.submission("lan")
    entries = [
        msgspec.structs.replace(party.entries[0], guest=somebody(fresh_number()))
        for _ in range(group_commit.GROUP_ROWS + 50)
    ]
    party = msgspec.structs.replace(party, entries=entries)
    outcome = await evening.send("lan", party)  # the writer has not even begun
    assert outcome.accepted == len(entries)
    again = await evening.send("lan", party)
    assert again.replayed
    evening.commits.start()
    assert (await evening.send("hai", evening.submission("hai"))).accepted == 1
    assert await commits_of(admin_session, "stay") == 2


async def test_a_dry_run_stores_nothing(evening: Evening, admin_session: AsyncSession) -> None:
    outcome = await evening.send("lan", evening.submission("lan", dry_run=True))
    assert outcome.results[0].status == "would_accept"
    assert await count(admin_session, "SELECT count(*) FROM vault.person") == 0
    assert await count(admin_session, "SELECT count(*) FROM idempotency") == 0


async def test_a_server_that_may_lose_a_commit_gives_no_receipt(
    evening: Evening, database: Database, admin_session: AsyncSession
) -> None:
    await admin_session.execute(
        text(f"ALTER ROLE asm_api IN DATABASE {database.name} SET synchronous_commit = off")
    )
    await admin_session.commit()
    loose = make_engine(database.api_url, name="asm-test-loose")
    with pytest.raises(ConfigurationError, match="synchronous_commit off"):
        await require_durable(loose)
    evening.commits = GroupCommit(make_sessions(loose))
    evening.commits.start()
    with pytest.raises(Unavailable) as refused:
        await evening.send("lan", evening.submission("lan"))
    assert isinstance(refused.value.attempt, Attempt)
    assert await count(admin_session, "SELECT count(*) FROM stay") == 0
    await evening.commits.close()
    await loose.dispose()
    await require_durable(evening.engine)  # its connections are older than the change
