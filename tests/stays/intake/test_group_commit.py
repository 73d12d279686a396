"""Many declarations in one commit: each with its own answer, and none at another's cost."""

import asyncio
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from asm.errors import Conflict, Invalid, NotFound, Refusal
from asm.stays import declare
from asm.stays.declaration import Outcome
from asm.stays.intake.group_commit import QueuedDeclaration
from asm.stays.receipts.receipt import verify_token
from tests.stays.evening import LOGINS, Evening, commits_of, count, gathered


async def test_four_houses_in_one_commit_each_with_its_own_receipt(
    evening: Evening, admin_session: AsyncSession
) -> None:
    sent = [(login, evening.declaration(login)) for login in LOGINS * 5]
    tasks = evening.send_all(sent)
    async with gathered(evening, 20):
        pass
    outcomes = await asyncio.gather(*tasks)
    for (login, declaration), outcome in zip(sent, outcomes, strict=True):
        receipt = outcome.results[0].receipt
        assert receipt is not None
        verified = verify_token(receipt.token, evening.keys.public_keys)
        assert verified.facility_id == declaration.facility_id == evening.facilities[login]
    assert await commits_of(admin_session, "stay") == 1
    for table in ("stay", "stay_version", "vault.guest_record", "outbox", "idempotency"):
        assert await count(admin_session, f"SELECT count(*) FROM {table}") == 20
    trail_query = "SELECT count(*) FROM audit_entry WHERE action = 'stays.declared'"
    assert await count(admin_session, trail_query) == 20
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
    queued = QueuedDeclaration(
        keys=evening.keys, actor=evening.actors["lan"], declaration=evening.declaration("lan")
    )
    queued.received -= 3600
    evening.commits.start()
    await evening.commits.declare(queued)
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
    poisoned = evening.declaration("lan")
    entry = msgspec.structs.replace(poisoned.entries[0], room="102")
    poisoned = msgspec.structs.replace(poisoned, entries=[entry])
    sent = [(login, evening.declaration(login)) for login in LOGINS * 2]
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
    bad = evening.declaration("lan", number="00109000001")
    tasks = evening.send_all([("hai", evening.declaration("hai")), ("lan", bad)])
    async with gathered(evening, 2):
        pass
    good, refused = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(good, Outcome)
    assert isinstance(refused, Invalid)
    assert refused.code == "nothing_accepted"
    assert await count(admin_session, "SELECT count(*) FROM idempotency") == 1
    assert await count(admin_session, "SELECT count(*) FROM stay") == 1


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
        [("lan", evening.declaration("lan")), ("hai", evening.declaration("hai"))]
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
    real = declare.build_rows

    def mistaken(*arguments: Any) -> Any:
        row = real(*arguments)
        row.stay.facility_id = cast.guest_house_b
        return row

    monkeypatch.setattr(declare, "build_rows", mistaken)
    evening.commits.start()
    with pytest.raises(Exception, match="row-level security"):
        await evening.send("lan", evening.declaration("lan"))
