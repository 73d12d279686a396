"""What people do who are the first at an installation, each in a browser of their own."""

import itertools
import os
import re
from collections import Counter
from io import BytesIO
from pathlib import Path

import httpx
from PIL import Image
from playwright.async_api import Page, expect

from tests.browser.person import PATIENCE_MS, fill_guest, follow
from tests.browser.test_access import check
from tests.browser.test_codes import read
from tests.facilities.software.makers import ask_token, bearer
from tests.faults.worker_process import until
from tests.notify.servers import Mailbox
from tests.people import fresh_key, party

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
FIRST = "cau dau tien cua nguoi ay"
SECOND = "doi qua cau khac cho chac"
THIRD = "them hai cau nua la xong"
CODE = r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}"


#: Lines of pixels of the longest picture: below, a page goes on as it began.
TALLEST = 1500
#: Pages have few colours, and a picture of 256 is a third as large: those that are most of it as
#: they are, and of the others, such as the edges of letters, these many.
OTHERS = 48


async def picture(page: Page, name: str, *, full: bool = False) -> None:
    """For the guides, when they are asked for."""
    if not os.environ.get("ASM_WRITE_PICTURES"):
        return
    await page.evaluate("document.fonts.ready.then(() => null)")
    with Image.open(BytesIO(await page.screenshot(full_page=full))) as shot:
        part = shot.convert("RGB").crop((0, 0, shot.width, min(shot.height, TALLEST)))
    _with_few_colours(part).save(PICTURES / f"{name}.png", optimize=True)


def _with_few_colours(picture: Image.Image) -> Image.Image:
    raw = picture.tobytes()
    most = Counter(zip(raw[::3], raw[1::3], raw[2::3], strict=True)).most_common(256 - OTHERS)
    rest = picture.quantize(OTHERS, Image.Quantize.FASTOCTREE).getpalette() or []
    palette = Image.new("P", (1, 1))
    areas = itertools.chain.from_iterable(colour for colour, _ in most)
    palette.putpalette([*areas, *rest[: 3 * OTHERS]])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


async def press(page: Page, name: str | re.Pattern[str]) -> None:
    await follow(page.locator("main").get_by_role("button", name=name))


async def sign_in(page: Page, login: str, password: str) -> None:
    await page.goto("/sign-in")
    await page.fill("#login", login)
    await page.fill("#password", password)
    await press(page, "Đăng nhập")
    await is_in(page)


async def is_in(page: Page) -> None:
    await expect(page.get_by_role("button", name="Đăng xuất")).to_be_visible()


async def is_out(page: Page, path: str) -> None:
    """The open browser is a stranger's with its next step."""
    await page.goto(path)
    await expect(page.get_by_role("button", name="Đăng xuất")).to_have_count(0)
    await expect(page.locator("#password")).to_be_visible()


async def set_password(page: Page, code: str, password: str) -> None:
    """With a one-time code, as whoever was handed it."""
    await page.goto("/codes")
    await page.fill("#code", code)
    await press(page, "Tiếp tục")
    await page.fill("#password", password)
    await press(page, "Lưu mật khẩu và đăng nhập")
    await is_in(page)


async def code_on(page: Page) -> str:
    return await page.locator(".slip-code").inner_text()


async def make_officer(administrator: Page, name: str, login: str, ward: str) -> str:
    """The first code of a new officer of the ward."""
    await follow(administrator.get_by_role("link", name="Cán bộ", exact=True))
    await administrator.get_by_label("Tỉnh, thành phố").select_option("01")
    await press(administrator, re.compile("^Chọn$"))
    await administrator.get_by_label("Xã, phường, đặc khu").select_option(ward)
    await administrator.get_by_label("Tên cán bộ").fill(name)
    await administrator.get_by_label("Tên đăng nhập").fill(login)
    await press(administrator, "Mở tài khoản và tạo mã")
    await check(administrator)
    code = await code_on(administrator)
    await administrator.goto("/officers?province=01")
    await expect(administrator.get_by_text(login)).to_be_visible()
    return code


async def sign_up(phone: Page, number: str, mail: str) -> None:
    await phone.goto("/")
    await follow(phone.locator("main").get_by_role("link", name="Mở tài khoản"))
    await phone.get_by_label("Họ tên").fill("Nguyễn Thị Thử")
    await phone.get_by_label("Số điện thoại hoặc tên đăng nhập").fill(number)
    await phone.get_by_label("Thư điện tử").fill(mail)
    await phone.get_by_label("Chủ nhà trọ").check()
    await phone.get_by_label("Mật khẩu").fill(FIRST)
    await phone.get_by_label("Tôi đồng ý với điều khoản").check()
    await phone.evaluate("scrollTo(0, 0)")
    await picture(phone, "sign-up-phone", full=True)
    await press(phone, "Mở tài khoản")


