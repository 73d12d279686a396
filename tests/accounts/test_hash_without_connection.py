"""Who waits for a password to be hashed holds no connection, and no network holds the whole row."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts import passwords
from asm.db.base import new_id
from asm.demo.cast import Cast
from tests.accounts.own.hosts import PASSWORD, open_account, token_of, wish
from tests.accounts.throttling.doors import HOTEL, STRANGER, coming_from
from tests.notify.messages.rows import rows
from tests.people import sign_in
from tests.web.codes.people import browser, code_on, give_code
from tests.web.visitor import Visitor

NEW = "truoc sau van nhu ban dau"
PHONE = "0912345678"


class Gate:
    """Hashes one at a time, each when it is let."""

    def __init__(self) -> None:
        self.waiting = False
        self._go = threading.Semaphore(0)
        self._real = passwords.HASHER

    def let_one(self) -> None:
        self.waiting = False
        self._go.release()

    def hash(self, password: str, *, salt: bytes | None = None) -> str:
        self._wait()
        return self._real.hash(password, salt=salt)

    def verify(self, stored: str, password: str) -> bool:
        self._wait()
        return self._real.verify(stored, password)

    def _wait(self) -> None:
        self.waiting = True
        self._go.acquire()


async def held_while_hashing(
    app: Litestar, sending: Coroutine[Any, Any, httpx.Response]
) -> tuple[list[int], httpx.Response]:
    """Connections held at each hash that a request asks for, and its answer."""
    held = []
    with pytest.MonkeyPatch.context() as patched:
        gate = Gate()
        patched.setattr(passwords, "HASHER", gate)
        task = asyncio.create_task(sending)
        while not task.done():
            if gate.waiting:
                held.append(int(app.state.engine.pool.checkedout()))
                gate.let_one()
            await asyncio.sleep(0)
        return held, task.result()


async def refused_beyond_its_network(phone: Visitor, **form: str) -> None:
    """Whose network holds its share of the row; the code stays good."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "_SHARE_OF_NETWORK", 0)
        sent = {"_csrf_token": phone.token, **form}
        assert (await phone.client.post("/codes/use", data=sent)).status_code == 503


async def test_signing_up(app: Litestar, client: httpx.AsyncClient) -> None:
    form = wish(key=str(new_id()))
    held, answer = await held_while_hashing(app, client.post("/api/v1/accounts", json=form))
    assert (held, answer.status_code) == ([0, 0], 201), "alone, and with the name"
    held, again = await held_while_hashing(app, client.post("/api/v1/accounts", json=form))
    assert (held, again.json()) == ([0], answer.json())
    visitor = Visitor(client)
    await visitor.open("/sign-up")
    form = {"sign_in_name": PHONE, "display_name": "Bà Thử", "role": "landlord", "terms": "1"}
    sending = visitor.send("/sign-up", key=visitor.key, password=PASSWORD, **form)  # type: ignore[arg-type]
    held, _ = await held_while_hashing(app, sending)
    assert held == [0, 0]


#: What one does at the screen with one's own password, and how often something is hashed for it.
OWN_DEEDS = (
    ("/account/sign-in-name", {"sign_in_name": "0987654321", "name_password": PASSWORD}, 3),
    ("/account/contacts", {"address": "thu@example.vn", "contact_password": PASSWORD}, 1),
    ("/account/password", {"current": PASSWORD, "new": NEW}, 3),
    ("/account/close", {"close_password": NEW}, 1),
)


async def _who_signed_up(client: httpx.AsyncClient) -> Visitor:
    await open_account(client, sign_in_name=PHONE)
    visitor = Visitor(client)
    await visitor.open("/sign-in")
    await visitor.send("/sign-in", login=PHONE, password=PASSWORD)
    return visitor


async def test_one_s_own_account(app: Litestar, client: httpx.AsyncClient) -> None:
    visitor = await _who_signed_up(client)
    for url, fields, hashes in OWN_DEEDS:
        await visitor.open("/account")
        held, _ = await held_while_hashing(app, visitor.send(url, **fields))
        assert (url, held) == (url, [0] * hashes)
    assert await token_of(client, "0987654321", NEW) is None


