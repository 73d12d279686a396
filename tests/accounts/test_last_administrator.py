"""An installation keeps an administrator, also when two are ended at the same moment."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.create import create_account
from asm.accounts.operator import disable_account
from asm.db.session import one_transaction
from asm.demo.cast import Cast
from asm.errors import Conflict
from tests.accounts.locks import waits_for_a_lock
from tests.notify.messages.rows import rows
from tests.web.codes.people import PASSWORD


async def test_of_two_administrators_who_are_ended_at_once_one_stays(
    cast: Cast, admin_engine: AsyncEngine
) -> None:
    async with one_transaction(admin_engine) as session:
        await create_account(
            session, login="admin-2", password=PASSWORD, display_name="Hai", role="administrator"
        )
    ended = asyncio.Event()

    async def end(login: str) -> str:
        try:
            async with one_transaction(admin_engine) as session:
                await disable_account(session, None, login)
                if not ended.is_set():
                    ended.set()
                    while not await waits_for_a_lock(admin_engine):
                        assert not second.done(), "the second must wait for the first"
        except Conflict as refusal:
            return refusal.code
        return "ended"

    async def after_the_first() -> str:
        await ended.wait()
        return await end("admin-2")

    second = asyncio.create_task(after_the_first())
    assert await end("admin") == "ended"
    assert await second == "last_administrator"
    left = await rows(
        admin_engine,
        "SELECT login FROM account WHERE role = 'administrator' AND disabled_at IS NULL",
    )
    assert [row.login for row in left] == ["admin-2"]
