"""An owner there always is, also when owners remove each other at once; and row-level security says
again whose codes are whose.
"""

import asyncio
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Scope
from asm.accounts.codes.code_keys import code_keys
from asm.accounts.sessions import actor_of_login
from asm.db.base import NO_FACILITY, new_id
from asm.db.session import make_sessions, one_transaction
from asm.demo.cast import WARD_A, WARD_B, Cast
from asm.facilities.people.host_codes import landlord_code
from asm.facilities.people.invitations import Invited, invite
from tests.people import sign_in

KEYS = code_keys(b"k" * 32)


async def _own(engine: AsyncEngine, facility_id: UUID, *logins: str) -> list[str]:
    """Make them owners of the facility; their ids."""
    async with one_transaction(engine) as session:
        await session.execute(
            text(
                "INSERT INTO membership (facility_id, account_id, owner) "
                "SELECT :facility, id, true FROM account WHERE login = ANY(:logins) "
                "ON CONFLICT (facility_id, account_id) DO UPDATE SET owner = true"
            ),
            {"facility": facility_id, "logins": list(logins)},
        )
        rows = await session.execute(
            text("SELECT login, id FROM account WHERE login = ANY(:logins)"),
            {"logins": list(logins)},
        )
        ids = {row.login: str(row.id) for row in rows}
    return [ids[login] for login in logins]


async def test_whoever_registered_owns_and_who_was_added_does_not(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    lan = await sign_in(client, cast, "lan")
    answer = await client.get(f"/api/v1/facilities/{cast.hoa_sen}/members", headers=lan)
    assert [(member["login"], member["owner"]) for member in answer.json()] == [
        ("lan", True), ("pms", False),
    ]  # fmt: skip
    for stranger, status in (("hai", 404), ("thao", 404), ("admin", 404), ("minh", 200)):
        headers = await sign_in(client, cast, stranger)
        answer = await client.get(f"/api/v1/facilities/{cast.hoa_sen}/members", headers=headers)
        assert answer.status_code == status, stranger


async def test_owners_who_remove_each_other_at_once_leave_one(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    logins = ("lan", "hai", "bich", "tuan")
    ids = await _own(admin_engine, cast.hoa_sen, *logins)
    headers = [await sign_in(client, cast, login) for login in logins]
    at = f"/api/v1/facilities/{cast.hoa_sen}/members"
    answers = await asyncio.gather(
        *(
            client.delete(f"{at}/{ids[(position + 1) % len(ids)]}", headers=who)
            for position, who in enumerate(headers)
        )
    )
    # Who was removed before their turn came may do nothing any more.
    assert {answer.status_code for answer in answers} <= {204, 403, 404, 409}
    async with one_transaction(admin_engine) as session:
        left = await session.execute(
            text("SELECT count(*) FROM membership WHERE facility_id = :facility AND owner"),
            {"facility": cast.hoa_sen},
        )
        assert left.scalar_one() >= 1


async def test_a_house_is_handed_over(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    (hai_id, lan_id) = await _own(admin_engine, cast.hoa_sen, "hai", "lan")
    lan, hai = await sign_in(client, cast, "lan"), await sign_in(client, cast, "hai")
    at = f"/api/v1/facilities/{cast.hoa_sen}/members"

    async def own(whose: str, owner: bool, headers: dict[str, str]) -> int:
        password = cast.people["lan" if headers == lan else "hai"].password
        wish = {"owner": owner, "password": password}
        answer = await client.put(f"{at}/{whose}", json=wish, headers=headers)
        return answer.status_code

    assert await own(hai_id, False, lan) == 204
    assert await own(hai_id, True, hai) == 403
    assert await own(hai_id, True, lan) == 204
    assert await own(lan_id, False, lan) == 204
    assert await own(hai_id, False, lan) == 403
    # Anybody may leave.
    assert (await client.delete(f"{at}/{lan_id}", headers=lan)).status_code == 204


async def _codes_seen(engine: AsyncEngine, login: str) -> int:
    async with make_sessions(engine).begin() as session:
        await actor_of_login(session, login)
        count: int = (await session.execute(text("SELECT count(*) FROM account_code"))).scalar_one()
        return count


async def test_the_database_shows_codes_to_those_whose_they_are(
    cast: Cast, api_engine: AsyncEngine
) -> None:
    async with make_sessions(api_engine).begin() as session:
        lan = await actor_of_login(session, "lan")
        await invite(Scope(session, lan), KEYS, cast.hoa_sen, Invited(role="receptionist"))
        minh = await actor_of_login(session, "minh")
        await landlord_code(Scope(session, minh), KEYS, "Bà Tư", None)
    seen = {
        login: await _codes_seen(api_engine, login)
        for login in ("lan", "pms", "minh", "hai", "tuan", "thao", "admin", "quang")
    }
    assert seen == {
        "lan": 1, "pms": 1, "minh": 2, "hai": 0, "tuan": 0, "thao": 0, "admin": 0, "quang": 0,
    }  # fmt: skip
    async with make_sessions(api_engine).begin() as session:
        unscoped = await session.execute(text("SELECT count(*) FROM account_code"))
        assert unscoped.scalar_one() == 0


@pytest.mark.parametrize(
    ("login", "ward_code", "own_house"),
    [("lan", None, False), ("minh", WARD_B, True), ("hai", WARD_A, True)],
)
async def test_nobody_writes_a_code_for_what_is_not_theirs(
    login: str, ward_code: str | None, own_house: bool, cast: Cast, db_session: AsyncSession
) -> None:
    actor = await actor_of_login(db_session, login)
    with pytest.raises(DBAPIError):
        await db_session.execute(
            text(
                "INSERT INTO account_code (id, purpose, facility_id, ward_code, issued_by, "
                "expires_at) VALUES (:id, 'open_account', :facility, :ward, :issuer, "
                "clock_timestamp())"
            ),
            {
                "id": new_id(),
                "facility": NO_FACILITY if own_house else cast.guest_house_b,
                "ward": ward_code,
                "issuer": actor.id,
            },
        )
