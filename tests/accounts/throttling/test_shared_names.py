"""Whoever shares a name with somebody, as anybody may, neither guesses nor learns by it."""

from datetime import timedelta

import httpx
import msgspec
import pytest
from argon2 import PasswordHasher
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts import passwords
from asm.accounts.create import create_account
from asm.accounts.roles import LANDLORD, WARD_OFFICER
from asm.accounts.throttling.limits import KNOWN, SIGN_IN
from asm.demo.cast import Cast
from tests.accounts.own.hosts import PASSWORD, open_account
from tests.accounts.throttling.doors import (
    HOTEL,
    STRANGER,
    WRONG,
    coming_from,
    sign_in_on_page,
    try_password,
)
from tests.notify.messages.rows import rows
from tests.web.visitor import Visitor

PHONE = "0912 345 678"
GUESSER = "con meo treo cay cau"


class Compared(list[str]):
    """The hashes that a password was compared with, in order, and those made with a name's salt."""

    def __init__(self) -> None:
        super().__init__()
        # Weak on purpose: it is counted, not timed.
        self._quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

    def hash(self, password: str, *, salt: bytes | None = None) -> str:
        salted = self._quick.hash(password, salt=salt)
        if salt is not None:
            self.append(salted)
        return salted

    def verify(self, stored: str, password: str) -> bool:
        self.append(stored)
        return self._quick.verify(stored, password)


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Compared:
    counting = Compared()
    monkeypatch.setattr(passwords, "HASHER", counting)
    monkeypatch.setattr(passwords, "_DECOY_HASH", counting.hash("nobody-has-this-password"))
    # However slow the machine is: no wait ends within a test.
    assert SIGN_IN.pair
    hour = timedelta(hours=1)
    pair, known = (
        msgspec.structs.replace(each, first_wait=hour, longest_wait=hour)
        for each in (SIGN_IN.pair, KNOWN)
    )
    slow = msgspec.structs.replace(SIGN_IN, pair=pair)
    monkeypatch.setattr("asm.accounts.throttling.sign_in_tries.SIGN_IN", slow)
    monkeypatch.setattr("asm.accounts.throttling.sign_in_tries.KNOWN", known)
    return counting


async def _hash_of(admin: AsyncEngine, login: str) -> str:
    query = "SELECT password_hash FROM account WHERE login = :login"
    (row,) = await rows(admin, query, login=login)
    stored: str = row.password_hash
    return stored


@pytest.mark.parametrize("whose", ["admin", PHONE])
async def test_ones_own_password_in_between_gives_no_further_tries_at_anothers(
    whose: str, app: Litestar, cast: Cast, admin_engine: AsyncEngine, compared: Compared
) -> None:
    async with coming_from(app, STRANGER) as guesser:
        login = "admin"
        if whose == PHONE:
            login = (await open_account(guesser, sign_in_name=whose, password=PASSWORD))["login"]
        await open_account(guesser, sign_in_name=whose, password=GUESSER)
        victims = await _hash_of(admin_engine, login)
        compared.clear()
        assert (await sign_in_on_page(guesser, cast, whose, GUESSER)).status_code == 303
        for _ in range(6):
            for _ in range(8):
                assert (await sign_in_on_page(guesser, cast, whose, WRONG)).status_code == 422
            assert (await sign_in_on_page(guesser, cast, whose, GUESSER)).status_code == 303
        if whose == "admin":
            assert compared.count(victims) == 5
        right = cast.people["admin"].password if whose == "admin" else PASSWORD
        assert (await sign_in_on_page(guesser, cast, whose, right)).status_code == 422


async def test_ones_own_password_is_no_guess_at_anothers(app: Litestar, compared: Compared) -> None:
    """Each guess is set as the own password under the same number, and is always right."""
    async with coming_from(app, HOTEL) as house:
        victim = await open_account(house, sign_in_name=PHONE, password="the guess, number 08")
    async with coming_from(app, STRANGER) as guesser:
        own = await open_account(guesser, sign_in_name=PHONE, password="the guess, number 00")
        opened = await try_password(guesser, PHONE, "the guess, number 00")
        headers = {"Authorization": f"Bearer {opened.json()['token']}"}
        for number in range(1, 9):
            old, new = (f"the guess, number {n:02d}" for n in (number - 1, number))
            changed = await guesser.post(
                "/api/v1/me/password", json={"current": old, "new": new}, headers=headers
            )
            assert changed.status_code == 204
            opened = await try_password(guesser, PHONE, new)
            headers = {"Authorization": f"Bearer {opened.json()['token']}"}
            me = (await guesser.get("/api/v1/me", headers=headers)).json()
            assert me["id"] == own["id"] != victim["id"], "where it is known it opens its own"
    for number in range(60):
        async with coming_from(app, f"203.0.113.{number + 1}") as elsewhere:
            tried = await try_password(elsewhere, PHONE, "the guess, number 07")
            if tried.status_code == 429:
                break
    assert number == 49, "the fiftieth blocks the number for strangers"


