"""What a sheet cannot say by itself: which day a date is, and that a guest has no papers."""

import io
from datetime import date, datetime, timedelta

import httpx
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import VIETNAM
from asm.demo.cast import Cast
from asm.intake.sheets.xlsx_template import build_workbook
from tests.api.test_imports import mark, send, stays
from tests.intake.sheets.sheets import HEADER, sheet
from tests.workbooks import sheet_row


async def test_a_real_date_beside_text_in_us_order_is_asked_and_answered(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    """A Vietnamese Excel leaves `11/30/2026` as text and makes 1 February of `01/02/2027`."""
    days = [datetime.now(VIETNAM) - timedelta(days=back) for back in range(1, 32)]
    arrived = next(day for day in days if day.day > 12)
    first, second = sheet_row(), sheet_row()
    first[13] = second[13] = f"{arrived:%m/%d/%Y} 14:00"
    real = date(arrived.year + 1, 2, 1)
    data = sheet([HEADER, [*first[:14], real, *first[15:]], second])
    looked = await send(client, cast, data, dry_run="true")
    row = looked.json()["rows"][0]
    assert row["status"] == "refused"
    fault = next(f for f in row["faults"] if f["severity"] == "refuse")
    assert (fault["rule"], fault["column"]) == ("cell.date.ambiguous", "O")
    assert fault["readings"] == [f"{real}", f"{real:%Y-%d-%m}"]
    for order in ("month_first", "text_month_first", "day_first"):
        answered = await send(client, cast, data, dry_run="true", stay_order=order)
        assert answered.json()["rows"][0]["status"] == "would_accept"


async def test_vietnamese_typing_in_a_program_that_reads_month_first_is_asked_and_answered(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    days = [datetime.now(VIETNAM) - timedelta(days=back) for back in range(1, 32)]
    arrived = next(day for day in days if day.day > 12)
    row, real = sheet_row(), date(arrived.year + 1, 2, 1)
    row[13] = f"{arrived:%d/%m/%Y} 14:00"
    data = sheet([HEADER, [*row[:14], real, *row[15:]]])
    looked = await send(client, cast, data)
    (refused,) = looked.json()["outcome"]["rows"]
    fault = next(f for f in refused["faults"] if f["severity"] == "refuse")
    assert (fault["rule"], fault["column"]) == ("cell.date.ambiguous", "O")
    assert fault["readings"] == [f"{real}", f"{real:%Y-%d-%m}"]
    assert await stays(admin_session) == 0
    sent = await send(client, cast, data, stay_order="day_first_exchanged")
    assert sent.status_code == 201, sent.text
    (row_sent,) = sent.json()["rows"]
    assert row_sent["reading"]["planned_departure_at"].startswith(f"{real:%Y-%d-%m}")
    assert "cell.date.exchanged" in {note["rule"] for note in sent.json()["notes"]}


@pytest.mark.parametrize(
    ("order", "shown"), [("day_first", "%Y-%m-%d"), ("day_first_exchanged", "%Y-%d-%m")]
)
async def test_the_marked_workbook_holds_the_day_that_was_answered(
    client: httpx.AsyncClient, cast: Cast, order: str, shown: str
) -> None:
    text_row, row, born = sheet_row(), sheet_row(), date(1990, 3, 4)
    text_row[2] = "25/12/1990"
    data = sheet([HEADER, text_row, [*row[:2], born, *row[3:]]])
    marked = await mark(client, cast, data, birth_order=order)
    assert marked.status_code == 200, marked.text
    page = CalamineWorkbook.from_filelike(io.BytesIO(marked.content)).get_sheet_by_index(0)
    line = page.to_python(skip_empty_area=False)[2]
    day = f"{born:{shown}}"
    assert line[2] == day
    assert f"[{day}]" in str(line[19])
    assert (await send(client, cast, marked.content)).status_code == 201


@pytest.mark.parametrize("said", ["Không có giấy tờ", "không có giấy tờ", "None", "No papers"])
async def test_an_adult_without_papers_can_be_imported(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession, said: str
) -> None:
    row = sheet_row()
    row[5] = row[7] = ""
    refused = await send(client, cast, build_workbook([row]))
    fault = next(
        f for f in refused.json()["outcome"]["rows"][0]["faults"] if f["severity"] == "refuse"
    )
    assert (fault["rule"], fault["column"]) == ("cell.document.missing", "H")
    assert "“Không có giấy tờ” ở cột F" in fault["remedy"]
    row[5] = said
    sent = await send(client, cast, build_workbook([row]))
    assert sent.status_code == 201, sent.text
    assert "document.no_papers" in {f["rule"] for f in sent.json()["rows"][0]["faults"]}
    row[7] = "012345678901"
    contradiction = await send(client, cast, build_workbook([row]))
    assert contradiction.status_code == 422
    faults = contradiction.json()["outcome"]["rows"][0]["faults"]
    refusing = [(f["rule"], f["column"], f["value"]) for f in faults if f["severity"] == "refuse"]
    assert refusing == [
        ("cell.no_papers.contradiction", "F", said),
        ("cell.no_papers.contradiction", "H", row[7]),
    ]
    assert [f["column"] for f in faults if f["rule"] == "document.no_papers"] == ["F"]
    assert await stays(admin_session) == 1


@pytest.mark.parametrize("number", ["Không có", "ko", "-", "None", "không có giấy tờ"])
async def test_a_number_that_says_there_is_none_is_none(
    client: httpx.AsyncClient, cast: Cast, number: str
) -> None:
    row = sheet_row()
    row[5], row[7] = "Không có giấy tờ", number
    sent = await send(client, cast, build_workbook([row]))
    assert sent.status_code == 201, sent.text
    row[5] = "1 - Thẻ CCCD"
    refused = await send(client, cast, build_workbook([row]))
    faults = refused.json()["outcome"]["rows"][0]["faults"]
    assert "cell.document.missing" in {f["rule"] for f in faults if f["severity"] == "refuse"}


@pytest.mark.parametrize("cells", ["H4", "H3,H9", "H3,P3"])
async def test_a_fix_that_is_not_offered_is_refused_by_name(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession, cells: str
) -> None:
    row = list(sheet_row())
    data = sheet([["x"], HEADER, [*row[:7], 79_301_000_025, *row[8:]], sheet_row()])
    for params in ({}, {"dry_run": "true"}):
        answer = await send(client, cast, data, accept_fixes=cells, **params)
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/accept_fixes", "accept_fixes_unknown")
        assert cells.removeprefix("H3,") in error["message"]
        assert "H3" not in error["message"]
    assert await stays(admin_session) == 0
    assert (await send(client, cast, data, accept_fixes="H3")).status_code == 201
