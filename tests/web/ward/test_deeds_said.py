"""After a deed the next page says what was done."""

import re
from pathlib import Path
from typing import Any

import pytest

from asm.demo.cast import Cast
from tests.web.visitor import Visitor
from tests.web.ward.test_ward import as_, new_facility

WEB = Path("asm/web")
SAID = (WEB / "templates/_done.html").read_text(encoding="utf-8")
#: Said by lists themselves, which offer to take it back.
BY_LISTS = {"confirmed", "cancelled", "ended", "day"}


def test_every_deed_that_leads_to_a_page_is_said_there() -> None:
    said = set(re.findall(r'^  "(\w+)":', SAID, re.MULTILINE))
    led_to = {
        word
        for path in WEB.rglob("*.py")
        for word in re.findall(r"\?done=(\w+)", path.read_text(encoding="utf-8"))
    }
    assert led_to - BY_LISTS - said == set()
    assert said - led_to == {"suspended", "resumed", "messaged"}  # by `house_page._do`


#: A deed at the hotel of the cast, what it is sent with, and what is said then.
DEEDS: dict[str, tuple[dict[str, Any], str]] = {
    "suspend": ({"reason": "Phòng cháy"}, "Đã tạm đình chỉ từ đêm nay"),
    "messages": ({"body": "Nhớ khai trước 23 giờ."}, "Đã gửi tin vào Hộp thư"),
    "visits": (
        {"visited_on": "1/3/2026", "officers": "Minh", "seen": "Đủ sổ", "outcomes": "in_order"},
        "Đã lưu biên bản kiểm tra",
    ),
}


@pytest.mark.parametrize("deed", DEEDS)
async def test_a_deed_at_a_house_says_that_it_was_done(
    deed: str, visitor: Visitor, cast: Cast
) -> None:
    fields, said = DEEDS[deed]
    await as_(visitor, cast, "minh")
    house = f"/ward/facilities/{cast.hoa_sen}"
    await visitor.open(house)
    assert "data-done" not in visitor.html
    await visitor.send(f"{house}/{deed}", **fields)
    assert said in visitor.html.partition("data-done")[2].partition("</p>")[0]
    await visitor.open(f"{house}?done=<script>")
    assert "data-done" not in visitor.html


async def test_a_note_for_the_next_shift_is_said_to_be_there(visitor: Visitor, cast: Cast) -> None:
    await as_(visitor, cast, "minh")
    await visitor.open("/ward/shift")
    await visitor.send("/ward/shift", note="Gọi lại nhà trọ Hải Yến.")
    assert "Đã ghi bàn giao." in visitor.html


async def test_only_notes_that_wait_and_houses_of_the_ward_stand_beside_the_night(
    visitor: Visitor, cast: Cast
) -> None:
    await as_(visitor, cast, "hai")
    await visitor.send("/facilities/new", **new_facility())
    await as_(visitor, cast, "minh")
    await visitor.open("/ward/shift")
    for note in ("Gọi lại nhà trọ Hải Yến.", "Phòng 302 chờ hộ chiếu."):
        await visitor.send("/ward/shift", note=note)
    await visitor.open("/ward")
    beside = visitor.html.partition('id="waiting"')[2].partition("</section>")[0]
    assert "2 ghi chú bàn giao chưa ai nhận" in beside
    assert "1 cơ sở chờ kích hoạt" in beside
    await visitor.open("/ward/shift")
    await visitor.send(re.findall(r'action="(/ward/shift/[^"]+)"', visitor.html)[0])
    await visitor.open("/ward")
    assert "1 ghi chú bàn giao chưa ai nhận" in visitor.html
    await as_(visitor, cast, "thao")
    await visitor.open("/ward")
    assert 'id="waiting"' not in visitor.html
