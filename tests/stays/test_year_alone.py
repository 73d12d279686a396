"""A year beside a day that nobody knows is a year alone, at every door."""

import httpx

from asm.demo.cast import Cast
from asm.intake.sheets.xlsx_template import build_workbook
from tests.people import all_stays, fresh_key, guest, party, sign_in, stays_of
from tests.web.desk.desk_form import typed
from tests.web.visitor import Visitor
from tests.workbooks import sheet_row


async def test_a_year_beside_an_unknown_day_is_a_year_alone_at_every_door(
    client: httpx.AsyncClient, cast: Cast, visitor: Visitor
) -> None:
    lan = await sign_in(client, cast, "lan")
    body = party(guest(birth_date="1990-00-00"))
    answer = await client.post(stays_of(cast), json=body, headers=lan | fresh_key())
    assert answer.status_code == 201, answer.text
    rows = []
    for born in ("1990-00-00", "00/00/1990", "1990"):
        row = sheet_row()
        row[2] = born
        rows.append(row)
    imports = stays_of(cast).replace("/stays", "/imports")
    sent = await client.post(imports, content=build_workbook(rows), headers=lan | fresh_key())
    assert sent.json()["accepted"] == 3
    await visitor.sign_in(cast, "lan")
    for born in ("00/00/1990", "1990-00-00"):
        await visitor.send(f"/desk/{cast.hoa_sen}", **typed(birth_date=born))
        assert "Đã tiếp nhận" in visitor.html
    stays = await all_stays(client, stays_of(cast), lan)
    births = [(s["guest"]["birth_date"], s["guest"]["birth_date_precision"]) for s in stays]
    assert births == [("1990-01-01", "year")] * 6
