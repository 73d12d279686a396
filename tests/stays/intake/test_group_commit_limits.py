"""The writer's limits: a full queue, an end, a large party, a server that may lose a commit."""

import asyncio
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.durable import require_durable
from asm.db.session import make_engine, make_sessions
from asm.errors import ConfigurationError, Unavailable
from asm.stays.intake import group_commit
from asm.stays.intake.group_commit import GroupCommit
from asm.stays.receipts.attempts import Attempt, verify_attempt
from tests.checks.desks import fresh_number, somebody
from tests.conftest import Database
from tests.stays.evening import LOGINS, Evening, commits_of, count, gathered


async def test_a_full_queue_gives_a_signed_attempt_and_stores_nothing(
    evening: Evening, admin_session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "WAITING_ROWS_OF_ONE", 3)
    monkeypatch.setattr(group_commit, "WAITING_ROWS", 5)
    evening.commits = GroupCommit(make_sessions(evening.engine))
    taken = [("lan", evening.declaration("lan")) for _ in range(3)]
    taken += [("hai", evening.declaration("hai")) for _ in range(2)]
    tasks = evening.send_all(taken)
    async with gathered(evening, 5):
        for login in ("lan", "tuan"):
            full = evening.declaration(login)
            with pytest.raises(Unavailable) as refused:
                await evening.send(login, full)
            assert refused.value.retry_after_s
            attempt = refused.value.attempt
            assert isinstance(attempt, Attempt)
            verified = verify_attempt(attempt.token, evening.keys.public_keys)
            assert verified.facility_id == full.facility_id
            assert abs(verified.attempted_at - evening.actors[login].now) < timedelta(minutes=10)
    assert all(outcome.accepted for outcome in await asyncio.gather(*tasks))
    assert await count(admin_session, "SELECT count(*) FROM stay") == 5
    assert (await evening.send("tuan", full)).accepted == 1


async def test_closing_writes_what_waits_and_takes_no_more(
    evening: Evening, admin_session: AsyncSession
) -> None:
    tasks = evening.send_all([(login, evening.declaration(login)) for login in LOGINS * 40])
    async with gathered(evening, 160):
        pass
    await evening.commits.close()
    assert all(task.done() for task in tasks) or await asyncio.gather(*tasks)
    assert await count(admin_session, "SELECT count(*) FROM stay") == 160
    with pytest.raises(Unavailable):
        await evening.send("lan", evening.declaration("lan"))


async def test_a_large_party_has_a_transaction_of_its_own(
    evening: Evening, admin_session: AsyncSession
) -> None:
    party = evening.declaration("lan")
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
    assert (await evening.send("hai", evening.declaration("hai"))).accepted == 1
    assert await commits_of(admin_session, "stay") == 2


async def test_a_dry_run_stores_nothing(evening: Evening, admin_session: AsyncSession) -> None:
    outcome = await evening.send("lan", evening.declaration("lan", dry_run=True))
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
        await evening.send("lan", evening.declaration("lan"))
    assert isinstance(refused.value.attempt, Attempt)
    assert await count(admin_session, "SELECT count(*) FROM stay") == 0
    await evening.commits.close()
    await loose.dispose()
    await require_durable(evening.engine)  # its connections are older than the change
