"""Whose province the database is told: a provincial officer's, for their transaction alone."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.sessions import actor_of_login
from asm.db.rls import enter_public, enter_scope
from asm.demo.cast import Cast

_PROVINCE = text("SELECT current_setting('asm.province', true)")


async def province_of_scope(session: AsyncSession) -> str:
    return str((await session.execute(_PROVINCE)).scalar_one())


@pytest.mark.parametrize(
    ("login", "account", "scope"),
    [
        ("quang", "01", "01"),
        # Its figures are the published ones: no policy may take it for the province's officer.
        ("van", "01", ""),
        ("nga", None, ""),
        ("minh", None, ""),
        ("lan", None, ""),
    ],
)
async def test_it_is_the_provincial_officers(
    login: str, account: str | None, scope: str, admin_session: AsyncSession, cast: Cast
) -> None:
    actor = await actor_of_login(admin_session, login)
    assert (actor.province_code, await province_of_scope(admin_session)) == (account, scope)


async def test_whoever_comes_next_has_none(admin_session: AsyncSession, cast: Cast) -> None:
    quang = await actor_of_login(admin_session, "quang")
    await enter_public(admin_session)
    assert await province_of_scope(admin_session) == ""
    await actor_of_login(admin_session, "quang")
    await enter_scope(admin_session, actor=quang.id, role="", ward=None, facilities=())
    assert await province_of_scope(admin_session) == ""
