"""What a web process that was taken over might try with phones: a secret or a scope is needed."""

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.sessions import actor_of_login
from asm.db.session import make_sessions
from asm.demo.cast import Cast
from tests.accounts.devices.conftest import browser_of
from tests.accounts.devices.phone import Phone
from tests.notify.messages.rows import rows

TABLES = ("device", "device_refresh", "device_code")


@pytest.fixture
async def phone(app: Litestar, client: httpx.AsyncClient, cast: Cast) -> Phone:
    """Hải's."""
    signed_in = Phone(client)
    async for browser in browser_of(app):
        await browser.sign_in("hai", cast.people["hai"].password)
        await signed_in.sign_in(browser)
    return signed_in


async def _count(session: AsyncSession, table: str) -> int:
    return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


@pytest.mark.parametrize(("login", "devices"), [(None, 0), ("lan", 0), ("minh", 0), ("hai", 1)])
async def test_devices_are_seen_by_their_account_and_secrets_by_nobody(
    login: str | None, devices: int, phone: Phone, api_engine: AsyncEngine
) -> None:
    async with make_sessions(api_engine).begin() as session:
        if login is not None:
            await actor_of_login(session, login)
        assert [await _count(session, each) for each in TABLES] == [devices, 0, 0]


async def test_a_secret_shows_its_own_row_and_no_other(
    phone: Phone, api_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await phone.renew()
    hashes = await rows(admin_engine, "SELECT encode(token_hash, 'hex') FROM device_refresh")
    assert len(hashes) == 2
    async with make_sessions(api_engine).begin() as session:
        hold = text("SELECT set_config('asm.secret', :hash, true)")
        await session.execute(hold, {"hash": hashes[0][0]})
        assert [await _count(session, each) for each in TABLES] == [0, 1, 0]
        for wrong in ("", "00", hashes[0][0][:-2]):
            await session.execute(hold, {"hash": wrong})
            assert [await _count(session, each) for each in TABLES] == [0, 0, 0]


REFUSED = [
    "UPDATE device SET ended_at = NULL, end_reason = NULL",
    "UPDATE device SET jkt = 'x'",
    "UPDATE device SET public_key = 'x.y'",
    "UPDATE device SET account_id = account_id",
    "UPDATE device_refresh SET expires_at = expires_at",
    "UPDATE device_code SET jkt = 'x'",
    "UPDATE device_code SET expires_at = expires_at",
    "DELETE FROM device",
    "DELETE FROM device_refresh",
    "DELETE FROM device_code",
    "UPDATE api_token SET device_jkt = 'x'",
    "UPDATE api_token SET device_id = NULL, device_jkt = NULL, device_key = NULL",
]


async def test_keys_and_ends_cannot_be_changed(phone: Phone, api_engine: AsyncEngine) -> None:
    for statement in REFUSED:
        async with make_sessions(api_engine)() as session:
            await actor_of_login(session, "hai")
            with pytest.raises(DBAPIError, match="permission denied"):
                await session.execute(text(statement))


OTHERS = [
    (
        "INSERT INTO device (id, account_id, client_id, label, jkt, public_key, binding, "
        "expires_at) SELECT gen_random_uuid(), id, 'x', 'x', 'x', 'x.y', 'x', now() "
        "FROM account WHERE login = 'hai'"
    ),
    (
        "INSERT INTO device_code (code_hash, account_id, client_id, redirect_uri, challenge, jkt, "
        "label, expires_at) SELECT '', id, 'x', 'x', 'x', 'x', 'x', now() + interval '1 minute' "
        "FROM account WHERE login = 'hai'"
    ),
    (
        "INSERT INTO device_refresh (token_hash, device_id, account_id, expires_at) "
        "SELECT '', '{device}', id, now() + interval '1 day' FROM account WHERE login = 'hai'"
    ),
]


@pytest.mark.parametrize("login", [None, "lan", "minh"])
async def test_nobody_signs_a_phone_in_for_another(
    login: str | None, phone: Phone, api_engine: AsyncEngine
) -> None:
    for statement in OTHERS:
        async with make_sessions(api_engine)() as session:
            if login is not None:
                await actor_of_login(session, login)
            with pytest.raises(DBAPIError, match="row-level security"):
                await session.execute(text(statement.replace("{device}", phone.device_id)))


async def test_another_account_prolongs_no_device(phone: Phone, api_engine: AsyncEngine) -> None:
    async with make_sessions(api_engine).begin() as session:
        await actor_of_login(session, "lan")
        for statement in (
            "UPDATE device SET expires_at = now() + interval '9 years'",
            "UPDATE device_refresh SET spent_at = NULL",
            "UPDATE device_code SET spent_at = NULL",
        ):
            done = await session.execute(text(statement))
            assert done.rowcount == 0, statement  # type: ignore[attr-defined]


async def test_a_token_names_its_device_whole_or_not_at_all(api_engine: AsyncEngine) -> None:
    async with make_sessions(api_engine)() as session:
        with pytest.raises(DBAPIError, match="api_token_device_check"):
            await session.execute(
                text(
                    "INSERT INTO api_token (token_hash, id, account_id, label, expires_at, "
                    "device_id) SELECT '', gen_random_uuid(), id, '', now(), gen_random_uuid() "
                    "FROM account LIMIT 1"
                )
            )
