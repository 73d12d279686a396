"""The landlord's pages: one thumb, one thing a page, nothing that pretends."""

from io import BytesIO
from pathlib import Path

import pytest
import segno
from PIL import Image
from playwright.async_api import async_playwright, expect

from asm.demo.cast import Cast
from asm.identity.birth_places import BIRTH_PLACES
from tests.browser.app.conftest import OpenPhone
from tests.browser.app.landlord import NUMBER, Thumb
from tests.browser.app.network import PhoneNetwork
from tests.browser.app.phone import LandlordPhone
from tests.browser.conftest import QUIET, chromium_path, make_context
from tests.people import card_text

TABLE = Path("asm/web/assets/app/parts/birth-places.ts")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_guest_by_twelve_digits(open_phone: OpenPhone, scheme: str) -> None:
    phone = await open_phone(color_scheme=scheme)
    thumb, page = Thumb(phone), phone.page
    await phone.open()
    await thumb.heading("Khai báo khách bằng điện thoại")
    await thumb.look()
    await phone.sign_in()
    await expect(page.get_by_text("Tối nay chưa có khách.")).to_be_visible()
    await thumb.look()
    await thumb.link("Thêm khách")
    await thumb.look()
    await thumb.digits(NUMBER[:8])
    await expect(page.get_by_role("button", name="Tiếp: còn 4 số")).to_be_disabled()
    await thumb.digits(NUMBER[8:])
    await expect(
        page.get_by_text("Nữ, sinh 1991, khai sinh ở Đà Nẵng. Đúng không?")
    ).to_be_visible()
    await thumb.button("Tiếp")
    await expect(page.get_by_label("Họ và tên như trên giấy")).to_be_focused()
    await page.keyboard.type("Hoàng Ngọc Ẩn")
    await page.keyboard.press("Enter")
    await page.keyboard.type("9/6")
    await thumb.look()
    await thumb.button("Tiếp")
    await page.get_by_label("Phòng").fill("3")
    await thumb.look()
    await thumb.button("Tiếp")
    await thumb.heading("Xem lại rồi gửi")
    await thumb.look()
    await thumb.button("Gửi")
    assert thumb.taps <= 6
    await expect(page.get_by_text("Công an phường đã nhận")).to_be_visible()
    await expect(page.get_by_role("img", name="Mã QR để kiểm tra giấy tiếp nhận")).to_be_visible()
    await thumb.look()
    await thumb.link("Xong")
    row = page.get_by_role("link", name="Hoàng Ngọc Ẩn")
    await expect(row).to_have_count(1)
    await expect(page.get_by_text("Đang ở 1 người, 1 phòng")).to_be_visible()
    await phone.until("document.querySelector('.rooms a')?.pathname.startsWith('/app/stay/')")
    await thumb.look()


def picture_of(text: str) -> bytes:
    drawn = BytesIO()
    segno.make(text).save(drawn, kind="png", scale=6, border=6)
    return drawn.getvalue()


async def test_a_guest_by_card_in_four_taps(phone: LandlordPhone) -> None:
    thumb, page = Thumb(phone), phone.page
    await thumb.link("Thêm khách")
    await thumb.button("Chụp mã QR trên thẻ")
    await expect(page.get_by_text("Máy ảnh chưa được phép dùng.")).to_be_visible()
    await thumb.look()
    picture = {"name": "card.png", "mimeType": "image/png", "buffer": picture_of(card_text())}
    await page.locator("input[type=file]").set_input_files([picture])  # type: ignore[list-item]
    await thumb.heading("Ở phòng nào, mấy đêm?")
    await page.get_by_label("Phòng").fill("4")
    await thumb.button("Tiếp")
    await thumb.button("Gửi")
    assert thumb.taps <= 4
    await expect(page.get_by_text("Công an phường đã nhận")).to_be_visible()
    await expect(page.get_by_role("heading", name="Trần Thị Thử")).to_be_visible()


