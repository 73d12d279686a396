"""Hours that a sheet does not tell: none is invented that contradicts what it does tell."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from asm.db.base import VIETNAM
from asm.demo.cast import Cast
from asm.intake.sheets.xlsx_template import build_workbook
from tests.api.test_imports import send
from tests.intake.sheets.sheets import HEADER, sheet
from tests.workbooks import ARRIVAL, DEPARTURE, read_sheets_at_midnight, sheet_row


async def read_back(client: httpx.AsyncClient, cast: Cast, data: bytes) -> dict[str, Any]:
    sent = await send(client, cast, data)
    assert sent.status_code == 201, sent.text
    (row,) = sent.json()["rows"]
    return dict(row)


@pytest.mark.parametrize(
    "shown", ["%d/%m/%Y 00:00:00", "%Y-%m-%d 00:00:00", "%Y-%m-%dT00:00:00", "%d/%m/%Y 00:00"]
)
async def test_text_with_midnight_is_the_day_that_a_real_date_is(
    client: httpx.AsyncClient, cast: Cast, shown: str
) -> None:
    day = datetime.now(VIETNAM) - timedelta(days=1)
    row = sheet_row()
    row[ARRIVAL] = f"{day:{shown}}"
    text = await read_back(client, cast, build_workbook([row]))
    arrived = datetime.fromisoformat(text["reading"]["arrived_at"]).astimezone(VIETNAM)
    assert f"{arrived:%Y-%m-%d %H:%M}" == f"{day:%Y-%m-%d} 22:59"
    rules = {fault["rule"] for fault in text["faults"]}
    assert "cell.time.midnight" in rules
    assert "cell.time.assumed" not in rules
    same = sheet_row()
    real = [*same[:ARRIVAL], day.date(), *same[ARRIVAL + 1 :]]
    dated = await read_back(client, cast, sheet([HEADER, real]))
    for field in ("arrived_at", "due_at", "on_time"):
        assert dated["reading"][field] == text["reading"][field]


@pytest.mark.parametrize(("back", "leaves"), [(0, "00:30"), (1, "10:00"), (1, "05:00")])
async def test_an_arrival_of_a_day_lies_before_the_departure_that_is_told_for_that_day(
    client: httpx.AsyncClient,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    back: int,
    leaves: str,
) -> None:
    if back == 0:
        read_sheets_at_midnight(monkeypatch)
    day = datetime.now(VIETNAM) - timedelta(days=back)
    row = sheet_row()
    row[ARRIVAL], row[DEPARTURE] = f"{day:%d/%m/%Y}", f"{day:%d/%m/%Y} {leaves}"
    reading = (await read_back(client, cast, build_workbook([row])))["reading"]
    arrived, departs = (
        datetime.fromisoformat(reading[field]) for field in ("arrived_at", "planned_departure_at")
    )
    assert arrived.astimezone(VIETNAM).date() == day.date()
    assert departs - timedelta(days=1) < arrived < departs
