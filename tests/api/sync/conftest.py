"""Lan's hotel, and what her phone saved without signal."""

import httpx
import pytest

from asm.demo.cast import Cast
from tests.api.hotel import Hotel
from tests.api.sync.outbox import Outbox
from tests.people import sign_in


@pytest.fixture
async def hotel(client: httpx.AsyncClient, cast: Cast) -> Hotel:
    return Hotel(client, cast, await sign_in(client, cast, "lan"))


@pytest.fixture
async def outbox(hotel: Hotel) -> Outbox:
    return Outbox(hotel)
