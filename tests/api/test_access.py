"""Who opens nothing sealed can work while the vault cannot be read."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from litestar import Litestar

from asm.demo.cast import Cast
from asm.identity.vault.keys import Keys
from tests.people import sign_in


@pytest.fixture
def locked(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Lock the vault: from here on its keys cannot be had."""

    async def no_keys() -> Keys:
        raise OSError("no key can be read")

    def lock() -> None:
        current: Callable[[], Awaitable[Keys]] = no_keys
        monkeypatch.setattr(app.state.vault, "current", current)

    return lock


async def test_a_token_is_revoked_without_the_vault(
    client: httpx.AsyncClient, cast: Cast, locked: Callable[[], None]
) -> None:
    lan = await sign_in(client, cast, "lan")
    locked()
    assert (await client.get("/api/v1/facilities", headers=lan)).status_code == 200
    assert (await client.delete("/api/v1/tokens/current", headers=lan)).status_code == 204
    assert (await client.get("/api/v1/facilities", headers=lan)).status_code == 401


async def test_what_is_sealed_stays_closed(
    client: httpx.AsyncClient, cast: Cast, locked: Callable[[], None]
) -> None:
    minh = await sign_in(client, cast, "minh")
    locked()
    assert (await client.get("/api/v1/wards/00070/guests", headers=minh)).status_code >= 500
