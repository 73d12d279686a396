"""Another guest's name does not become a room, with or without scripts."""

from asm.demo.cast import Cast
from tests.web.desk.desk_form import typed
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
