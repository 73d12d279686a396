"""Another guest's name does not become a room, with or without scripts."""

from asm.demo.cast import Cast
from tests.people import card_text
from tests.web.desk.desk_form import shown_fields, typed
from tests.web.visitor import Visitor

TORN = "321||Lê Văn Hai|"
SAID = "dòng mã của thẻ"


async def test_a_torn_scan_is_no_room(lan: Visitor, cast: Cast) -> None:
    desk = f"/desk/{cast.hoa_sen}"
    await lan.send(desk, status=422, **typed(room=TORN))
    assert SAID in lan.html
    assert 'href="#room"' in lan.html
    await lan.send(desk, **typed())
    stay = lan.html.split(f'href="{desk}/stays/', 1)[1][:36]
    await lan.open(f"{desk}/stays/{stay}/move")
    await lan.send(f"{desk}/stays/{stay}/move", status=422, key=lan.key, room=TORN)
    assert SAID in lan.html


async def test_whom_another_card_replaces_is_named(lan: Visitor, cast: Cast) -> None:
    desk = f"/desk/{cast.hoa_sen}"
    offered = {"nights": "1", "nights_offered": "1"}
    earlier = card_text(name="Phan Thị Một")
    await lan.send(f"{desk}/scan", card_text=earlier, room="1205", **offered)
    first = shown_fields(lan) | {"nights": "3"}
    text = card_text(name="Lê Văn Hai")
    await lan.send(f"{desk}/scan", **first | {"card_text": text})
    assert "Chưa gửi: Phan Thị Một, phòng 1205" in lan.html
    second = shown_fields(lan)
    assert (second["full_name"], second["room"], second["nights"]) == ("Lê Văn Hai", "", "1")
    await lan.send(f"{desk}/scan", **second | {"card_text": text, "room": "1206"})
    assert "Chưa gửi: Lê Văn Hai" not in lan.html
    assert shown_fields(lan)["room"] == "1206"