async def test_the_camera_reads_a_card_by_itself(
    live_server: str, cast: Cast, tmp_path: Path
) -> None:
    """A camera that is a film of one picture."""
    card = Image.open(BytesIO(picture_of(card_text()))).convert("RGB").resize((440, 440))
    scene = Image.new("RGB", (640, 480), (90, 90, 90))
    scene.paste(card, (100, 20))
    frame = BytesIO()
    scene.save(frame, "JPEG", quality=95)
    film = tmp_path / "card.mjpeg"
    film.write_bytes(frame.getvalue() * 10)
    flags = [
        *QUIET, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]  # fmt: skip
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=flags)
        context = await make_context(browser, "phone", permissions=["camera"])
        phone = LandlordPhone(context, await context.new_page(), live_server, cast)
        await phone.sign_in()
        thumb = Thumb(phone)
        await thumb.link("Thêm khách")
        await thumb.button("Chụp mã QR trên thẻ")
        await thumb.heading("Ở phòng nào, mấy đêm?")
        await expect(phone.page.get_by_text("Trần Thị Thử")).to_be_visible()
        await context.close()
        await browser.close()


async def test_nothing_pretends_without_signal(phone: LandlordPhone, network: PhoneNetwork) -> None:
    thumb, page = Thumb(phone), phone.page
    await phone.context.set_offline(True)
    await phone.reload()
    await thumb.declare("Tạ Đình Phong", "1/2", "5")
    await thumb.heading("Tạ Đình Phong")
    await expect(page.get_by_text("Nằm trong máy, công an chưa nhận")).to_be_visible()
    await expect(page.locator(".good, .tag.ok")).to_have_count(0)
    await expect(page.get_by_text("Không có mạng. Chưa gửi: 1 bản ghi")).to_be_visible()
    await thumb.look()
    await thumb.link("Xong")
    await expect(
        page.get_by_role("link", name="Tạ Đình Phong").get_by_text("Chờ gửi")
    ).to_be_visible()
    await thumb.look()
    for path, heading in (
        ("records", "Bản ghi trong máy"), ("history", "Đã khai"), ("help", "Hướng dẫn"),
        ("settings", "Máy này và tài khoản"), ("more", "Mục khác"),
        ("place", "Đăng ký nơi lưu trú"),
    ):  # fmt: skip
        await page.goto(f"{phone.address}/app/{path}")
        await thumb.heading(heading)
        await thumb.look()
    await phone.context.set_offline(False)
    await phone.open()
    await phone.until("asm.net().unsent === 0")
    await expect(page.get_by_text("Chưa gửi")).to_have_count(0)


async def test_a_party_of_cards_and_digits_is_mended_one_by_one(phone: LandlordPhone) -> None:
    thumb, page = Thumb(phone), phone.page
    await thumb.link("Thêm khách")
    await thumb.button("Chụp mã QR trên thẻ")
    picture = {"name": "card.png", "mimeType": "image/png", "buffer": picture_of(card_text())}
    await page.locator("input[type=file]").set_input_files([picture])  # type: ignore[list-item]
    await page.get_by_label("Phòng").fill("4")
    await thumb.button("Tiếp")
    await thumb.button("Thêm người cùng phòng")
    await thumb.digits(NUMBER)
    await thumb.button("Tiếp")
    await thumb.write_name("Lý Thị Ngân")
    await page.get_by_label("Ngày sinh").fill("9/6")
    await thumb.button("Tiếp")
    await thumb.button("Tiếp")
    await page.get_by_role("button", name="Sửa 1").click()
    await expect(page.get_by_text("Trần Thị Thử")).to_be_visible()
    await expect(page.get_by_text("Lý Thị Ngân")).to_be_visible()
    await thumb.button("Gửi 2 khách")
    await expect(page.get_by_text("Công an phường đã nhận")).to_be_visible()
    (record,) = [r for r in await phone.records() if r["deed"]["deed"] == "declare"]
    by_card, by_digits = sorted(record["deed"]["body"]["guests"], key=lambda g: "card_qr" not in g)
    assert by_card.keys() == {"card_qr"}, "what the card says stays the card's"
    assert by_digits["full_name"] == "Lý Thị Ngân"


