"""Nobody takes more on with an account that is just being closed, and nothing is let declare for
which nobody could.
"""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.own import close
from asm.db.session import one_transaction
from asm.demo.cast import Cast
from asm.facilities import left_alone
from asm.notify import close_own
from tests.notify.messages.rows import rows
from tests.people import sign_in
from tests.web.codes.people import PASSWORD, browser, code_on, give_code
from tests.web.visitor import Visitor

HOUSE = {
    "kind": "boarding_house", "name": "Nhà trọ Mới", "address_text": "1 Phố Mẫu", "lat": 21.0287,
    "lon": 105.8524,
}  # fmt: skip
OWNER = {
    "sign_in_name": "chu-moi", "display_name": "Chủ Mới", "role": "landlord", "password": PASSWORD,
    "terms_version": "1",
}  # fmt: skip


async def _new_owner(client: httpx.AsyncClient) -> dict[str, str]:
    opened = await client.post("/api/v1/accounts", json=OWNER)
    assert opened.status_code == 201, opened.text
    token = await client.post(
        "/api/v1/tokens", json={"login": "chu-moi", "password": PASSWORD, "label": "thử"}
    )
    return {"Authorization": f"Bearer {token.json()['token']}"}


async def _register(client: httpx.AsyncClient, who: dict[str, str]) -> UUID:
    registered = await client.post("/api/v1/facilities", json=HOUSE, headers=who)
    assert registered.status_code == 201, registered.text
    return UUID(registered.json()["id"])


async def _signed_in(page: Visitor) -> None:
    await page.open("/sign-in")
    await page.send("/sign-in", login="chu-moi", password=PASSWORD)
    await page.open("/account")


async def _close(page: Visitor) -> httpx.Response:
    return await page.client.post(
        "/account/close", data={"_csrf_token": page.token, "close_password": PASSWORD}
    )


async def _people(engine: AsyncEngine, facility_id: UUID) -> tuple[str, int]:
    """The facility's status, and how many people who can sign in work for it."""
    (row,) = await rows(
        engine,
        "SELECT status, (SELECT count(*) FROM membership JOIN account ON id = account_id "
        "WHERE facility_id = facility.id AND owner AND disabled_at IS NULL) AS owners "
        "FROM facility WHERE id = :facility",
        facility=facility_id,
    )
    return row.status, row.owners


