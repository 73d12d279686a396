"""What a web process that was taken over might try with other ways in."""

from hashlib import sha256

import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.sessions import actor_of_login
from asm.db.session import make_sessions
from asm.demo.cast import Cast
from tests.notify.messages.rows import change

KEY, IDENTITY = sha256(b"key").hexdigest(), sha256(b"identity").hexdigest()
TABLES = ("passkey", "account_identity")
NEW_KEY = (
    "INSERT INTO passkey (id, account_id, credential_hash, credential_id, rp_id, public_key, "
    "sign_count, backed_up, label) SELECT gen_random_uuid(), id, decode('{hash}', 'hex'), 'x', "
    "'x', 'x', 1, false, 'x' FROM account WHERE login = 'hai'"
)
NEW_IDENTITY = (
    "INSERT INTO account_identity (identity_hash, account_id) "
    "SELECT decode('{hash}', 'hex'), id FROM account WHERE login = 'hai'"
)


@pytest.fixture(autouse=True)
async def _of_hai(admin_engine: AsyncEngine, app: Litestar, cast: Cast) -> None:
    await change(admin_engine, NEW_KEY.format(hash=KEY))
    await change(admin_engine, NEW_IDENTITY.format(hash=IDENTITY))


async def seen(session: AsyncSession) -> list[int]:
    counts = [await session.execute(text(f"SELECT count(*) FROM {each}")) for each in TABLES]
    return [int(count.scalar_one()) for count in counts]


@pytest.mark.parametrize(("login", "each"), [(None, 0), ("lan", 0), ("minh", 0), ("hai", 1)])
async def test_they_are_seen_by_their_account(
    login: str | None, each: int, api_engine: AsyncEngine
) -> None:
    async with make_sessions(api_engine).begin() as session:
        if login is not None:
            await actor_of_login(session, login)
        assert await seen(session) == [each, each]


async def test_who_presents_one_sees_it_and_no_other(api_engine: AsyncEngine) -> None:
    async with make_sessions(api_engine).begin() as session:
        present = text("SELECT set_config('asm.secret', :hash, true)")
        for hashed, counts in ((KEY, [1, 0]), (IDENTITY, [0, 1]), (KEY[:-2], [0, 0]), ("", [0, 0])):
            await session.execute(present, {"hash": hashed})
            assert await seen(session) == counts
        # To see it is not to change it.
        await session.execute(present, {"hash": KEY})
        done = await session.execute(text("UPDATE passkey SET sign_count = 0 RETURNING id"))
        assert done.all() == []
        assert (await session.execute(text("DELETE FROM passkey RETURNING id"))).all() == []


@pytest.mark.parametrize(
    ("login", "statement"),
    [
        ("hai", "UPDATE passkey SET public_key = 'y'"),
        ("hai", "UPDATE passkey SET account_id = account_id"),
        ("hai", "UPDATE account_identity SET account_id = account_id"),
        ("hai", "UPDATE passkey_answered SET expires_at = expires_at"),
        ("hai", "DELETE FROM passkey_answered"),
        ("lan", NEW_KEY.format(hash=sha256(b"other").hexdigest())),
        ("lan", NEW_IDENTITY.format(hash=sha256(b"other").hexdigest())),
    ],
)
async def test_what_was_proved_cannot_be_changed_nor_given_to_others(
    login: str, statement: str, api_engine: AsyncEngine
) -> None:
    async with make_sessions(api_engine)() as session:
        await actor_of_login(session, login)
        with pytest.raises(DBAPIError, match=r"permission denied|row-level security"):
            await session.execute(text(statement))
