"""A torn scan is no room: at no door does another guest's name become one."""

from typing import Any

import httpx
import pytest

from asm.demo.cast import Cast
from asm.intake.sheets.xlsx_template import build_workbook
from tests.people import fresh_key, guest, party, sign_in, stays_of
from tests.workbooks import ROOM, sheet_row

TORN = "321||Lê Văn Hai|"
RULE = "stay.room.scanned"


@pytest.mark.parametrize("query", ["", "?dry_run=false"])
async def test_declared(client: httpx.AsyncClient, cast: Cast, query: str) -> None:
    """By the short way and by the long one."""
    lan = await sign_in(client, cast, "lan")
    answer = await client.post(
        f"{stays_of(cast)}{query}", json=party(guest(), room=TORN), headers=lan | fresh_key()
    )
    assert answer.status_code == 422
    (problem,) = [p for p in answer.json()["errors"] if p["code"] == RULE]
    assert "card's or passport's line" in problem["message_en"]
    assert "Hai" not in answer.text


@pytest.mark.parametrize(("method", "path"), [("POST", "/room"), ("PATCH", "")])
async def test_moved_and_amended(
    client: httpx.AsyncClient, cast: Cast, method: str, path: str
) -> None:
    lan = await sign_in(client, cast, "lan")
    declared = await client.post(stays_of(cast), json=party(), headers=lan | fresh_key())
    at = f"{stays_of(cast)}/{declared.json()['results'][0]['stay_id']}"
    answer = await client.request(method, at + path, json={"room": TORN}, headers=lan | fresh_key())
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/room", RULE)]


async def test_in_a_sheet(client: httpx.AsyncClient, cast: Cast) -> None:
    row: list[Any] = sheet_row()
    row[ROOM] = TORN
    lan = await sign_in(client, cast, "lan")
    answer = await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/imports",
        content=build_workbook([row, sheet_row()]),
        headers=lan | fresh_key(),
    )
    outcome = answer.json()
    assert (outcome["accepted"], outcome["rejected"]) == (1, 1)
    (refused,) = [each for each in outcome["rows"] if each["status"] == "refused"]
    assert RULE in {fault["rule"] for fault in refused["faults"]}
