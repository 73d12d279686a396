"""A receipt is checked in the browser alone: the page is told nothing and asks nobody."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from asm.demo.cast import Cast
from asm.identity.vault.keys import KeyFiles
from asm.stays.receipts.attempts import sign_attempt
from tests.browser.person import PATIENCE_MS, Person
from tests.people import fresh_key, party, sign_in


@pytest.fixture
async def token(live_server: str, cast: Cast) -> str:
    async with httpx.AsyncClient(base_url=live_server, timeout=PATIENCE_MS / 1000) as client:
        answer = await client.post(
            f"/api/v1/facilities/{cast.hoa_sen}/stays",
            json=party(),
            headers=await sign_in(client, cast, "lan") | fresh_key(),
        )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["results"][0]["receipt"]["token"])


async def test_checked_without_a_call(page: Page, person: Person, token: str) -> None:
    await page.goto(f"{person.address}/verify")
    await page.wait_for_load_state("networkidle")
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.url))
    await page.context.set_offline(offline=True)
    await page.fill("#token", token)
    await page.click("main button")
    answer = page.locator("#answer")
    await expect(answer.locator("h2")).to_have_text("Giấy tiếp nhận thật")
    await expect(answer).to_contain_text("Đúng hạn")
    await expect(answer).to_contain_text(str(person.cast.hoa_sen))
    # A busy browser fetches the page's icon when everything else has long been quiet.
    assert [call for call in calls if "/static/assets/mark-" not in call] == []


async def test_opened_straight_from_the_qr(page: Page, person: Person, token: str) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    await page.goto(f"{person.address}/verify#{token}")
    await expect(page.locator("#answer h2")).to_have_text("Giấy tiếp nhận thật")
    assert not any(token in address.split("#")[0] for address in requested)


async def test_any_change_shows(desk_page: Page, person: Person, token: str) -> None:
    for index in (2, 3, 4, 5, 6, 7, 8, 9, 10):
        parts = token.split(".")
        swaps = {"T": "F", "F": "T", "0": "1", "A": "B"}
        parts[index] = swaps.get(parts[index][0], "0") + parts[index][1:]
        await desk_page.goto(f"{person.address}/verify")
        await desk_page.fill("#token", ".".join(parts))
        await desk_page.click("main button")
        answer = desk_page.locator("#answer")
        await expect(answer.locator("h2")).to_have_text("Không phải giấy tiếp nhận thật")
        await expect(answer).not_to_contain_text("LT-")


async def test_pasted_text_and_file(page: Page, person: Person, token: str, tmp_path: Path) -> None:
    await page.goto(f"{person.address}/verify")
    await page.fill("#token", "không phải giấy tiếp nhận")
    await page.click("main button")
    await expect(page.locator("#answer")).to_contain_text("Đây không phải mã giấy tiếp nhận.")
    file = tmp_path / "receipt.json"
    file.write_text(f'{{"token": "{token}"}}')
    await page.fill("#token", "")
    await page.set_input_files("#file", file)
    await page.click("main button")
    await expect(page.locator("#answer h2")).to_have_text("Giấy tiếp nhận thật")


async def test_an_attempt_is_told_apart(page: Page, person: Person, keys: KeyFiles) -> None:
    attempt = sign_attempt(keys, person.cast.hoa_sen, datetime.now(UTC), "key-12345", b"sent")
    await page.goto(f"{person.address}/verify#{attempt.token}")
    answer = page.locator("#answer")
    await expect(answer.locator("h2")).to_have_text("Không phải giấy tiếp nhận")
    await expect(answer).to_contain_text(str(person.cast.hoa_sen))
    other = "B" if attempt.token[-9] == "A" else "A"
    await page.fill("#token", attempt.token[:-9] + other + attempt.token[-8:])
    await page.click("main button")
    await expect(answer.locator("h2")).to_have_text("Không phải giấy tiếp nhận thật")