async def test_one_s_own_account_waits_behind_no_stranger(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await _who_signed_up(client)
    full = passwords.HashQueue("full", threads=1, most=0)
    monkeypatch.setattr(passwords, "_STRANGERS", full)
    assert (await client.post("/api/v1/accounts", json=wish())).status_code == 503
    for url, fields, _ in OWN_DEEDS:
        await visitor.open("/account")
        await visitor.send(url, **fields)


async def test_one_account_does_not_fill_the_row_of_who_is_known(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await _who_signed_up(client)
    monkeypatch.setattr(passwords, "_SHARE_OF_ACCOUNT", 0)
    for url, fields, _ in OWN_DEEDS:
        await visitor.open("/account")
        answer = await visitor.send(url, status=503, **fields)
        assert "retry-after" in answer.headers, url


async def test_codes(
    app: Litestar, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    minh = Visitor(client)
    await minh.sign_in(cast, "minh")
    (hai,) = await rows(admin_engine, "SELECT id FROM account WHERE login = 'hai'")
    people = f"/facilities/{cast.boarding_house}/people"
    await minh.open(people)
    await minh.send(f"{people}/{hai.id}/code")
    async with browser(app) as phone:
        await give_code(phone, code_on(minh))
        await refused_beyond_its_network(phone, password=NEW)
        held, _ = await held_while_hashing(app, phone.send("/codes/use", password=NEW))
        assert held == [0]
        assert await token_of(phone.client, "hai", NEW) is not None
    await minh.open("/ward/landlords")
    await minh.send("/ward/landlords", display_name="Bà Tư")
    async with browser(app) as phone:
        await give_code(phone, code_on(minh))
        form = {"login": PHONE, "display_name": "Bà Tư", "terms": "1", "password": PASSWORD}
        await refused_beyond_its_network(phone, **form)
        sending = phone.send("/codes/use", **form)  # type: ignore[arg-type]
        held, _ = await held_while_hashing(app, sending)
        assert held == [0, 0]
        assert await token_of(phone.client, PHONE) is not None


async def test_an_officer_is_made_without_hashing(
    app: Litestar, client: httpx.AsyncClient, cast: Cast
) -> None:
    visitor = Visitor(client)
    await visitor.sign_in(cast, "admin")
    await visitor.open("/officers")
    form = {"login": "thu-xa", "display_name": "Người Thử", "role": "ward_officer"}
    sending = visitor.send("/officers", ward_code=cast.people["minh"].ward_code, **form)  # type: ignore[arg-type]
    held, _ = await held_while_hashing(app, sending)
    assert held == []
    code_on(visitor)


async def test_one_form_sent_twice_at_once_opens_one_account(
    app: Litestar, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = wish(key=str(new_id()))
    gate = Gate()
    monkeypatch.setattr(passwords, "HASHER", gate)
    both = [asyncio.create_task(client.post("/api/v1/accounts", json=form)) for _ in range(2)]
    both_wait = False  # before either is there
    while not all(each.done() for each in both):
        both_wait = both_wait or passwords._STRANGERS._waiting == 2
        if both_wait and gate.waiting:
            gate.let_one()
        await asyncio.sleep(0)
    first, second = [await each for each in both]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()


async def test_a_network_that_signs_up_leaves_room_for_others(
    app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate()
    async with coming_from(app, STRANGER) as crowd, coming_from(app, HOTEL) as house:
        lan = await sign_in(house, cast, "lan")
        monkeypatch.setattr(passwords, "HASHER", gate)
        many = [asyncio.create_task(crowd.post("/api/v1/accounts", json=wish()))
                for _ in range(25)]  # fmt: skip
        refused, _ = await asyncio.wait(many, return_when=asyncio.FIRST_COMPLETED)
        assert [each.result().status_code for each in refused] == [503], "the 25th"
        assert (await house.get("/api/v1/facilities", headers=lan)).status_code == 200
        other = asyncio.create_task(house.post("/api/v1/accounts", json=wish()))
        while not all(each.done() for each in (*many, other)):
            if gate.waiting:
                gate.let_one()
            await asyncio.sleep(0)
        assert (await other).status_code == 201
