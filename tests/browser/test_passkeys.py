"""Passkeys in a real Chromium, with the authenticator that its developer tools have."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest
from playwright.async_api import Browser, CDPSession, Page, expect

from asm.demo.cast import Cast
from asm.settings import Settings
from tests import serve as server
from tests.browser.complaints import Complaints
from tests.browser.conftest import make_context
from tests.browser.test_access import check


@pytest.fixture
def live_server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Under a name: browsers make no passkeys for a bare address."""
    before = server.environment

    def named(settings: Settings, port: int) -> Mapping[str, str]:
        return {**before(settings, port), "ASM_PUBLIC_URL": f"http://localhost:{port}"}

    monkeypatch.setattr(server, "environment", named)
    with server.serve(settings) as address:
        yield address.replace("127.0.0.1", "localhost")


@pytest.fixture
async def phone(browser: Browser, live_server: str) -> AsyncIterator[Page]:
    context = await make_context(browser, "phone")
    complaints = Complaints(context)
    yield await context.new_page()
    said = complaints.but(422)
    await context.close()
    assert said == []


async def plug_in(page: Page, **options: Any) -> tuple[CDPSession, str]:
    """A platform authenticator whose person touches it at once."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable", {"enableUI": False})
    added = await devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
                **options,
            }
        },
    )
    return devtools, added["authenticatorId"]


async def add_key(page: Page, address: str, cast: Cast, login: str) -> None:
    account = cast.people[login]
    await page.goto(f"{address}/sign-in?next=/account/passkeys")
    await page.fill("#login", account.login)
    await page.fill("#password", account.password)
    await page.get_by_role("button", name="Đăng nhập", exact=True).click()
    await page.fill("#password", account.password)
    await page.get_by_role("button", name="Xác nhận").click()
    await page.fill("#label", "Điện thoại của tôi")
    await page.get_by_role("button", name="Thêm khóa truy cập").click()
    await expect(page.get_by_role("status")).to_contain_text("Đã thêm")


@pytest.mark.parametrize("login", ["hai", "minh"])
async def test_added_on_the_phone_it_signs_in_by_the_button_and_leads_back(
    login: str, phone: Page, live_server: str, cast: Cast
) -> None:
    devtools, key = await plug_in(phone)
    # A browser that offers none in the field of the name.
    await phone.add_init_script(
        "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
    )
    await add_key(phone, live_server, cast, login)
    await check(phone)
    await phone.get_by_role("button", name="Đăng xuất").first.click()
    await phone.goto(f"{live_server}/sign-in?next=/account")
    button = phone.get_by_role("button", name="Đăng nhập bằng khóa truy cập")
    await expect(button).to_be_visible()
    await check(phone)
    await button.click()
    await expect(phone.get_by_role("heading", level=1)).to_have_text("Tài khoản của tôi")
    kept = await devtools.send("WebAuthn.getCredentials", {"authenticatorId": key})
    assert len(kept["credentials"]) == 1
    assert kept["credentials"][0]["rpId"] == "localhost"


async def test_the_field_of_the_name_offers_it(phone: Page, live_server: str, cast: Cast) -> None:
    devtools, key = await plug_in(phone)
    await add_key(phone, live_server, cast, "hai")
    await phone.get_by_role("button", name="Đăng xuất").first.click()
    assert await phone.evaluate("PublicKeyCredential.isConditionalMediationAvailable()")
    # The authenticator says yes to what the field offers.
    await phone.goto(f"{live_server}/sign-in?next=/account")
    await expect(phone.get_by_role("heading", level=1)).to_have_text("Tài khoản của tôi")
    counted = await devtools.send("WebAuthn.getCredentials", {"authenticatorId": key})
    assert counted["credentials"][0]["signCount"] > 1


async def test_who_has_none_is_told_and_goes_on_with_the_password(
    phone: Page, live_server: str, cast: Cast
) -> None:
    await plug_in(phone)
    await phone.goto(f"{live_server}/sign-in")
    await phone.get_by_role("button", name="Đăng nhập bằng khóa truy cập").click()
    await expect(phone.get_by_role("alert")).to_contain_text("máy này không có khóa truy cập")
    await phone.fill("#login", cast.people["hai"].login)
    await phone.fill("#password", cast.people["hai"].password)
    await phone.get_by_role("button", name="Đăng nhập", exact=True).click()
    await expect(phone.get_by_role("button", name="Đăng xuất").first).to_be_visible()
