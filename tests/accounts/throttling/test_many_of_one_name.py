"""However many take a name, nobody is pushed out of it, and nobody learns who has it."""

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.throttling import known_origins
from asm.demo.cast import Cast
from tests.accounts.own.hosts import PASSWORD, open_account
from tests.accounts.throttling.doors import (
    HOTEL,
    STRANGER,
    coming_from,
    sign_in_on_page,
    take_name,
    try_password,
)
from tests.notify.messages.rows import rows

PHONE = "0912 345 678"


async def _me(client: httpx.AsyncClient, name: str, password: str) -> str:
    answer = await try_password(client, name, password)
    assert answer.status_code == 201, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    account_id: str = (await client.get("/api/v1/me", headers=headers)).json()["id"]
    return account_id


async def test_older_accounts_that_take_a_number_push_nobody_out(app: Litestar, cast: Cast) -> None:
    async with coming_from(app, STRANGER) as stranger:
        older = [
            await open_account(stranger, sign_in_name=f"cu-{n}-xx", password=f"{PASSWORD} {n}")
            for n in range(4)
        ]
    async with coming_from(app, HOTEL) as house, coming_from(app, "192.0.2.7") as elsewhere:
        victim = await open_account(house, sign_in_name=PHONE)
        assert (await sign_in_on_page(house, cast, PHONE, PASSWORD)).status_code == 303
        for number, each in enumerate(older):
            await take_name(app, cast, each["login"], f"{PASSWORD} {number}", PHONE)
        assert (await sign_in_on_page(house, cast, PHONE, PASSWORD)).status_code == 303
        for client in (house, elsewhere):
            assert await _me(client, PHONE, PASSWORD) == victim["id"]
            # Each of the others gets in as well: there is no last place to lose.
            for number, each in enumerate(older):
                assert await _me(client, PHONE, f"{PASSWORD} {number}") == each["id"]


async def test_who_had_a_name_first_has_it_when_the_passwords_are_the_same(
    app: Litestar, cast: Cast
) -> None:
    """Or an older account would take in what a house declares."""
    async with coming_from(app, STRANGER) as stranger:
        older = await open_account(stranger, sign_in_name="cu-hon")
    async with coming_from(app, HOTEL) as house:
        victim = await open_account(house, sign_in_name=PHONE)
        await take_name(app, cast, older["login"], PASSWORD, PHONE)
        assert await _me(house, PHONE, PASSWORD) == victim["id"]


async def test_a_name_gives_any_number_of_accounts_whoever_has_it(
    app: Litestar, cast: Cast
) -> None:
    """The third of three under one name says nothing of a fourth."""
    async with coming_from(app, HOTEL) as house:
        await open_account(house, sign_in_name=PHONE)
    answers = []
    for number, name in enumerate((PHONE, "0987 654 321", "thao", "lan", "khong-ai-ca")):
        async with coming_from(app, f"203.0.113.{number}") as guesser:
            for n in range(4):
                await open_account(guesser, sign_in_name=name, password=f"{PASSWORD} {n}")
            answers.append(
                [
                    (await try_password(guesser, name, f"{PASSWORD} {n}")).status_code
                    for n in range(4)
                ]
            )
    assert answers == [[201] * 4] * 5


async def test_with_another_name_or_password_the_old_pair_opens_nothing(
    app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    new = "truoc sau van nhu ban dau"
    async with coming_from(app, HOTEL) as house:
        opened = await open_account(house, sign_in_name=PHONE)
        await take_name(app, cast, opened["login"], PASSWORD, "nha-tro-hai")
        assert (await try_password(house, PHONE, PASSWORD)).status_code == 401
        token = (await try_password(house, "Nha-Tro-Hai", PASSWORD)).json()["token"]
        changed = await house.post(
            "/api/v1/me/password",
            json={"current": PASSWORD, "new": new},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert changed.status_code == 204
        assert (await try_password(house, "nha-tro-hai", PASSWORD)).status_code == 401
        assert await _me(house, "nha-tro-hai", new) == opened["id"]
    (salts,) = await rows(admin_engine, "SELECT count(*) AS n FROM sign_in_salt")
    assert salts.n == 1


@pytest.mark.parametrize("most", [known_origins.MOST_SHARING, 1])
async def test_who_is_beyond_those_known_here_still_gets_in(
    most: int, app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a stranger does."""
    monkeypatch.setattr(known_origins, "MOST_SHARING", most)
    async with coming_from(app, HOTEL) as house:
        opened = [
            await open_account(house, sign_in_name=PHONE, password=f"{PASSWORD} {n}")
            for n in range(3)
        ]
        for _ in range(2):
            for number, each in enumerate(opened):
                assert await _me(house, PHONE, f"{PASSWORD} {number}") == each["id"]
