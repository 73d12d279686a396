"""Two rows of one person that begin on one day without an hour: neither becomes the other."""

from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import VIETNAM
from asm.demo.cast import Cast
from asm.intake.sheets.xlsx_template import build_workbook
from tests.api.test_imports import send, stays
from tests.people import fresh_number
from tests.workbooks import ARRIVAL, DEPARTURE, ROOM, sheet_row


def visits(*times: tuple[str, str], rooms: tuple[str, str] = ("101", "101")) -> list[list[str]]:
    """Rows of one guest, from a shown time to another."""
    first = sheet_row(document_number=fresh_number())
    rows = [list(first) for _ in times]
    for row, (arrives, leaves), room in zip(rows, times, rooms, strict=True):
        row[ARRIVAL], row[DEPARTURE], row[ROOM] = arrives, leaves, room
    return rows


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_day_visit_and_a_night_from_that_day_need_their_hours(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession, *, backwards: bool
) -> None:
    day = datetime.now(VIETNAM) - timedelta(days=1)
    shown, next_day = f"{day:%d/%m/%Y}", f"{day + timedelta(days=1):%d/%m/%Y}"
    rows = visits((shown, shown), (shown, next_day))
    if backwards:
        rows.reverse()
    answer = await send(client, cast, build_workbook(rows))
    assert answer.status_code == 422
    for row in answer.json()["outcome"]["rows"]:
        (fault,) = [f for f in row["faults"] if f["severity"] == "refuse"]
        assert (fault["rule"], fault["column"]) == ("party.same_day", "N")
        assert "giờ đến và giờ đi" in fault["remedy"]
    assert await stays(admin_session) == 0
    with_hours = [list(row) for row in rows]
    for row in with_hours:
        overnight = row[DEPARTURE] == next_day
        row[ARRIVAL] += " 22:00" if overnight else " 09:00"
        row[DEPARTURE] += " 11:00"
    sent = await send(client, cast, build_workbook(with_hours))
    assert sent.json()["accepted"] == 2, sent.text
    assert await stays(admin_session) == 2


@pytest.mark.parametrize(
    ("rooms", "rule"),
    [(("101", "102"), {"party.same_day"}), (("101", "101"), {"party.duplicate"})],
)
async def test_another_room_is_a_question_and_the_same_row_again_a_duplicate(
    client: httpx.AsyncClient,
    cast: Cast,
    admin_session: AsyncSession,
    rooms: tuple[str, str],
    rule: set[str],
) -> None:
    day = datetime.now(VIETNAM) - timedelta(days=1)
    shown, leaves = f"{day:%d/%m/%Y}", f"{day + timedelta(days=2):%d/%m/%Y}"
    answer = await send(
        client, cast, build_workbook(visits((shown, leaves), (shown, leaves), rooms=rooms))
    )
    body = answer.json()
    faults = [f for row in body.get("outcome", body)["rows"] for f in row["faults"]]
    assert {f["rule"] for f in faults if f["severity"] == "refuse"} == rule
    assert await stays(admin_session) == (0 if rule == {"party.same_day"} else 1)
