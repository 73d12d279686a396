"""What everyone needs: no serious axe finding, no sideways scrolling, targets large enough."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser.person import Person, fill_guest, follow, painted

SERIOUS = {"serious", "critical"}
#: All rules; where an element stands is said by its own text, and no selector is looked for.
OF_AXE = {"resultTypes": ["violations"], "selectors": False}


async def check(page: Page) -> None:
    """Fail with axe's own words; and the page must fit its window."""
    results = await Axe().run(page, options=OF_AXE)
    violations = [
        (item["id"], item["nodes"][0]["html"])
        for item in results.response["violations"]
        if item["impact"] in SERIOUS
    ]
    assert violations == []
    wide, window = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= window
    # Officers' pages are dense on a desk, with a mouse; a finger finds 44 pixels everywhere.
    small = await page.evaluate(
        """[...document.querySelectorAll("main button, main .button, main summary")]
          .filter((e) => e.getClientRects().length && e.getBoundingClientRect().height <
            (document.body.classList.contains("work") && innerWidth >= 768 ? 31.5 : 43.5))
          .map((e) => e.outerHTML)"""
    )
    assert small == []


async def test_public_pages(page: Page, person: Person) -> None:
    for path in ("/", "/sign-in", "/verify", "/nowhere", "/A/VNMXSWX9XP01G",
                 "/open/definitions"):  # fmt: skip
        await page.goto(person.address + path)
        await check(page)


async def test_the_desk_and_its_pages(page: Page, person: Person) -> None:
    await person.open_desk(page)
    await check(page)
    await page.click("text=Gửi thông báo")
    await expect(page.locator(".error-summary")).to_be_focused()
    await check(page)
    await fill_guest(page)
    await page.press("#full_name", "Enter")
    await expect(page.locator(".sent")).to_be_visible()
    await expect(page.locator("#card_text")).to_be_focused()
    # The fresh row's colour has faded before contrast is measured.
    await page.evaluate("document.getAnimations().forEach((fading) => fading.finish())")
    await check(page)
    receipt = await page.locator(".sent a[href$='/receipt']").get_attribute("href")
    assert receipt is not None
    stay = receipt.removesuffix("/receipt")
    for path in (
        receipt,
        stay,
        *(f"{stay}/{name}" for name in ("depart", "extend", "move", "void", "amend")),
    ):
        await page.goto(person.address + path)
        await check(page)
    for path in (f"/desk/{person.cast.hoa_sen}/import", f"/facilities/{person.cast.hoa_sen}"):
        await page.goto(person.address + path)
        await check(page)
    await page.goto(f"{person.address}/facilities/new")
    await check(page)


async def test_the_ward(page: Page, person: Person) -> None:
    await person.sign_in(page, "minh")
    await check(page)
    names = (
        "assist",
        "facilities",
        "guests",
        "map",
        "shift",
        "patrol",
        "waiting",
        "wards",
        "landlords",
        "figures",
        "flags/passed",
    )
    house = f"calls/{person.cast.hoa_sen}"
    for path in ("/plates", *(f"/ward/{name}" for name in (*names, house))):
        await page.goto(person.address + path)
        await check(page)


async def test_one_stay_and_what_the_ward_declared(page: Page, person: Person) -> None:
    """The form that helps, its refusal, the stay, and amending and voiding it."""
    await person.sign_in(page, "minh")
    assisted = f"{person.address}/ward/assist/{person.cast.hoa_sen}"
    await page.goto(assisted)
    await check(page)
    send = page.locator("#stay-form button[type=submit]").first
    await fill_guest(page, document_number="0011")
    await follow(send)
    await expect(page.locator(".error-summary")).to_be_visible()
    await check(page)
    await fill_guest(page)
    await follow(send)
    await page.goto(f"{person.address}/ward/guests")
    await follow(page.locator("a[href^='/ward/stays/']").first)
    await check(page)
    shown = page.url
    for deed, wrong in (("amend", "#birth_date"), ("void", "#reason")):
        await page.goto(shown)
        await follow(page.locator(f"a[href$='/{deed}']"))
        await check(page)
        await page.fill(wrong, "32/1/1990" if deed == "amend" else " ")
        await follow(page.locator("main form button").last)
        await expect(page.locator(".error-summary")).to_be_visible()
        await check(page)
    await page.fill("#reason", "khai nhầm người")
    await follow(page.locator("main form button").last)
    await expect(page.locator("main")).to_contain_text("Khai báo này đã hủy")
    await check(page)


async def test_notices_incidents_and_lists(page: Page, person: Person) -> None:
    for login, paths in (
        ("admin", ("/incidents", "/operator/outbox")),
        ("quang", ("/watchlists", "/watchlists/new", "/province/passed", "/figures")),
        ("minh", ("/ward/flags?check=overstay", "/inbox")),
        ("hai", ("/inbox", "/inbox/settings")),
    ):
        await person.sign_in_by_hand(page, login)
        for path in paths:
            await page.goto(person.address + path)
            await check(page)
        await person.sign_out(page)


async def test_software_of_a_facility(page: Page, person: Person) -> None:
    await person.sign_in(page, "lan")
    await page.goto(f"{person.address}/facilities/{person.cast.hoa_sen}")
    await follow(page.locator("main").get_by_text("Phần mềm khai báo"))
    await check(page)
    await follow(page.get_by_role("button", name="Tạo mã và bí mật"))
    await expect(page.locator(".error-summary")).to_be_focused()
    await check(page)
    password = person.cast.people["lan"].password
    await page.fill("#label", "Phần mềm quầy lễ tân, máy số 2")
    await page.fill("#new-password", password)
    await follow(page.get_by_role("button", name="Tạo mã và bí mật"))
    await expect(page.locator("#client-secret")).to_be_visible()
    await check(page)
    await follow(page.get_by_text("Về danh sách phần mềm"))
    await page.locator("input[id^=password-]").fill(password)
    await follow(page.get_by_role("button", name="Đổi bí mật"))
    await follow(page.get_by_text("Về danh sách phần mềm"))
    await page.get_by_text("Thu hồi", exact=False).first.click()
    await check(page)
    await follow(page.get_by_role("button", name="Thu hồi ngay"))
    await expect(page.get_by_text("Chưa có phần mềm nào")).to_be_visible()


async def test_tried_too_often(page: Page, person: Person) -> None:
    await page.goto(f"{person.address}/sign-in")
    for _ in range(6):
        await page.fill("#login", "lan")
        await page.fill("#password", "not-the-password")
        await follow(page.locator("main button"))
    await expect(page.locator(".error-summary")).to_contain_text("Hãy thử lại sau khoảng 1 phút")
    await check(page)


async def test_the_skip_link_comes_first(desk_page: Page, person: Person) -> None:
    await desk_page.goto(f"{person.address}/verify")
    await painted(desk_page)
    await desk_page.keyboard.press("Tab")
    await expect(desk_page.locator(".skip")).to_be_focused()
    await desk_page.keyboard.press("Enter")
    # The jump is made in its own time: a Tab before it would start from the link.
    await expect(desk_page.locator("#main")).to_be_focused()
    await expect(desk_page.locator("#answer")).to_be_empty()
    await desk_page.keyboard.press("Tab")
    await expect(desk_page.locator("#token")).to_be_focused()
