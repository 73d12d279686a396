"""What a sheet cannot say by itself: which day a date is, and that a guest has no papers."""

from datetime import date, datetime, timedelta

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import VIETNAM
from asm.demo.cast import Cast
from asm.intake.sheets.xlsx_template import build_workbook
from tests.api.test_imports import send, stays
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
    assert await stays(admin_session) == 1
