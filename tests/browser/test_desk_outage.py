"""The desk in a browser while the database is away: guest after guest, each with their proof."""

import re

from playwright.async_api import Locator, Page, expect
from sqlalchemy.ext.asyncio import AsyncSession

from asm.identity.vault.keys import KeyFiles
from asm.stays.receipts.attempts import attempt_token_in, verify_attempt
from tests.browser.person import Person, fill_guest, scan
from tests.browser.test_access import check
from tests.conftest import Database
from tests.outage import database_away
from tests.services import TestServices
from tests.web.desk.desk_form import count


async def proof_of(guest: Locator) -> str:
    """The token of the signed attempt that stands there."""
    token = attempt_token_in(await guest.inner_html())
    assert token is not None
    return token


async def test_every_guest_of_an_outage_gets_a_proof_and_is_sent_again(
    desk_page: Page,
    person: Person,
    services: TestServices,
    database: Database,
    keys: KeyFiles,
    admin_session: AsyncSession,
) -> None:
    page = desk_page
    await page.set_viewport_size({"width": 360, "height": 740})
    await person.open_desk(page)
    before = await count(admin_session)
    await admin_session.close()
    kept = page.locator("[data-unsent]")
    names = ["Nguyễn Văn Mẫu", "Trần Thị Thử"]
    async with database_away(services, database):
        for turn, name in enumerate(names, 1):
            await scan(page, name)
            await page.fill("#room", "102")
            await page.keyboard.press("Enter")
            await expect(kept).to_have_count(turn)
            await expect(kept.first).to_contain_text(name)
            await expect(kept.first).to_contain_text("Chưa có gì được lưu; hãy gửi lại.")
            await expect(page.locator("[data-away]")).to_be_visible()
            await expect(page.locator("#full_name")).to_have_value("")
            await expect(page.locator("#room")).to_have_value("102")
        await fill_guest(page, full_name="Lê Ví Dụ", birth_date="31/2/1990")
        await page.press("#full_name", "Enter")
        await expect(kept).to_have_count(3)
        await check(page)
        tokens = {await proof_of(kept.nth(each)) for each in range(3)}
        assert len(tokens) == 3
        assert {verify_attempt(token, keys.public_keys).facility_id for token in tokens} == {
            person.cast.hoa_sen
        }
        await kept.last.get_by_role("button", name="Gửi lại").click()
        await expect(kept.last.get_by_text("Vẫn chưa nhận được")).to_be_visible()
        await expect(page.locator("#unsent")).to_be_hidden()
    for name in names:
        await kept.filter(has_text=name).get_by_role("button", name="Gửi lại").click()
        await expect(page.locator(".sent", has_text=name)).to_contain_text("LT-")
        await expect(page.locator("tbody.group", has_text=name)).to_have_count(1)
    received = page.locator("[data-received]")
    await expect(received).to_contain_text("Đã nhận các khách dưới đây")
    await expect(received.locator(".sent")).to_have_count(2)
    heading = page.get_by_text("Chưa nhận được các khách dưới đây")
    await expect(heading).to_be_visible()  # over the one that is left
    await _corrected_elsewhere(page, kept)
    assert await count(admin_session) == before + 2


async def _corrected_elsewhere(page: Page, kept: Locator) -> None:
    """What the rules refuse once the system is back is corrected where nothing else is lost."""
    await kept.get_by_role("button", name="Gửi lại").click()
    await expect(kept.get_by_text("Có chỗ cần sửa")).to_be_visible()
    await expect(kept.locator("li")).to_have_text(re.compile("Không có ngày 31/2/1990"))
    async with page.context.expect_page() as opened:
        await kept.get_by_role("button", name="Mở ở tab mới").click()
    other = await opened.value
    await expect(other.locator("#full_name")).to_have_value("Lê Ví Dụ")
    await expect(other.locator("#birth_date")).to_have_value("31/2/1990")
    await expect(kept).to_have_count(1)