async def register(phone: Page, point: str) -> str:
    """The path of the facility that now waits; every page of the host's says so."""
    await phone.get_by_label("Loại cơ sở").select_option("boarding_house")
    await phone.get_by_label("Tên cơ sở").fill("Nhà trọ Thử")
    await phone.get_by_label("Địa chỉ").fill("9 ngõ Mẫu")
    await phone.get_by_label("Vĩ độ").fill(point)
    await press(phone, "Gửi đăng ký")
    await expect(phone.get_by_text("Đang chờ kích hoạt.")).to_be_visible()
    facility = "/facilities/" + phone.url.rsplit("/", 1)[1]
    for path in ("/desk", "/account", "/invitations", "/facilities/new", "/inbox"):
        await phone.goto(path)
        await expect(phone.locator("[data-waiting]")).to_contain_text("Nhà trọ Thử")
    await picture(phone, "waiting-phone")
    return facility


async def declare(page: Page, facility: str, name: str) -> None:
    """At the desk; then the receipt's code is scanned and checked, as a stranger would."""
    await page.goto(facility.replace("/facilities/", "/desk/"))
    await fill_guest(page, full_name=name)
    await page.click("text=Gửi thông báo")
    await expect(page.locator(".sent")).to_contain_text("Đã tiếp nhận")
    await follow(page.locator(".sent").get_by_role("link", name="Xem giấy tiếp nhận"))
    await expect(page.locator("main")).to_contain_text(name)
    await page.goto(await read(page, ".qr"))
    await expect(page.locator("#answer h2")).to_have_text("Giấy tiếp nhận thật")


async def invite(host: Page, facility: str) -> tuple[str, str]:
    """The code for a colleague, and the path that its link opens."""
    await host.goto(f"{facility}/people")
    await host.fill("#display_name", "Mai")
    await press(host, "Tạo mã mời")
    await check(host)
    await picture(host, "code-slip", full=True)
    link = await host.locator("p a.code").get_attribute("href")
    assert link is not None
    return await code_on(host), "/codes/" + link.rsplit("/", 1)[1]


async def opened_by_bots(address: str, path: str) -> None:
    """Chat programs and mail filters look at links before people do."""
    async with httpx.AsyncClient(base_url=address, timeout=PATIENCE_MS / 1000) as bot:
        for _ in range(10):
            assert (await bot.head(path)).status_code == 200
            assert (await bot.get(path)).status_code == 200


async def join(colleague: Page, path: str, code: str) -> None:
    await colleague.goto(path)
    await colleague.fill("#code", code.lower())
    await press(colleague, "Tiếp tục")
    await check(colleague)
    await colleague.fill("#login", "mai.tro")
    await colleague.fill("#password", FIRST)
    await colleague.check("#terms")
    await press(colleague, "Mở tài khoản")
    await expect(colleague.get_by_role("heading", name="Nhà trọ Thử")).to_be_visible()


async def mailed(mailbox: Mailbox, address: str, wanted: str) -> str:
    """What stands in a mail to `address`, once it has come: the first thing of this form."""
    texts: list[str] = []

    async def has_come() -> bool:
        for mail in mailbox.mails:
            body = mail.get_body(("plain",))
            if body is not None and mail["To"] == address:
                texts.extend(re.findall(wanted, body.get_content()))
        return bool(texts)

    await until(has_come, f"a mail with {wanted}")
    return texts[0]


async def confirm_address(page: Page, mailbox: Mailbox, address: str) -> None:
    """By the link that was mailed there."""
    await page.goto(await mailed(mailbox, address, r"/notices/\S+"))
    await press(page, "Xác nhận, tôi nhận")
    await expect(page.get_by_text("Đã xác nhận.")).to_be_visible()


async def find_by_mail(page: Page, mailbox: Mailbox, login: str, address: str) -> str:
    """The code that comes by mail to who forgot the password."""
    await page.goto("/forgotten")
    await check(page)
    await picture(page, "forgotten-phone", full=True)
    await page.fill("#login", login)
    await press(page, "Gửi mã")
    return await mailed(mailbox, address, CODE)


async def software_comes_and_goes(host: Page, facility: str, address: str, password: str) -> None:
    """Credentials made on the page, a declaration by software, and the end of both."""
    await host.goto(facility)
    await follow(host.locator("main").get_by_role("link", name="Phần mềm khai báo"))
    await host.fill("#label", "Phần mềm ở quầy")
    await host.fill("#new-password", password)
    await press(host, "Tạo mã và bí mật")
    credentials = [await host.locator(f"#client-{part}").inner_text() for part in ("id", "secret")]
    stays = f"/api/v1{facility}/stays"
    async with httpx.AsyncClient(base_url=address, timeout=PATIENCE_MS / 1000) as software:
        token = await bearer(software, *credentials)
        sent = await software.post(stays, json=party(), headers=token | fresh_key())
        assert (sent.status_code, sent.json()["accepted"]) == (201, 1), sent.text
        await follow(host.get_by_text("Về danh sách phần mềm"))
        revoke = host.locator("main details", has_text="Thu hồi ngay")
        await revoke.locator("summary").click()
        await press(host, "Thu hồi ngay")
        refused = await software.post(stays, json=party(), headers=token | fresh_key())
        assert refused.status_code == 401
        assert (await ask_token(software, *credentials)).status_code == 401
