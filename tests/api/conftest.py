"""A ward's officer and a door of their ward."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import WARD_A, Cast
from tests.api.doors import PATH, centre_of, door
from tests.people import sign_in


@pytest.fixture
async def point(admin_session: AsyncSession) -> tuple[float, float]:
    return await centre_of(admin_session, WARD_A)


@pytest.fixture
async def minh(client: httpx.AsyncClient, cast: Cast) -> dict[str, str]:
    return await sign_in(client, cast, "minh")


@pytest.fixture
async def issued(
    client: httpx.AsyncClient, minh: dict[str, str], point: tuple[float, float]
) -> dict[str, Any]:
    """A household's door in ward A, issued by its officer."""
    answer = await client.post(PATH, json=door(point), headers=minh)
    assert answer.status_code == 201, answer.text
    address: dict[str, Any] = answer.json()
    return address
