"""The official workbook through the front door: truthful counts, nothing lost, no silent no."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from asm.intake.sheets.xlsx_template import build_workbook
from tests.people import fresh_key, fresh_number, sign_in
from tests.workbooks import sheet_row


async def stays(session: AsyncSession) -> int:
    return int((await session.execute(text("SELECT count(*) FROM stay"))).scalar_one())


def url(cast: Cast) -> str:
    return f"/api/v1/facilities/{cast.hoa_sen}/imports"


async def send(client: httpx.AsyncClient, cast: Cast, data: bytes, **params: Any) -> httpx.Response:
    lan = await sign_in(client, cast, "lan")
    return await client.post(url(cast), content=data, headers=lan | fresh_key(), params=params)


async def test_a_broken_row_among_good_ones(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    data = build_workbook(
        [
            sheet_row(),
            sheet_row(document_number="00109000001"),
            sheet_row(),
        ]
    )
    answer = await send(client, cast, data)
    assert answer.status_code == 201, answer.text
    outcome = answer.json()
    assert (
        outcome["read"]
        == outcome["accepted"] + outcome["merged"] + outcome["rejected"] + (outcome["skipped"])
    )
    assert (outcome["accepted"], outcome["rejected"]) == (2, 1)
    broken = next(row for row in outcome["rows"] if row["status"] == "refused")
    fault = next(f for f in broken["faults"] if f["severity"] == "refuse")
    assert fault["column"] == "H"
    assert fault["row"] == broken["row"]
    assert fault["rule"]
    assert fault["remedy"]
    assert all(row["receipt"] for row in outcome["rows"] if row["status"] == "accepted")
    assert await stays(admin_session) == 2


async def test_the_same_file_again_is_merged(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    data = build_workbook([sheet_row(), sheet_row()])
    assert (await send(client, cast, data)).status_code == 201
    again = await send(client, cast, data)
    assert again.status_code == 200
    assert (again.json()["accepted"], again.json()["merged"]) == (0, 2)
    assert await stays(admin_session) == 2


async def test_a_dry_run_stores_nothing(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    answer = await send(client, cast, build_workbook([sheet_row()]), dry_run="true")
    assert answer.status_code == 200
    assert answer.json()["rows"][0]["status"] == "would_accept"
    assert await stays(admin_session) == 0


NOT_WORKBOOKS = {
    "a PDF": b"%PDF-1.7\n1 0 obj\n",
    "empty": b"",
    "an image": b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    "text": b"STT,Ho ten\n1,Nguyen Van Mau\n",
}


@pytest.mark.parametrize("case", NOT_WORKBOOKS)
async def test_a_file_that_is_no_workbook_is_named(
    case: str, client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    answer = await send(client, cast, NOT_WORKBOOKS[case])
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["code"] == "workbook_unreadable"
    assert problem["errors"][0]["pointer"] == "/file"
    assert problem["errors"][0]["remedy"]
    assert await stays(admin_session) == 0


async def test_a_workbook_without_guests_is_no_success(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    answer = await send(client, cast, build_workbook([]))
    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_only_bad_rows_is_no_success(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    answer = await send(client, cast, build_workbook([sheet_row(document_number="1")]))
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "nothing_accepted"
    assert problem["outcome"]["rejected"] == 1
    assert await stays(admin_session) == 0


async def test_a_strangers_file_is_not_even_read(client: httpx.AsyncClient, cast: Cast) -> None:
    hai = await sign_in(client, cast, "hai")
    answer = await client.post(url(cast), content=b"%PDF-1.7", headers=hai | fresh_key())
    assert answer.status_code == 404


async def test_reading_a_card_stores_nothing(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    lan = await sign_in(client, cast, "lan")
    text_ = f"{fresh_number()}||Nguyễn Văn Mẫu|15081990|Nam|Hà Nội|20042021"
    answer = await client.post("/api/v1/readings/card-qr", json={"text": text_}, headers=lan)
    assert answer.status_code == 200
    assert answer.json()["guest"]["full_name"] == "Nguyễn Văn Mẫu"
    assert await stays(admin_session) == 0
