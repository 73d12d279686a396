"""One key is one declaration, however often and wherever it is sent, and whoever hangs up."""

import asyncio
from datetime import date

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.session import make_sessions
from asm.errors import Conflict, Invalid
from asm.stays.declaration import Declaration, Outcome
from asm.stays.intake.group_commit import GroupCommit, QueuedDeclaration
from tests.checks.desks import fresh_number, somebody
from tests.faults.worker_process import until
from tests.stays.evening import LOGINS, Evening, count, gathered


async def test_eight_resends_of_sixty_keys_are_sixty_stays_with_equal_answers(
    evening: Evening, admin_session: AsyncSession
) -> None:
    sent = [(LOGINS[n % 4], evening.declaration(LOGINS[n % 4])) for n in range(60)]
    other = GroupCommit(make_sessions(evening.engine))  # as another process has
    evening.commits.start()
    other.start()

    async def resend(number: int, login: str, declaration: Declaration) -> Outcome:
        queued = QueuedDeclaration(
            keys=evening.keys, actor=evening.actors[login], declaration=declaration
        )
        return await (other if number % 2 else evening.commits).declare(queued)

    answers = await asyncio.gather(
        *(resend(number, *sending) for number in range(8) for sending in sent)
    )
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
    declaration = evening.declaration("lan")
    without_number = msgspec.structs.replace(somebody(None), birth_date=date(1995, 5, 5))
    entry = msgspec.structs.replace(declaration.entries[0], guest=without_number)
    declaration = msgspec.structs.replace(declaration, entries=[entry])
    other = GroupCommit(make_sessions(evening.engine))
    evening.commits.start()
    other.start()
    for _ in range(4):
        queued_declarations = [
            QueuedDeclaration(
                keys=evening.keys, actor=evening.actors["lan"], declaration=declaration
            )
            for _ in range(2)
        ]
        both = await asyncio.gather(
            evening.commits.declare(queued_declarations[0]), other.declare(queued_declarations[1])
        )
        assert len({msgspec.json.encode(answer.results) for answer in both}) == 1
    await other.close()
    assert await count(admin_session, "SELECT count(*) FROM stay") == 1
    assert await count(admin_session, "SELECT count(*) FROM vault.guest_record") == 1


async def test_the_same_key_with_another_body_in_one_batch(evening: Evening) -> None:
    first = evening.declaration("lan", key="one-key-for-two")
    second = evening.declaration("lan", key="one-key-for-two", body=b"another")
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
    tasks = evening.send_all([("lan", evening.declaration("lan", number)) for _ in range(2)])
    tasks += evening.send_all([("hai", evening.declaration("hai", number))])
    async with gathered(evening, 3):
        pass
    first, second, elsewhere = await asyncio.gather(*tasks)
    assert [first.results[0].status, second.results[0].status] == ["accepted", "merged"]
    assert first.results[0].receipt == second.results[0].receipt
    assert elsewhere.results[0].status == "accepted"  # one house is not told of another's guest
    assert await count(admin_session, "SELECT count(*) FROM vault.person") == 2


async def test_who_hangs_up_while_waiting_is_not_stored(
    evening: Evening, admin_session: AsyncSession
) -> None:
    gone, stays = evening.send_all(
        [("lan", evening.declaration("lan")), ("hai", evening.declaration("hai"))]
    )
    async with gathered(evening, 2):
        gone.cancel()
        await asyncio.wait([gone])
    assert (await stays).accepted == 1
    assert await count(admin_session, "SELECT count(*) FROM stay") == 1


async def test_who_hangs_up_during_the_commit_finds_it_done(
    evening: Evening, admin_session: AsyncSession
) -> None:
    declaration = evening.declaration("lan")
    await admin_session.execute(text("LOCK TABLE stay_version IN EXCLUSIVE MODE"))
    evening.commits.start()
    (task,) = evening.send_all([("lan", declaration)])

    async def held() -> bool:
        waiting = "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database "
        mine = "WHERE NOT granted AND d.datname = current_database()"
        return bool(await count(admin_session, waiting + mine))

    await until(held, "the writer to be in its batch")
    task.cancel()
    await asyncio.wait([task])
    await admin_session.rollback()
    again = await evening.send("lan", declaration)
    assert again.replayed
    assert again.accepted == 1
    assert await count(admin_session, "SELECT count(*) FROM stay") == 1


async def test_held_up_by_another_request_it_says_so(
    evening: Evening, admin_session: AsyncSession
) -> None:
    declaration = evening.declaration("lan", key="held-by-another")
    await admin_session.execute(
        text("INSERT INTO idempotency (facility_id, key, fingerprint) VALUES (:f, :k, '')"),
        {"f": evening.facilities["lan"], "k": "held-by-another"},
    )
    tasks = evening.send_all([("lan", declaration), ("hai", evening.declaration("hai"))])
    evening.commits.start()
    held, neighbour = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(neighbour, Outcome)
    assert isinstance(held, Conflict)
    assert held.code == "still_running"
    await admin_session.rollback()
    assert (await evening.send("lan", declaration)).accepted == 1
