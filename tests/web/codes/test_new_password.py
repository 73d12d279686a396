"""After a new password nothing of before opens the account."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts import passwords
from asm.accounts.own import named
from asm.demo.cast import Cast
from asm.identity.vault.keys import read_keys
from asm.notify.contacts.sealed_contact import contact_keys
from asm.settings import Settings
from tests.accounts.throttling.doors import (
    HOTEL,
    STRANGER,
    WRONG,
    coming_from,
    sign_in_on_page,
)
from tests.notify.carried_mails import Post, that_sends_mails
from tests.notify.messages.rows import account_id, change, put_contact, rows
from tests.people import sign_in
from tests.web.codes.people import PASSWORD, browser, code_on, give_code
from tests.web.visitor import Visitor

OWN = "mot-mat-khau-khac-1"
CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return that_sends_mails(settings)


@pytest.fixture
def post(worker_engine: AsyncEngine, settings: Settings) -> Post:
    return Post(worker_engine, settings)


async def _mailed_code(visitor: Visitor, post: Post, login: str) -> str:
    await visitor.open("/forgotten")
    await visitor.send("/forgotten", login=login)
    (mail,) = await post.carry()
    code = CODE.search(mail.message.text)
    assert code is not None
    return code[0]


async def _change(client: httpx.AsyncClient, cast: Cast, login: str) -> None:
    changed = await client.post(
        "/api/v1/me/password",
        json={"current": cast.people[login].password, "new": OWN},
        headers=await sign_in(client, cast, login),
    )
    assert changed.status_code == 204


@pytest.mark.parametrize("end", ["own change", "address removed", "nothing"])
async def test_a_mailed_code_ends_with_the_password_or_the_address(
    end: str,
    app: Litestar,
    client: httpx.AsyncClient,
    cast: Cast,
    post: Post,
    admin_engine: AsyncEngine,
    secrets_dir: Path,
) -> None:
    keys = contact_keys(*read_keys(secrets_dir).notify_keys)
    await put_contact(admin_engine, "hai", "email", {"email": "hai@example.vn"}, keys)
    async with browser(app) as thief:
        code = await _mailed_code(thief, post, "hai")
        if end == "own change":
            await _change(client, cast, "hai")
        elif end == "address removed":
            hai = await sign_in(client, cast, "hai")
            (address,) = (await client.get("/api/v1/notices/contacts", headers=hai)).json()
            gone = await client.delete(f"/api/v1/notices/contacts/{address['id']}", headers=hai)
            assert gone.status_code == 204
        await give_code(thief, code, status=200 if end == "nothing" else 422)


async def test_a_code_of_the_owner_ends_with_ones_own_new_password(
    app: Litestar, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    lan = await sign_in(client, cast, "lan")
    colleague = f"members/{await account_id(admin_engine, 'pms')}"
    path = f"/api/v1/facilities/{cast.hoa_sen}/{colleague}/password-code"
    code = (await client.post(path, headers=lan)).json()["code"]
    await _change(client, cast, "pms")
    async with browser(app) as page:
        await give_code(page, code, status=422)
        assert 'class="error-summary"' in page.html


async def test_an_officer_disabled_while_their_code_is_used_is_not_let_in(
    app: Litestar,
    visitor: Visitor,
    cast: Cast,
    admin_engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The code was right and the password is being hashed: the end waits for nothing."""
    minh = await account_id(admin_engine, "minh")
    (before,) = await rows(admin_engine, "SELECT password_hash FROM account WHERE id = :a", a=minh)
    await visitor.sign_in(cast, "admin")
    await visitor.open("/officers")
    await visitor.send(f"/officers/{minh}/code")
    code = code_on(visitor)
    hashing, disabled = asyncio.Event(), asyncio.Event()
    slowly = named.hash_unchecked

    async def and_then_the_end(password: str, turn: passwords.Turn) -> str:
        hashing.set()
        await disabled.wait()
        return await slowly(password, turn)

    monkeypatch.setattr(named, "hash_unchecked", and_then_the_end)
    async with browser(app) as page:
        await give_code(page, code)
        using = asyncio.create_task(page.send("/codes/use", status=422, password=PASSWORD))
        await hashing.wait()
        await visitor.open("/officers")
        await visitor.send(f"/officers/{minh}/disable")
        disabled.set()
        await using
    sessions = await rows(admin_engine, "SELECT id FROM web_session WHERE account_id = :a", a=minh)
    assert sessions == []
    (after,) = await rows(admin_engine, "SELECT password_hash FROM account WHERE id = :a", a=minh)
    assert after == before


@pytest.mark.parametrize("password", ["Khach-San-Hoa-Sen", "Phần mềm Hoa Sen", "+84912345678"])
async def test_a_name_of_the_account_is_no_password_by_a_code_either(
    password: str,
    app: Litestar,
    client: httpx.AsyncClient,
    cast: Cast,
    admin_engine: AsyncEngine,
) -> None:
    pms = await account_id(admin_engine, "pms")
    names = (
        "UPDATE account SET login = 'khach-san-hoa-sen', display_name = 'Phần mềm Hoa Sen', "
        "sign_in_name = '+84912345678', name_hash = '!', named_at = now() WHERE id = :pms"
    )
    await change(admin_engine, names, pms=pms)
    path = f"/api/v1/facilities/{cast.hoa_sen}/members/{pms}/password-code"
    code = (await client.post(path, headers=await sign_in(client, cast, "lan"))).json()["code"]
    async with browser(app) as page:
        await give_code(page, code)
        await page.send("/codes/use", status=422, password=password)
        assert "trùng với tên" in page.html
        await page.send("/codes/use", password=PASSWORD)


async def test_a_password_is_no_name_to_sign_in_with(visitor: Visitor, cast: Cast) -> None:
    """Nor the other way round."""
    lan = cast.people["lan"]
    await visitor.sign_in(cast, "lan")
    await visitor.open("/account")
    typed = {"sign_in_name": lan.password.upper(), "name_password": lan.password}
    await visitor.send("/account/sign-in-name", status=422, **typed)
    assert "trùng với tên" in visitor.html


@pytest.mark.parametrize("how", ["own change", "code"])
async def test_whoever_had_the_old_password_is_known_no_more(
    how: str, app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    """Their browser has a stranger's five tries, not the ten of who is known."""
    async with coming_from(app, STRANGER) as thief, coming_from(app, HOTEL) as house:
        for client in (thief, house):
            assert (await sign_in_on_page(client, cast, "hai")).status_code == 303
        if how == "own change":
            page = Visitor(house)
            await page.open("/account")
            old = cast.people["hai"].password
            await page.send("/account/password", current=old, new=OWN)
        else:
            hai = await account_id(admin_engine, "hai")
            path = f"/api/v1/facilities/{cast.boarding_house}/members/{hai}/password-code"
            code = (await house.post(path, headers=await sign_in(house, cast, "minh"))).json()
            house.cookies.clear()
            page = Visitor(house)
            await give_code(page, code["code"])
            await page.send("/codes/use", password=OWN)
        guesses = [
            (await sign_in_on_page(thief, cast, "hai", f"{WRONG}-{n}")).status_code
            for n in range(6)
        ]
        assert guesses == [422] * 5 + [429]
        assert (await sign_in_on_page(house, cast, "hai", OWN)).status_code == 303
