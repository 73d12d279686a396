"""A new password and an end of the account also end the access that is being taken at that moment.

1. The old password was found right, then came the end, and only then would the access be opened.
2. It was opened and not yet committed when the end came.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from asm.accounts import login as login_module
from asm.accounts import passwords
from asm.accounts.access import Scope
from asm.accounts.create import account_id_of
from asm.accounts.login import SignInWish, issue_token, sign_in
from asm.accounts.officers import disable_officer
from asm.accounts.operator import disable_account
from asm.accounts.own.change_own import PasswordChange, change_password
from asm.accounts.own.close import close_account, hold_to_close
from asm.accounts.replace_password import account_to_change, replace_password
from asm.accounts.sessions import actor_of_login
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.db.session import one_transaction
from asm.demo.cast import Cast
from asm.errors import Invalid
from tests.accounts.locks import waits_for_a_lock
from tests.accounts.throttling.doors import HOTEL, coming_from, sign_in_on_page, try_password
from tests.notify.messages.rows import rows

End = Callable[[AsyncSession, str, str], Awaitable[Any]]
NEW = "truoc sau van nhu ban dau"


async def _scope(session: AsyncSession, login: str) -> Scope:
    return Scope(session, await actor_of_login(session, login))


async def _change(session: AsyncSession, login: str, password: str) -> None:
    change = PasswordChange(current=password, new=NEW, end_tokens=True)
    await change_password(await _scope(session, login), change, b"another")


async def _reset(session: AsyncSession, login: str, _: str) -> None:
    account_id = await account_id_of(session, login)
    assert account_id is not None
    changed = await account_to_change(session, account_id)
    await replace_password(session, changed, await changed.hashed(NEW, passwords.Turn()))


async def _disable(session: AsyncSession, login: str, _: str) -> None:
    await disable_account(session, None, login)


async def _close(session: AsyncSession, login: str, password: str) -> None:
    scope = await _scope(session, login)
    await hold_to_close(scope, password)
    await close_account(scope)


async def _disable_officer(session: AsyncSession, login: str, _: str) -> None:
    account_id = await account_id_of(session, login)
    assert account_id is not None
    await disable_officer(await _scope(session, "admin"), account_id)


ENDS = [
    pytest.param(_change, "lan", id="password changed"),
    pytest.param(_reset, "lan", id="password set by a code"),
    pytest.param(_disable, "lan", id="disabled by the operator"),
    pytest.param(_close, "lan", id="closed"),
    pytest.param(_disable_officer, "minh", id="officer disabled"),
]


async def _open(admin: AsyncEngine, login: str) -> int:
    """Sessions and tokens with which somebody still gets in."""
    query = (
        "SELECT (SELECT count(*) FROM web_session s WHERE s.account_id = a.id) + (SELECT count(*) "
        "FROM api_token t WHERE t.account_id = a.id AND t.revoked_at IS NULL) AS n "
        "FROM account a WHERE login = :login"
    )
    (row,) = await rows(admin, query, login=login)
    number: int = row.n
    return number


@pytest.mark.parametrize("door", ["token", "page"])
@pytest.mark.parametrize(("end", "login"), ENDS)
async def test_what_was_right_before_the_end_opens_nothing_after_it(
    end: End,
    login: str,
    door: str,
    app: Litestar,
    cast: Cast,
    admin_engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared, ended = asyncio.Event(), asyncio.Event()

    async def and_then_the_end(*given: Any, **named: Any) -> passwords.Compared:
        compared_with = await passwords.compare(*given, **named)
        compared.set()
        await ended.wait()
        return compared_with

    monkeypatch.setattr(login_module, "compare", and_then_the_end)
    password = cast.people[login].password
    async with coming_from(app, HOTEL) as client:
        taking = asyncio.ensure_future(
            try_password(client, login, password)
            if door == "token"
            else sign_in_on_page(client, cast, login)
        )
        await compared.wait()
        async with one_transaction(admin_engine) as session:
            await end(session, login, password)
        ended.set()
        assert (await taking).status_code == {"token": 401, "page": 422}[door]
    assert await _open(admin_engine, login) == 0


@pytest.mark.parametrize("door", ["token", "page"])
@pytest.mark.parametrize(("end", "login"), ENDS)
async def test_what_is_being_opened_is_ended_too(
    end: End, login: str, door: str, cast: Cast, admin_engine: AsyncEngine
) -> None:
    taking, ending = await _taken_and_ended(end, login, door, cast, admin_engine)
    while not await waits_for_a_lock(admin_engine):
        assert not ending.done(), "it must wait for whoever is being let in"
    await taking.commit()
    await taking.close()
    await ending
    assert await _open(admin_engine, login) == 0


async def test_without_the_lock_it_stays_open(
    cast: Cast, admin_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""

    async def always(*_: object) -> bool:
        return True

    monkeypatch.setattr(login_module, "still_opens", always)
    taking, ending = await _taken_and_ended(_change, "lan", "token", cast, admin_engine)
    await ending
    await taking.commit()
    await taking.close()
    assert await _open(admin_engine, "lan") == 1


async def _taken_and_ended(
    end: End, login: str, door: str, cast: Cast, admin: AsyncEngine
) -> tuple[AsyncSession, asyncio.Task[None]]:
    """Access that is opened and not committed, and the end that goes on at the same time."""
    password = cast.people[login].password
    throttle = Throttle(async_sessionmaker(admin), b"test")
    wish = SignInWish(login=login, password=password, origin=RequestOrigin(network=HOTEL))
    session = AsyncSession(admin)
    if door == "token":
        await issue_token(session, throttle, wish, "x")
    else:
        await sign_in(session, throttle, wish)

    async def ended() -> None:
        async with one_transaction(admin) as other:
            await end(other, login, password)

    return session, asyncio.create_task(ended())


async def test_of_two_who_change_the_password_at_once_one_does(
    cast: Cast, admin_engine: AsyncEngine
) -> None:
    """Whoever stole a session and knows the old password cannot undo the owner's change."""
    old = cast.people["lan"].password
    async with AsyncSession(admin_engine) as owner, AsyncSession(admin_engine) as thief:
        await _change(owner, "lan", old)

        async def taken_over() -> str:
            change = PasswordChange(current=old, new="con meo treo cay cau")
            scope = await _scope(thief, "lan")
            with pytest.raises(Invalid) as refused:
                await change_password(scope, change, b"another")
            return refused.value.code

        second = asyncio.create_task(taken_over())
        while not await waits_for_a_lock(admin_engine):
            assert not second.done()
        await owner.commit()
        assert await second == "password_wrong"
