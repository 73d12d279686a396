"""The official workbook through the front door: truthful counts, nothing lost, no silent no."""

import io
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from asm.intake.sheets.xlsx_template import build_workbook
from asm.stays.rules.catalogues import DOCUMENT_TYPES, REASONS, RESIDENCE_KINDS
from tests.intake.sheets.sheets import HEADER, sheet
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


def numbered(number: int) -> bytes:
    """A workbook whose document number is a number, as Excel makes it."""
    row: list[Any] = list(sheet_row())
    row[7] = number
    return sheet([["x"], HEADER, row])


async def test_a_dry_run_tells_name_value_and_fix_and_the_answer_is_sent_along(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    data = numbered(79_301_000_025)
    looked = await send(client, cast, data, dry_run="true")
    assert looked.status_code == 422
    (row,) = looked.json()["outcome"]["rows"]
    assert row["name"] == sheet_row()[1]
    fault = next(f for f in row["faults"] if f["severity"] == "refuse")
    assert (fault["rule"], fault["column"]) == ("cell.number.lost_zeros", "H")
    assert (fault["value"], fault["fix"]) == ("79301000025", "079301000025")
    assert "79301000025" not in str(looked.json()["errors"])
    sent = await send(client, cast, data, accept_fixes=f"H{fault['row']}")
    assert sent.status_code == 201, sent.text
    assert await stays(admin_session) == 1
    again = await send(client, cast, data, accept_fixes="all")
    assert (again.json()["accepted"], again.json()["merged"]) == (0, 1)
    assert await stays(admin_session) == 1


async def test_one_key_is_one_file_with_one_answer(client: httpx.AsyncClient, cast: Cast) -> None:
    headers = await sign_in(client, cast, "lan") | fresh_key()
    data = build_workbook([sheet_row(), sheet_row()])
    first = await client.post(url(cast), content=data, headers=headers)
    replay = await client.post(url(cast), content=data, headers=headers)
    assert replay.json()["replayed"] is True
    assert [r["receipt"] for r in replay.json()["rows"]] == [
        r["receipt"] for r in first.json()["rows"]
    ]
    other = await client.post(
        url(cast), content=data, headers=headers, params={"birth_order": "month_first"}
    )
    assert other.status_code == 422
    assert other.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("cells", ["H", "5H", "all;", "H5 H6", "h5", "H5,,x"])
async def test_cells_that_are_none_are_refused(
    client: httpx.AsyncClient, cast: Cast, cells: str
) -> None:
    answer = await send(client, cast, build_workbook([sheet_row()]), accept_fixes=cells)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/accept_fixes", "accept_fixes_malformed")
    assert error["remedy"]


async def test_notes_are_grouped_and_skipped_rows_have_a_reason(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    rows: list[list[str]] = []
    for _ in range(30):
        row = sheet_row()
        row[4] = ""
        rows.append(row)
    rows.append(["", "Tổng cộng: 30"])
    outcome = (await send(client, cast, build_workbook(rows), dry_run="true")).json()
    (note,) = [n for n in outcome["notes"] if n["rule"] == "cell.nationality.assumed"]
    assert (note["count"], note["column"], note["rows"][0]) == (30, "E", 5)
    assert len(note["rows"]) == 20
    assert [(s["row"], s["reason"]) for s in outcome["skipped_rows"]] == [
        (3, "hint"),
        (4, "example"),
        (35, "total"),
    ]
    assert (outcome["accepted"], outcome["rejected"], outcome["skipped"]) == (30, 0, 3)


async def mark(client: httpx.AsyncClient, cast: Cast, data: bytes, **params: Any) -> httpx.Response:
    lan = await sign_in(client, cast, "lan")
    return await client.post(f"{url(cast)}/marked", content=data, headers=lan, params=params)


async def test_the_marked_workbook_is_corrected_and_sent_again(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    bad = sheet_row(document_number="00109000001")
    marked = await mark(client, cast, build_workbook([sheet_row(), bad]))
    assert marked.status_code == 200, marked.text
    assert marked.headers["content-type"].startswith("application/vnd.openxmlformats")
    grid = CalamineWorkbook.from_filelike(io.BytesIO(marked.content)).get_sheet_by_index(0)
    lines = grid.to_python(skip_empty_area=False)
    assert lines[1][19] == "Lỗi"
    assert lines[4][19] == ""
    assert str(lines[5][19]).startswith("H6: ")
    assert "Bỏ qua" in str(lines[3][19])
    assert await stays(admin_session) == 0
    english = await mark(client, cast, marked.content, language="en")
    again = CalamineWorkbook.from_filelike(io.BytesIO(english.content)).get_sheet_by_index(0)
    assert "Skipped" in str(again.to_python(skip_empty_area=False)[3][19])
    fixed = [[str(cell) for cell in line] for line in lines]
    fixed[5][7] = fresh_number()
    sent = await send(client, cast, sheet(fixed))
    assert sent.status_code == 201, sent.text
    assert (sent.json()["accepted"], sent.json()["rejected"]) == (2, 0)
    assert await stays(admin_session) == 2


async def test_marking_writes_accepted_fixes_and_keeps_kinds(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    data = numbered(79_301_000_025)
    unchanged = await mark(client, cast, data)
    still = (await send(client, cast, unchanged.content, dry_run="true")).json()["outcome"]
    assert still["rows"][0]["faults"][0]["fix"] == "079301000025"
    written = await mark(client, cast, data, accept_fixes="all")
    assert (await send(client, cast, written.content)).status_code == 201
    assert await stays(admin_session) == 1


async def test_a_stranger_gets_nothing_marked(client: httpx.AsyncClient, cast: Cast) -> None:
    hai = await sign_in(client, cast, "hai")
    answer = await client.post(f"{url(cast)}/marked", content=b"%PDF-1.7", headers=hai)
    assert answer.status_code == 404
    own = await mark(client, cast, b"%PDF-1.7")
    assert (own.status_code, own.json()["code"]) == (422, "workbook_unreadable")


LISTED = {
    "D": ["M - Nam", "F - Nữ"],
    "F": [f"{item.code} - {item.label}" for item in DOCUMENT_TYPES.values()],
    "J": [f"{item.code} - {item.label}" for item in RESIDENCE_KINDS.values()],
    "Q": [f"{item.code} - {item.label}" for item in REASONS.values()],
}


@pytest.mark.parametrize("letter", LISTED)
async def test_every_value_of_the_forms_lists_is_taken(
    client: httpx.AsyncClient, cast: Cast, letter: str
) -> None:
    rows = []
    for value in LISTED[letter]:
        row = sheet_row()
        if letter == "F" and value[0] not in "128":
            row[7] = "C" + fresh_number()[-7:]
        row["ABCDEFGHIJKLMNOPQRS".index(letter)] = value
        row[6], row[17] = "Giấy xác nhận", "Dự đám cưới"
        rows.append(row)
    outcome = (await send(client, cast, build_workbook(rows), dry_run="true")).json()
    assert outcome.get("accepted") == len(rows), outcome