async def _waiting(engine: AsyncEngine) -> int:
    """How many wait for another's transaction."""
    (row,) = await rows(
        engine,
        "SELECT count(*) AS n FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
    number: int = row.n
    return number


class _Gate:
    """Stops whoever comes by until the test lets them on."""

    def __init__(self) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()

    def before(self, deed: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def stopped(*given: object, **named: object) -> object:
            self.reached.set()
            await self.opened.wait()
            return await deed(*given, **named)

        return stopped


async def test_who_joins_while_the_password_is_compared_is_asked_for(
    client: httpx.AsyncClient, app: Litestar, cast: Cast, admin_engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    await _new_owner(client)
    lan = await sign_in(client, cast, "lan")
    at = f"/api/v1/facilities/{cast.hoa_sen}"
    gate = _Gate()
    monkeypatch.setattr(close, "hold_unchanged", gate.before(close.hold_unchanged))
    async with browser(app) as closing, browser(app) as joining:
        await _signed_in(closing)
        await _signed_in(joining)
        closed = asyncio.ensure_future(_close(closing))
        await gate.reached.wait()
        password = cast.people["lan"].password
        wish = {"role": "receptionist", "owner": True, "password": password}
        invited = await client.post(f"{at}/invitations", json=wish, headers=lan)
        await give_code(joining, invited.json()["code"])
        await joining.send("/codes/use", join="1")
        me = (await client.get("/api/v1/me", headers=lan)).json()["id"]
        assert (await client.delete(f"{at}/members/{me}", headers=lan)).status_code == 204
        gate.opened.set()
        answer = await closed
    assert answer.status_code == 409
    assert "Khách sạn Hoa Sen" in answer.text
    assert await _people(admin_engine, cast.hoa_sen) == ("active", 1)


async def test_nobody_joins_with_an_account_that_is_being_closed(
    client: httpx.AsyncClient, app: Litestar, cast: Cast, admin_engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """By a code or as somebody invited: who comes second waits, and is signed out."""
    who = await _new_owner(client)
    (account,) = await rows(admin_engine, "SELECT login FROM account WHERE sign_in_name='chu-moi'")
    lan = await sign_in(client, cast, "lan")
    at = f"/api/v1/facilities/{cast.hoa_sen}"
    password = cast.people["lan"].password
    wish = {"role": "receptionist", "owner": True, "password": password}
    code = (await client.post(f"{at}/invitations", json=wish, headers=lan)).json()["code"]
    await client.post(f"{at}/members", json={"login": account.login}, headers=lan)
    (invitation,) = (await client.get("/api/v1/invitations", headers=who)).json()
    accept = f"/api/v1/invitations/{invitation['id']}/acceptance"
    gate = _Gate()
    monkeypatch.setattr(close_own, "close_account", gate.before(close_own.close_account))
    async with browser(app) as closing, browser(app) as joining:
        await _signed_in(closing)
        await _signed_in(joining)
        await give_code(joining, code)
        closed = asyncio.ensure_future(_close(closing))
        await gate.reached.wait()
        form = {"_csrf_token": joining.token, "join": "1"}
        late = [
            asyncio.ensure_future(joining.client.post("/codes/use", data=form)),
            asyncio.ensure_future(client.post(accept, headers=who)),
            asyncio.ensure_future(client.post("/api/v1/facilities", json=HOUSE, headers=who)),
        ]
        while await _waiting(admin_engine) < len(late):
            assert not any(each.done() for each in late)
        gate.opened.set()
        assert (await closed).status_code == 303
        by_code, *others = [await each for each in late]
    assert by_code.headers.get("location", "").startswith("/sign-in"), by_code.status_code
    assert [answer.status_code for answer in others] == [401, 401]
    (count,) = await rows(
        admin_engine,
        "SELECT count(*) AS n FROM membership JOIN account ON id = account_id WHERE login = :login",
        login=account.login,
    )
    assert count.n == 0


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
async def test_a_house_is_not_activated_while_its_only_person_closes_the_account(
    locked: bool, client: httpx.AsyncClient, app: Litestar, cast: Cast, admin_engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    house = await _register(client, await _new_owner(client))
    minh = await sign_in(client, cast, "minh")
    gate = _Gate()
    monkeypatch.setattr(close_own, "close_account", gate.before(close_own.close_account))
    if not locked:
        monkeypatch.setattr(left_alone, "_lock", _nothing)
    async with browser(app) as closing:
        await _signed_in(closing)
        closed = asyncio.ensure_future(_close(closing))
        await gate.reached.wait()
        activated = asyncio.ensure_future(
            client.post(f"/api/v1/facilities/{house}/activation", headers=minh)
        )
        while not (activated.done() or await _waiting(admin_engine)):
            pass
        assert activated.done() is not locked
        gate.opened.set()
        assert (await closed).status_code == 303
        answer = await activated
    if locked:
        assert (answer.status_code, answer.json()["code"]) == (409, "facility_without_people")
    assert await _people(admin_engine, house) == ("pending" if locked else "active", 0)


async def _nothing(*_: object) -> None:
    """No lock."""


@pytest.mark.parametrize("gone", ["closed", "disabled"])
async def test_the_ward_hears_that_nobody_is_left_and_finds_an_owner(
    gone: str, client: httpx.AsyncClient, app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    house = await _register(client, await _new_owner(client))
    said = "Cơ sở không còn ai khai báo."
    async with browser(app) as minh, browser(app) as leaving:
        await minh.sign_in(cast, "minh")
        for path in ("/ward/waiting", f"/facilities/{house}"):
            await minh.open(path)
            assert said not in minh.html
        if gone == "closed":
            await _signed_in(leaving)
            assert (await _close(leaving)).status_code == 303
        else:
            async with one_transaction(admin_engine) as session:
                await session.execute(
                    text(
                        "UPDATE account SET disabled_at = clock_timestamp() "
                        "WHERE sign_in_name = 'chu-moi'"
                    )
                )
        for path in ("/ward/waiting", f"/facilities/{house}"):
            await minh.open(path)
            assert said in minh.html
            assert f"/ward/landlords?facility={house}" in minh.html
        await minh.send(f"/ward/facilities/{house}/activate", status=422)
        assert "Hãy đưa mã cho chủ cơ sở" in minh.html
        await minh.open(f"/ward/landlords?facility={house}")
        await minh.send("/ward/landlords", display_name="Hải", facility=str(house))
        async with browser(app) as hai:
            await hai.sign_in(cast, "hai")
            await give_code(hai, code_on(minh))
            await hai.send("/codes/use")
        await minh.open("/ward/waiting")
        await minh.send(f"/ward/facilities/{house}/activate")
    assert await _people(admin_engine, house) == ("active", 1)
