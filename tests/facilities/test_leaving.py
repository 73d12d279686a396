"""Who left a facility has no way back into it, and takes nobody's account along."""

from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.session import one_transaction
from asm.demo.cast import Cast
from tests.people import fresh_key, party, sign_in, stays_of
from tests.web.codes.people import PASSWORD, browser, give_code


async def _id(engine: AsyncEngine, login: str) -> UUID:
    async with one_transaction(engine) as session:
        rows = await session.execute(
            text("SELECT id FROM account WHERE login = :login"), {"login": login}
        )
        account_id: UUID = rows.scalar_one()
        return account_id


def _house(cast: Cast) -> str:
    return f"/api/v1/facilities/{cast.hoa_sen}"


async def _invite(client: httpx.AsyncClient, cast: Cast, login: str, by: dict[str, str]) -> None:
    answer = await client.post(f"{_house(cast)}/members", json={"login": login}, headers=by)
    assert (answer.status_code, answer.content) == (204, b"")


async def _waiting(client: httpx.AsyncClient, who: dict[str, str]) -> list[str]:
    answer = await client.get("/api/v1/invitations", headers=who)
    assert answer.status_code == 200, answer.text
    return [invitation["id"] for invitation in answer.json()]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_who_was_removed_cannot_let_himself_in_again(
    when: str, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    """Whether the second invitation was made before he came or while he was there."""
    lan, hai = await sign_in(client, cast, "lan"), await sign_in(client, cast, "hai")
    await _invite(client, cast, "hai", lan)
    seen = await _waiting(client, hai)
    if when == "before":
        await _invite(client, cast, "HAI ", lan)
        seen += await _waiting(client, hai)
    accepted = f"/api/v1/invitations/{seen[-1]}/acceptance"
    assert (await client.post(accepted, headers=hai)).status_code == 200
    if when == "after":
        await _invite(client, cast, "hai", lan)
        seen += await _waiting(client, hai)
    me = await _id(admin_engine, "hai")
    removed = await client.delete(f"{_house(cast)}/members/{me}", headers=lan)
    assert removed.status_code == 204
    assert len(set(seen)) == 2
    assert await _waiting(client, hai) == []
    for invitation in seen:
        answer = await client.post(f"/api/v1/invitations/{invitation}/acceptance", headers=hai)
        assert answer.status_code == 404
    sent = await client.post(stays_of(cast), json=party(), headers=hai | fresh_key())
    assert sent.status_code == 404
    assert (await client.get(stays_of(cast), headers=hai)).status_code == 404


async def test_one_invitation_waits_for_one_login_whether_or_not_anybody_has_it(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    lan, hai = await sign_in(client, cast, "lan"), await sign_in(client, cast, "hai")
    for login in ("hai", "khong-co-ai", "minh", " Hai", "KHONG-co-ai", "minh"):
        await _invite(client, cast, login, lan)
    listed = (await client.get(f"{_house(cast)}/invitations", headers=lan)).json()
    assert [each.pop("login") for each in listed] == ["minh", "khong-co-ai", "hai"]
    for each in listed:
        del each["id"], each["issued_at"], each["expires_at"]
    assert listed[0] == listed[1] == listed[2]
    (last,) = await _waiting(client, hai)
    await client.post(f"/api/v1/invitations/{last}/acceptance", headers=hai)
    waits = await admin_session.execute(
        text(
            "SELECT count(*) FROM account_code WHERE invited_login = 'hai' "
            "AND spent_at IS NULL AND withdrawn_at IS NULL"
        )
    )
    assert waits.scalar_one() == 0


@pytest.mark.parametrize("leaves", [False, True], ids=["removed", "leaves"])
async def test_codes_for_who_left_set_no_password(
    leaves: bool, app: Litestar, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    """Also when he comes back: the code was for the time that he worked here."""
    lan, pms = await sign_in(client, cast, "lan"), await sign_in(client, cast, "pms")
    me = await _id(admin_engine, "pms")
    path = f"{_house(cast)}/members/{me}"
    answer = await client.post(f"{path}/password-code", headers=lan)
    code = answer.json()["code"]
    async with browser(app) as page:
        await give_code(page, code)
        assert (await client.delete(path, headers=pms if leaves else lan)).status_code == 204
        await _invite(client, cast, "pms", lan)
        (again,) = await _waiting(client, pms)
        back = await client.post(f"/api/v1/invitations/{again}/acceptance", headers=pms)
        assert back.status_code == 200
        await page.send("/codes/use", password=PASSWORD)
        assert "Nhập mã dùng một lần" in page.html
        await give_code(page, code, status=422)


@pytest.mark.parametrize("login", ["", "  ", "a" * 65, "hai\u202e", "ha\x07i"])
async def test_a_login_that_cannot_be_read_is_named(
    login: str, client: httpx.AsyncClient, cast: Cast
) -> None:
    lan = await sign_in(client, cast, "lan")
    answer = await client.post(f"{_house(cast)}/members", json={"login": login}, headers=lan)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/login", "login_unreadable")
