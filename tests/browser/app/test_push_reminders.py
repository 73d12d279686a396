"""Reminders on the phone: asked for once, mended when the browser has renewed its subscription.

A Chromium without Google's push service cannot subscribe: the test stands in for that one call.
"""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.settings import Settings
from tests.browser.app.conftest import OpenPhone
from tests.browser.app.phone import LandlordPhone
from tests.notify.messages.rows import rows

STAND_IN = """PushManager.prototype.subscribe = async () => {
  const endpoint = `https://updates.push.services.mozilla.com/wpush/${localStorage.part ?? 1}`;
  const keys = { p256dh: 'B' + 'N'.repeat(86), auth: 'tBHItJI5svbpez7KI4CCXg' };
  return { endpoint, toJSON: () => ({ endpoint, keys }) };
};"""


@pytest.fixture
def settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation that has web push: the server's environment says so."""
    monkeypatch.setenv("ASM_PUSH_CONTACT", "ops@asm.test")
    return settings


async def contacts(engine: AsyncEngine) -> int:
    return len(await rows(engine, "SELECT id FROM contact WHERE channel = 'web_push'"))


async def test_a_renewed_subscription_is_mended_at_the_next_start(
    open_phone: OpenPhone, admin_engine: AsyncEngine
) -> None:
    phone: LandlordPhone = await open_phone()
    await phone.context.grant_permissions(["notifications"], origin=phone.address)
    await phone.context.add_init_script(STAND_IN)
    await phone.sign_in()
    await phone.controlled()
    assert await phone.page.evaluate("asm.pushSubscribe()")
    assert await contacts(admin_engine) == 1
    # Nothing changed: nothing is sent.
    await phone.reload()
    await phone.sync()
    assert await contacts(admin_engine) == 1
    await phone.page.evaluate("localStorage.part = 2")
    async with phone.page.expect_response("**/notices/contacts") as answer:
        await phone.reload()
    assert (await answer.value).status == 201
    assert await contacts(admin_engine) == 2
