"""One account, even one whose passwords are all right, leaves room for the others."""

import asyncio
import threading
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts import passwords
from asm.accounts.throttling.limits import KNOWN, RIGHT
from asm.demo.cast import Cast
from tests.accounts.own.hosts import PASSWORD, open_account
from tests.accounts.throttling.doors import (
    HOTEL,
    STRANGER,
    coming_from,
    sign_in_on_page,
    time_passes,
    try_password,
)


class HeldUp:
    """Compares nothing until it is let."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self._real = PasswordHasher()
        self.hash = self._real.hash

    def verify(self, stored: str, password: str) -> bool:
        self.go.wait()
        return self._real.verify(stored, password)


async def test_right_passwords_of_one_account_do_not_fill_the_row(
    app: Litestar, cast: Cast, admin_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with coming_from(app, STRANGER) as busy, coming_from(app, HOTEL) as desk:
        login = (await open_account(busy))["login"]
        assert (await try_password(busy, login, PASSWORD)).status_code == 201
        assert (await sign_in_on_page(desk, cast, "lan")).status_code == 303
        held_up = HeldUp()
        monkeypatch.setattr(passwords, "HASHER", held_up)
        crowd = [asyncio.create_task(try_password(busy, login, PASSWORD)) for _ in range(9)]
        refused, _ = await asyncio.wait(crowd, return_when=asyncio.FIRST_COMPLETED)
        assert [each.result().status_code for each in refused] == [503], "the ninth"
        house = asyncio.create_task(sign_in_on_page(desk, cast, "lan"))
        held_up.go.set()
        assert (await house).status_code == 303
        answers = [answer.status_code for answer in await asyncio.gather(*crowd)]
        assert sorted(answers) == [201] * 8 + [503]
        # What was not looked at is no try: nobody is stopped by a full row.
        for _ in range(KNOWN.free - 1):
            assert (await try_password(busy, login)).status_code == 401
        assert (await try_password(busy, login, PASSWORD)).status_code == 201


async def test_right_passwords_have_a_limit_of_their_account(
    app: Litestar, cast: Cast, admin_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    three = type(RIGHT)(free=3, forgotten_after=timedelta(minutes=1))
    monkeypatch.setattr("asm.accounts.throttling.sign_in_tries.RIGHT", three)
    async with coming_from(app, HOTEL) as desk, coming_from(app, STRANGER) as elsewhere:
        lan = cast.people["lan"]
        answers = [(await try_password(desk, "lan", lan.password)).status_code for _ in range(5)]
        assert answers == [201] * 3 + [429] * 2
        assert (await sign_in_on_page(desk, cast, "hai")).status_code == 303
        await time_passes(admin_engine, three.first_wait)
        assert (await try_password(desk, "lan", lan.password)).status_code == 201
        assert (await try_password(elsewhere, "lan")).status_code == 401