async def test_what_is_typed_survives_a_reload_and_another_page(phone: LandlordPhone) -> None:
    thumb, page = Thumb(phone), phone.page
    await thumb.link("Thêm khách")
    await thumb.digits(NUMBER)
    await thumb.button("Tiếp")
    await thumb.write_name("Lê Văn Hữu")
    await thumb.until("async (h) => (await asm.draft.load(`add:${h}`))?.name", "Lê Văn Hữu")
    await phone.reload()
    await expect(page.get_by_label("Họ và tên như trên giấy")).to_have_value("Lê Văn Hữu")
    await page.goto(f"{phone.address}/app/help")
    await page.goto(f"{phone.address}/app/add")
    await expect(page.get_by_label("Họ và tên như trên giấy")).to_have_value("Lê Văn Hữu")
    await thumb.button("Bỏ, không khai")
    await thumb.link("Thêm khách")
    await thumb.heading("Thẻ Căn cước của khách")


async def test_a_party_is_one_declaration(phone: LandlordPhone) -> None:
    thumb, page = Thumb(phone), phone.page
    await thumb.link("Thêm khách")
    for name, number in (("Lê Văn Hữu", "001090100201"), ("Phạm Kiều Oanh", "001190100202")):
        await thumb.digits(number)
        await thumb.button("Tiếp")
        await thumb.write_name(name)
        await page.keyboard.press("Enter")
        await page.keyboard.type("3/4")
        await thumb.button("Tiếp")
        await page.get_by_label("Phòng").fill("4")
        await thumb.button("Tiếp")
        if name == "Lê Văn Hữu":
            await thumb.button("Thêm người cùng phòng")
    await thumb.button("Gửi 2 khách")
    await expect(page.get_by_role("heading", name="Lê Văn Hữu, Phạm Kiều Oanh")).to_be_visible()
    await expect(page.get_by_role("list").get_by_role("link")).to_have_count(2)
    (record,) = [r for r in await phone.records() if r["deed"]["deed"] == "declare"]
    assert len(record["deed"]["body"]["guests"]) == 2


@pytest.mark.parametrize("size", [(320, 640, 100), (360, 740, 200), (1280, 900, 100)])
async def test_nothing_is_wider_than_the_window(
    phone: LandlordPhone, size: tuple[int, int, int]
) -> None:
    width, height, letters = size
    thumb, page = Thumb(phone), phone.page
    await page.set_viewport_size({"width": width, "height": height})
    for path in ("", "add", "more", "records", "history", "settings", "help", "place"):
        await page.goto(f"{phone.address}/app/{path}")
        await expect(page.locator("h1")).to_have_count(1)
        await page.evaluate(f"document.documentElement.style.fontSize = '{letters * 1.0625}%'")
        await thumb.look()


async def test_english_by_a_switch(phone: LandlordPhone) -> None:
    page = phone.page
    await page.goto(f"{phone.address}/app/settings")
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("heading", name="This phone and account")).to_be_visible()
    assert await page.evaluate("document.documentElement.lang") == "en"
    await page.goto(f"{phone.address}/app/")
    await expect(page.get_by_role("link", name="Add a guest")).to_be_visible()


def test_provinces_of_numbers_are_those_of_the_server() -> None:
    written = dict(
        line.strip().rstrip(",").replace('"', "").split(": ")
        for line in TABLE.read_text("utf-8").splitlines()
        if line.startswith("  ")
    )
    assert written == {prefix: known.name for prefix, known in BIRTH_PLACES.items()}