async def test_nobody_learns_whether_somebody_older_has_the_name(
    app: Litestar, cast: Cast, compared: Compared
) -> None:
    """The answers to the same tries, and how often a password is compared, are the same."""
    others = "0987 654 321"
    async with coming_from(app, HOTEL) as house:
        await open_account(house, sign_in_name=PHONE)
    seen = []
    for number, name in enumerate((PHONE, others, "admin", "nobody-at-all")):
        said = []
        async with coming_from(app, f"203.0.113.{number}") as guesser:
            await open_account(guesser, sign_in_name=name, password=GUESSER)
            for wished in "wwwrwwwwwrwwwwwwwwwwwwr":
                compared.clear()
                password = GUESSER if wished == "r" else WRONG
                answer = await sign_in_on_page(guesser, cast, name, password)
                said.append((answer.status_code, len(compared)))
            cookies = guesser.cookies
        for network, wishes in (("198.51.100", "wwwwwww-wwr"), ("192.0.2", "rwwwwwww-wwr")):
            async with coming_from(app, f"{network}.{number}") as guesser:
                guesser.cookies.update(cookies)
                for wished in wishes:
                    compared.clear()
                    if wished == "-":
                        guesser.cookies.clear()
                        continue
                    password = GUESSER if wished == "r" else WRONG
                    if guesser.cookies:
                        answer = await sign_in_on_page(guesser, cast, name, password)
                    else:
                        answer = await try_password(guesser, name, password)
                    said.append((answer.status_code, len(compared)))
        seen.append(said)
    assert seen[0] == seen[1]
    assert seen[2] == seen[3]
    assert {status for status, _ in seen[0]} == {201, 303, 401, 422, 429}


async def test_two_who_share_number_and_browser_do_not_shut_each_other_out(
    app: Litestar, cast: Cast
) -> None:
    mother, son = "tram nam trong coi nguoi ta", "truoc sau van nhu ban dau"
    async with coming_from(app, HOTEL) as house:
        for password in (mother, son):
            await open_account(house, sign_in_name=PHONE, password=password)
        for password in (mother, son) * 6 + (son,) * 8 + (mother,):
            assert (await sign_in_on_page(house, cast, PHONE, password)).status_code == 303
        # Nor does a stranger, even one with an account of that number.
        async with coming_from(app, STRANGER) as stranger:
            await open_account(stranger, sign_in_name=PHONE, password=GUESSER)
            for _ in range(12):
                await try_password(stranger, PHONE)
        for password in (mother, son):
            assert (await sign_in_on_page(house, cast, PHONE, password)).status_code == 303


async def test_too_many_wrong_ones_on_a_shared_browser_are_called_that(
    app: Litestar, cast: Cast
) -> None:
    async with coming_from(app, HOTEL) as house:
        for password in (PASSWORD, GUESSER):
            await open_account(house, sign_in_name=PHONE, password=password)
            assert (await sign_in_on_page(house, cast, PHONE, password)).status_code == 303
        # The younger one's own count as tries at the older one's until she signs in again.
        answers = [
            (await sign_in_on_page(house, cast, PHONE, GUESSER)).status_code for _ in range(12)
        ]
        assert answers == [303] * 12
        waits = await sign_in_on_page(house, cast, PHONE, PASSWORD)
        assert waits.status_code == 429, "not “wrong”: it was compared with nothing"
        assert 0 < int(waits.headers["retry-after"]) <= 60


@pytest.mark.parametrize(
    ("login", "typed", "role"),
    [
        ("0926133768", "0926133768", LANDLORD),
        ("0926133768", " 0926133768 ", LANDLORD),
        ("602640470", "602640470", WARD_OFFICER),
        ("Trần-Ấu", "trâ\u0300n-a\u0302\u0301u", WARD_OFFICER),
        ("Trâ\u0300n-A\u0302\u0301u", "TRẦN-ẤU", LANDLORD),
    ],
)
async def test_any_login_is_found_and_its_browser_is_known(
    login: str, typed: str, role: str, app: Litestar, cast: Cast, admin_session: AsyncSession
) -> None:
    await create_account(
        admin_session,
        login=login,
        password=PASSWORD,
        display_name="Trần Ấu",
        role=LANDLORD if role == LANDLORD else WARD_OFFICER,
        ward_code=None if role == LANDLORD else "00070",
    )
    await admin_session.commit()
    async with coming_from(app, HOTEL) as desk:
        assert (await sign_in_on_page(desk, cast, typed, PASSWORD)).status_code == 303
        async with coming_from(app, STRANGER) as stranger:
            answers = [(await try_password(stranger, typed)).status_code for _ in range(8)]
            assert answers == [401] * 5 + [429] * 3
            assert (await try_password(stranger, login, PASSWORD)).status_code == 429
            stranger.cookies.update(desk.cookies)
            assert (await sign_in_on_page(stranger, cast, typed, PASSWORD)).status_code == 303


async def test_a_host_with_an_officers_login_as_a_name_keeps_both_apart(
    app: Litestar, cast: Cast, client: httpx.AsyncClient
) -> None:
    await open_account(client, sign_in_name="minh", password=GUESSER)
    async with coming_from(app, STRANGER) as guesser:
        assert (await sign_in_on_page(guesser, cast, "minh", GUESSER)).status_code == 303
        host = Visitor(guesser)
        await host.open("/account")
        assert "minh" in host.html
    # What that host does is no sign-in of the officer's: nothing is known of the officer there.
    async with coming_from(app, STRANGER) as guesser:
        for _ in range(20):
            await try_password(guesser, "minh")
        right = cast.people["minh"].password
        assert (await try_password(guesser, "minh", right)).status_code in {401, 429}
    async with coming_from(app, HOTEL) as office:
        token = (await try_password(office, "minh", right)).json()["token"]
        me = await office.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        assert me.json()["role"] == WARD_OFFICER
