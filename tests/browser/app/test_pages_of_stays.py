"""Guests who are there: longer, leaving, changed by others; what comes back, and quiet nights."""

import httpx
from playwright.async_api import expect

from tests.browser.app.landlord import Thumb
from tests.browser.app.phone import LandlordPhone
from tests.people import fresh_key, sign_in


async def test_longer_leaving_and_back_in_two_taps(phone: LandlordPhone) -> None:
    thumb, page = Thumb(phone), phone.page
    await thumb.declare("Đặng Nhật Lệ", "1/2", "2")
    await thumb.link("Xong")
    await phone.until("document.querySelector('.rooms a')?.pathname.startsWith('/app/stay/')")
    await thumb.link("Đặng Nhật Lệ")
    await thumb.heading("Đặng Nhật Lệ")
    thumb.taps = 0
    await thumb.button("Ở thêm")
    await thumb.tap(page.get_by_role("button", name="Thêm 1 đêm"))
    assert thumb.taps == 2
    await expect(page.get_by_text("Đặng Nhật Lệ ở tới")).to_be_visible()
    await phone.until("asm.net().unsent === 0")
    await thumb.button("Hoàn tác")
    await phone.until("asm.net().unsent === 0")
    thumb.taps = 0
    await thumb.button("Trả phòng")
    await thumb.look()
    await thumb.button("Khách đi bây giờ")
    assert thumb.taps == 2
    await expect(page.get_by_text("Đã ghi trả phòng Đặng Nhật Lệ.")).to_be_visible()
    await phone.until("asm.net().unsent === 0")
    read = "async (h) => (await asm.stays(h)).map((stay) => [stay.version, !!stay.departed_at])"
    await thumb.until(read, [[4, True]])


async def test_what_others_changed_meanwhile_is_shown_and_chosen(
    phone: LandlordPhone, client: httpx.AsyncClient
) -> None:
    thumb, page = Thumb(phone), phone.page
    await thumb.declare("Đỗ Thị Hạnh", "1/2", "2")
    await thumb.link("Xong")
    await phone.until("document.querySelector('.rooms a')?.pathname.startsWith('/app/stay/')")
    await thumb.link("Đỗ Thị Hạnh")
    await phone.context.set_offline(True)
    await thumb.button("Đổi phòng")
    await page.get_by_label("Phòng").fill("4")
    await thumb.button("Đổi phòng")
    stay = page.url.rpartition("/")[2]
    hai = await sign_in(client, phone.cast, "hai")
    moved = await client.post(
        f"{phone.address}/api/v1/facilities/{phone.house}/stays/{stay}/room",
        json={"room": "6"},
        headers=hai | fresh_key(),
    )
    assert moved.status_code == 200, moved.text
    await phone.context.set_offline(False)
    await page.goto(f"{phone.address}/app/records")
    await thumb.tap(page.get_by_role("link", name="Đổi phòng").filter(has_text="Sửa"))
    await expect(page.get_by_text("Có người đã sửa lượt này")).to_be_visible()
    await expect(page.get_by_text("Phòng 6")).to_be_visible()
    await thumb.look()
    await thumb.button("Gửi bản của tôi")
    await thumb.until("async (h) => (await asm.stays(h)).map((stay) => stay.room)", ["4"])


async def test_nobody_new_in_one_tap_and_back_in_another(phone: LandlordPhone) -> None:
    thumb, page = Thumb(phone), phone.page
    await thumb.button("Tối nay không có khách mới")
    await expect(page.get_by_text("Đã ghi: tối nay không có khách mới.")).to_be_visible()
    await thumb.look()
    await thumb.button("Hoàn tác")
    await expect(page.get_by_role("button", name="Tối nay không có khách mới")).to_be_visible()


async def test_what_was_sent_back_says_why_and_is_mended(phone: LandlordPhone) -> None:
    thumb, page = Thumb(phone), phone.page
    await thumb.declare("12345", "9/6", "6")
    await expect(page.get_by_text("Bị trả lại, chưa được nhận")).to_be_visible()
    await thumb.look()
    await thumb.button("Sửa rồi gửi lại")
    await thumb.heading("Xem lại rồi gửi")
    await page.get_by_role("button", name="Sửa Họ tên").click()
    await page.get_by_label("Họ và tên như trên giấy").fill("Mai Quốc Bảo")
    await thumb.button("Tiếp")
    await thumb.button("Tiếp")
    await thumb.button("Gửi")
    await expect(page.get_by_text("Công an phường đã nhận")).to_be_visible()
    assert len([r for r in await phone.records() if r["state"] != "received"]) == 0
