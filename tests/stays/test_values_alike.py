"""Values that one door read and another refused, or took in silence, through the front door."""

import httpx

from asm.demo.cast import Cast
from tests.people import all_stays, fresh_key, guest, party, sign_in, stays_of
from tests.web.desk.desk_form import typed
from tests.web.visitor import Visitor

GERMAN = {"nationality": "D - Đức", "document_type": 4, "document_number": "C01X00T47"}


async def test_a_country_told_by_code_and_name_is_read_at_every_door(
    client: httpx.AsyncClient, cast: Cast, visitor: Visitor
) -> None:
    lan = await sign_in(client, cast, "lan")
    body = party(guest(**GERMAN))
    answer = await client.post(stays_of(cast), json=body, headers=lan | fresh_key())
    assert answer.status_code == 201, answer.text
    await visitor.sign_in(cast, "lan")
    paper = {"document_type": "4", "document_number": "C01X00T48"}
    await visitor.send(f"/desk/{cast.hoa_sen}", **typed(nationality="D - Đức", **paper))
    assert "Đã tiếp nhận" in visitor.html
    stays = await all_stays(client, stays_of(cast), lan)
    assert {stay["guest"]["nationality"] for stay in stays} == {"DEU"}


async def test_a_permitted_stay_beyond_the_horizon_is_noticed(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    lan = await sign_in(client, cast, "lan")
    body = party(guest(**GERMAN, permitted_stay_until="9999-12-31"))
    answer = await client.post(stays_of(cast), json=body, headers=lan | fresh_key())
    assert answer.status_code == 201, answer.text
    (result,) = answer.json()["results"]
    (problem,) = [p for p in result["problems"] if p["rule"] == "foreigner.permitted_stay.horizon"]
    assert (problem["severity"], problem["field"]) == ("warn", "guest.permitted_stay_until")
