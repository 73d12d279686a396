"""An open session or a stolen token is not the account: an address to which a code for a new
password goes takes the password, and the addresses that were there hear of every new one.
"""

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.access import Scope
from asm.accounts.throttling.limits import AT_SCREEN
from asm.demo.cast import Cast
from asm.identity.vault.keys import read_keys
from asm.notify.contacts import own_contacts
from asm.notify.contacts.sealed_contact import contact_keys
from asm.notify.messages.texts import outside_text
from asm.settings import Settings
from tests.notify.carried_mails import Post, that_sends_mails
from tests.notify.messages.rows import messages_by_login, put_contact, rows
from tests.people import sign_in
from tests.web.codes.people import browser
from tests.web.visitor import Visitor

CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
THEIRS = "stranger@example.vn"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return that_sends_mails(settings)


@pytest.fixture
def post(worker_engine: AsyncEngine, settings: Settings) -> Post:
    return Post(worker_engine, settings)


async def add(client: httpx.AsyncClient, token: dict[str, str], **more: str) -> httpx.Response:
    return await client.post(
        "/api/v1/notices/contacts", json={"channel": "email", "address": THEIRS} | more,
        headers=token,
    )  # fmt: skip


async def confirm(visitor: Visitor, post: Post, settings: Settings) -> None:
    """Open the link that went to the new address."""
    (mail,) = [mail for mail in await post.carry() if mail.address == {"email": THEIRS}]
    link = mail.link.removeprefix(settings.public_url)
    await visitor.open(link)
    await visitor.send(link)


async def codes_for(visitor: Visitor, post: Post, login: str) -> list[str]:
    """Who gets a code when the login's password is asked for."""
    await visitor.open("/forgotten")
    await visitor.send("/forgotten", login=login)
    return sorted(
        mail.address["email"] for mail in await post.carry() if CODE.search(mail.message.text)
    )


async def test_a_token_alone_opens_no_way_to_the_password(
    app: Litestar,
    client: httpx.AsyncClient,
    cast: Cast,
    settings: Settings,
    admin_engine: AsyncEngine,
    secrets_dir: Path,
    post: Post,
) -> None:
    keys = contact_keys(*read_keys(secrets_dir).notify_keys)
    await put_contact(admin_engine, "hai", "email", {"email": "hai@example.vn"}, keys)
    token = await sign_in(client, cast, "hai")
    wrong = await add(client, token, password="not the password of Hai")
    assert wrong.status_code == 422
    assert [each["pointer"] for each in wrong.json()["errors"]] == ["/password"]
    answer = await add(client, token)
    assert (answer.status_code, answer.json()["password_codes"]) == (201, False)
    async with browser(app) as visitor:
        await confirm(visitor, post, settings)
        # The owner is told where they were reached before; the new address is not.
        said = outside_text("account.contact", {}, "vi").title
        announced_to = [mail.address["email"] for mail in post.mails if mail.message.title == said]
        assert announced_to == ["hai@example.vn"]
        assert await messages_by_login(admin_engine, "account.contact") == {"hai": 1}
        assert await codes_for(visitor, post, "hai") == ["hai@example.vn"]
    listed = await client.get("/api/v1/notices/contacts", headers=token)
    assert [each["password_codes"] for each in listed.json()] == [True, False]
    assert all(each["confirmed_at"] for each in listed.json())
    (entry,) = await rows(
        admin_engine, "SELECT * FROM audit_entry WHERE action = 'account.contact_added'"
    )
    assert entry.details == {"channel": "email", "password_codes": False}


async def test_with_the_password_codes_go_there_but_never_to_software(
    app: Litestar, client: httpx.AsyncClient, cast: Cast, settings: Settings, post: Post
) -> None:
    for login, codes in (("hai", True), ("pms", False)):
        token = await sign_in(client, cast, login)
        answer = await add(client, token, password=cast.people[login].password)
        assert (answer.status_code, answer.json()["password_codes"]) == (201, codes)
        async with browser(app) as visitor:
            await confirm(visitor, post, settings)
            assert await codes_for(visitor, post, login) == ([THEIRS] if codes else [])


@pytest.mark.parametrize(
    ("page", "form", "field"),
    [
        ("/account", "/account/contacts", "contact_password"),
        ("/inbox/settings", "/inbox/contacts", "password"),
    ],
)
async def test_a_screen_left_open_adds_nothing_and_is_no_place_to_guess(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine, page: str, form: str, field: str
) -> None:
    await visitor.sign_in(cast, "hai")
    await visitor.open(page)
    typed = {"address": THEIRS, "channel": "email"}
    await visitor.send(form, status=422, **typed)
    assert f'href="#{field}"' in visitor.html
    assert f'value="{THEIRS}"' in visitor.html
    assert AT_SCREEN.subject is not None
    for _ in range(AT_SCREEN.subject.free - 1):
        await visitor.send(form, status=422, **typed, **{field: "a wrong guess"})
    await visitor.open(page)
    right = {field: cast.people["hai"].password}
    answer = await visitor.send(form, status=429, **typed, **right)
    assert int(answer.headers["Retry-After"]) > 0
    assert await rows(admin_engine, "SELECT * FROM contact") == []


async def test_a_password_that_is_changed_meanwhile_adds_no_address_for_codes(
    app: Litestar,
    cast: Cast,
    client: httpx.AsyncClient,
    admin_engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever has a session and the old password, while its owner takes another one."""
    proved, changed = asyncio.Event(), asyncio.Event()
    require_password = own_contacts.require_password

    async def and_then_the_change(scope: Scope, password: str, pointer: str) -> str:
        checked = await require_password(scope, password, pointer)
        proved.set()
        await changed.wait()
        return checked

    monkeypatch.setattr(own_contacts, "require_password", and_then_the_change)
    old = cast.people["lan"].password
    token = await sign_in(client, cast, "lan")
    async with browser(app) as thief:
        await thief.sign_in(cast, "lan")
        await thief.open("/account")
        adding = asyncio.create_task(
            thief.send("/account/contacts", status=422, address=THEIRS, contact_password=old)
        )
        await proved.wait()
        new = {"current": old, "new": "mot-mat-khau-khac-1"}
        answer = await client.post("/api/v1/me/password", json=new, headers=token)
        assert answer.status_code == 204
        changed.set()
        await adding
    assert await rows(admin_engine, "SELECT id FROM contact") == []
