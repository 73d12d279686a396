"""The outbox for administrators: figures, what failed, another chance, and who asked for it."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.sessions import actor_of_login
from asm.db.session import one_transaction
from asm.demo.cast import Cast
from asm.errors import NotAllowed, NotFound
from asm.outbox.drain import Event, drain
from asm.outbox.operator import OutboxView, retry_outbox, view_outbox
from asm.outbox.post import enqueue
from asm.settings import Settings
from tests.cli.test_commands import asm
from tests.web.visitor import Visitor

TOPIC = "test.told"
GIVE_UP = "UPDATE outbox SET dead_at = clock_timestamp(), attempts = 8"
AUDIT = "SELECT * FROM audit_entry WHERE action = 'outbox.retried'"


async def refuse(session: AsyncSession, events: Sequence[Event]) -> None:
    raise KeyError("Nguyễn Văn Mẫu")


async def something_fails(worker_engine: AsyncEngine, admin_engine: AsyncEngine) -> None:
    """Two rows that were given up and one that merely waits."""
    async with one_transaction(worker_engine) as session:
        await enqueue(session, TOPIC, [(uuid4(), {"stay_id": str(uuid4())}) for _ in range(2)])
    await drain(worker_engine, {TOPIC: refuse})
    async with one_transaction(admin_engine) as session:
        await session.execute(text(GIVE_UP))
    async with one_transaction(worker_engine) as session:
        await enqueue(session, TOPIC, [(uuid4(), {"stay_id": str(uuid4())})])


async def rows(admin_engine: AsyncEngine, query: str) -> list[Any]:
    async with one_transaction(admin_engine) as session:
        return list((await session.execute(text(query))).all())


async def seen_by(api_engine: AsyncEngine, login: str) -> OutboxView:
    async with one_transaction(api_engine) as session:
        return await view_outbox(session, await actor_of_login(session, login))


async def test_an_administrator_sees_what_failed_and_nothing_of_anyone(
    api_engine: AsyncEngine, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await something_fails(worker_engine, admin_engine)
    view = await seen_by(api_engine, "admin")
    assert (view.depth.waiting, view.depth.dead) == (1, 2)
    (topic,) = view.topics
    assert (topic.topic, topic.waiting, topic.failing, topic.dead) == (TOPIC, 1, 0, 2)
    assert [row.last_error for row in view.troubled] == ["KeyError", "KeyError"]
    assert "payload" not in view.troubled[0].__struct_fields__


@pytest.mark.parametrize("login", ["lan", "hai", "minh"])
async def test_nobody_else_sees_or_retries(
    api_engine: AsyncEngine, worker_engine: AsyncEngine, admin_engine: AsyncEngine, login: str
) -> None:
    await something_fails(worker_engine, admin_engine)
    with pytest.raises(NotAllowed):
        await seen_by(api_engine, login)
    async with one_transaction(api_engine) as session:
        actor = await actor_of_login(session, login)
        with pytest.raises(NotAllowed):
            await retry_outbox(session, actor)
        # The database says so again, whatever a handler forgets.
        changed = await session.execute(
            text("UPDATE outbox SET attempts = 0 WHERE topic = :t RETURNING id"), {"t": TOPIC}
        )
        assert changed.all() == []


async def test_one_or_all_are_tried_again_and_it_is_written_down(
    api_engine: AsyncEngine, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await something_fails(worker_engine, admin_engine)
    first = (await seen_by(api_engine, "admin")).troubled[0]
    async with one_transaction(api_engine) as session:
        admin = await actor_of_login(session, "admin")
        assert (await retry_outbox(session, admin, first.id)).retried == 1
    async with one_transaction(api_engine) as session:
        admin = await actor_of_login(session, "admin")
        with pytest.raises(NotFound):
            await retry_outbox(session, admin, uuid4())
        # The first has not failed again yet, but it has failed before: it is asked for twice.
        assert (await retry_outbox(session, admin)).retried == 2
        assert (await retry_outbox(session, admin)).retried == 2
    written = await rows(admin_engine, AUDIT + " ORDER BY id")
    assert [entry.details["rows"] for entry in written] == [1, 2, 2]
    assert (written[0].actor_id, written[0].subject_id) == (admin.id, first.id)
    assert written[0].details["ids"] == [str(first.id)]
    left = await rows(admin_engine, "SELECT attempts, dead_at FROM outbox")
    assert {(row.attempts, row.dead_at) for row in left} == {(0, None)}


async def test_the_page_shows_it_and_retries(
    visitor: Visitor, cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await something_fails(worker_engine, admin_engine)
    await visitor.sign_in(cast, "lan")
    await visitor.open("/operator/outbox", status=403)
    await visitor.send("/sign-out")
    await visitor.sign_in(cast, "admin")
    await visitor.open("/operator/outbox")
    assert visitor.html.count("KeyError") == 2
    row = (await rows(admin_engine, "SELECT id FROM outbox WHERE dead_at IS NOT NULL"))[0].id
    await visitor.send(f"/operator/outbox/{row}/retry")
    assert "Sẽ thử lại ngay: 1 dòng." in visitor.html
    await visitor.send("/operator/outbox/retry")
    assert "Sẽ thử lại ngay: 2 dòng." in visitor.html
    assert "đã thôi" not in visitor.html
    await visitor.send(f"/operator/outbox/{uuid4()}/retry", status=404)


async def test_the_command_says_it_as_json_or_table_and_retries(
    settings: Settings, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await something_fails(worker_engine, admin_engine)
    status = asm(settings, "outbox", "status")
    assert status.returncode == 1, status.stderr
    view = json.loads(status.stdout)
    assert (view["depth"]["dead"], view["topics"][0]["topic"]) == (2, TOPIC)
    done = asm(settings, "outbox", "retry", "--all", "--as", "admin")
    assert json.loads(done.stdout) == {"retried": 2}, done.stderr
    assert asm(settings, "outbox", "retry").returncode == 2
    table = asm(settings, "outbox", "status", "--table")
    assert table.returncode == 0, table.stderr
    assert [line.split()[:2] for line in table.stdout.splitlines()][1] == ["3", "3"]
    (entry,) = await rows(admin_engine, AUDIT)
    assert (entry.actor_role, entry.details["rows"]) == ("administrator", 2)
