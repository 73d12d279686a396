"""Hashing has threads and a row of its own: a crowd of strangers holds up nobody who is known."""

import asyncio
import threading

import pytest

from asm.accounts.passwords import (
    HASHER,
    MAX_LENGTH,
    NO_PASSWORD,
    HashQueue,
    Turn,
    password_matches,
)
from asm.errors import Unavailable


async def test_a_full_row_is_refused_and_empties_again() -> None:
    queue = HashQueue("test", threads=1, most=2)
    gate = threading.Event()
    waiting = [asyncio.create_task(queue.run(gate.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await queue.run(gate.is_set)
    gate.set()
    assert await asyncio.gather(*waiting) == [True, True]
    assert await queue.run(gate.is_set) is True


async def test_nobody_takes_more_of_the_row_than_their_share() -> None:
    queue = HashQueue("test", threads=1, most=10)
    gate = threading.Event()
    crowd = {"account a": 2, "network x": 3}
    waiting = [asyncio.create_task(queue.run(gate.wait, shares=crowd)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await queue.run(gate.is_set, shares=crowd)
    waiting.append(asyncio.create_task(queue.run(gate.wait, shares={"network x": 3})))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await queue.run(gate.is_set, shares={"account b": 2, "network x": 3})
    waiting.append(asyncio.create_task(queue.run(gate.wait, shares={"network y": 3})))
    gate.set()
    assert await asyncio.gather(*waiting) == [True] * 4
    assert await queue.run(gate.is_set, shares=crowd) is True


async def test_who_is_known_does_not_wait_behind_strangers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strangers = HashQueue("test", threads=1, most=1)
    monkeypatch.setattr("asm.accounts.passwords._STRANGERS", strangers)
    gate = threading.Event()
    crowd = asyncio.create_task(strangers.run(gate.wait))
    await asyncio.sleep(0)
    stored = HASHER.hash("long-enough-1")
    with pytest.raises(Unavailable):
        await password_matches(stored, "long-enough-1", Turn())
    assert await password_matches(stored, "long-enough-1", Turn(known=True))
    gate.set()
    await crowd


@pytest.mark.parametrize("password", ["", NO_PASSWORD, "nobody-has-this-password", "x" * 5000])
async def test_nothing_matches_an_account_without_a_password(password: str) -> None:
    assert not await password_matches(NO_PASSWORD, password, Turn())
    assert not await password_matches(None, password, Turn())


async def test_what_is_too_long_to_be_a_password_matches_nothing() -> None:
    stored = HASHER.hash("x" * MAX_LENGTH)
    assert await password_matches(stored, "x" * MAX_LENGTH, Turn())
    assert not await password_matches(stored, "x" * MAX_LENGTH + "y", Turn())
