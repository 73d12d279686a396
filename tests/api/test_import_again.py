"""The same spreadsheet again, later: days without an hour are told by day, and nobody doubles."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import VIETNAM
from asm.demo.cast import Cast
from asm.intake.sheets.xlsx_template import build_workbook
from tests.api.hotel import Hotel, rules_of
from tests.people import fresh_key, fresh_number, guest, party, sign_in
from tests.workbooks import (
    ARRIVAL,
    BIRTH,
    DEPARTURE,
    ROOM,
    day_row,
    read_sheets_at_midnight,
    read_sheets_earlier,
    sheet_row,
)


@pytest.fixture
async def lan(client: httpx.AsyncClient, cast: Cast) -> dict[str, str]:
    return await sign_in(client, cast, "lan")


class Sheets:
    """Lan's files."""

    def __init__(self, client: httpx.AsyncClient, cast: Cast, lan: dict[str, str]) -> None:
        self.client, self.lan = client, lan
        self.url = f"/api/v1/facilities/{cast.hoa_sen}/imports"

    async def send(self, *rows: list[str]) -> list[dict[str, Any]]:
        """What became of each row, under a new key."""
        answer = await self.client.post(
            self.url, content=build_workbook(list(rows)), headers=self.lan | fresh_key()
        )
        outcome = answer.json()
        return list((outcome if answer.is_success else outcome["outcome"])["rows"])


@pytest.fixture
def sheets(client: httpx.AsyncClient, cast: Cast, lan: dict[str, str]) -> Sheets:
    return Sheets(client, cast, lan)


def statuses(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter(row["status"] for row in rows)


def ruled(row: dict[str, Any]) -> set[str]:
    return set(rules_of({"problems": row["faults"]}))


async def stays(session: AsyncSession) -> int:
    return int((await session.execute(text("SELECT count(*) FROM stay"))).scalar_one())


def child(**changes: Any) -> list[str]:
    """Without a number, and of whom the year of birth alone is known."""
    row = day_row(full_name="Nguyễn Thị Bé", birth_date="2019-01-01", sex="female", **changes)
    row[2], row[5], row[7] = "2019", "", ""
    return row


async def test_a_file_with_days_alone_is_sent_again_later(
    sheets: Sheets,
    lan: dict[str, str],
    client: httpx.AsyncClient,
    cast: Cast,
    admin_session: AsyncSession,
) -> None:
    leaver, keeper, little = day_row(), day_row(), child()
    with pytest.MonkeyPatch.context() as patch:
        read_sheets_at_midnight(patch)
        first = await sheets.send(leaver, keeper, little)
    assert statuses(first) == {"accepted": 3}
    again = await sheets.send(leaver, keeper, little)
    assert statuses(again) == {"merged": 3}
    assert [row["receipt"] for row in again] == [row["receipt"] for row in first]
    hotel = Hotel(client, cast, lan)
    gone = await hotel.change(first[0]["stay_id"], "departure")
    assert gone.status_code == 200, gone.text
    third = await sheets.send(leaver, keeper, little, day_row())
    assert statuses(third) == {"merged": 3, "accepted": 1}
    assert third[0]["stay_id"] == first[0]["stay_id"]
    assert await stays(admin_session) == 4


async def test_another_room_in_a_file_sent_again_moves_the_guest(
    sheets: Sheets, admin_session: AsyncSession
) -> None:
    row = day_row()
    with pytest.MonkeyPatch.context() as patch:
        read_sheets_at_midnight(patch)
        await sheets.send(row)
    row[ROOM] = "102"
    (moved,) = await sheets.send(row)
    assert moved["status"] == "changed"
    assert ruled(moved) >= {"stay.same_arrival_changed"}
    assert await stays(admin_session) == 1


async def test_two_of_one_name_and_year_stay_two(
    sheets: Sheets, admin_session: AsyncSession
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        read_sheets_at_midnight(patch)
        await sheets.send(child())
    other = child()
    other[ROOM] = "102"
    (second,) = await sheets.send(other)
    assert second["status"] == "accepted"
    assert "stay.namesake" in ruled(second)
    assert await stays(admin_session) == 2


async def test_a_told_hour_still_counts(sheets: Sheets) -> None:
    row = sheet_row()
    await sheets.send(row)
    row[ARRIVAL] = row[ARRIVAL][:-5] + ("00:01" if not row[ARRIVAL].endswith("00:01") else "00:02")
    (again,) = await sheets.send(row)
    assert again["status"] == "refused"
    assert "stay.same_arrival_differs" in ruled(again)


def booking(number: str, comes: tuple[int, str], leaves: int, room: str = "101") -> list[str]:
    """Of days from today on; the departure has no hour."""
    row = sheet_row(document_number=number)
    today = datetime.now(VIETNAM).date()
    row[ARRIVAL] = f"{today + timedelta(days=comes[0]):%d/%m/%Y} {comes[1]}".strip()
    row[DEPARTURE] = f"{today + timedelta(days=leaves):%d/%m/%Y}"
    row[ROOM] = room
    return row


@pytest.mark.parametrize("hour", ["14:00", "12:00", ""])
@pytest.mark.parametrize("together", [True, False])
async def test_the_next_booking_begins_on_the_day_the_last_one_ends(
    sheets: Sheets, admin_session: AsyncSession, hour: str, *, together: bool
) -> None:
    number = fresh_number()
    rows = [booking(number, (-1, "14:00"), 0), booking(number, (0, hour), 1, "102")]
    files = [rows] if together else [[row] for row in rows]
    results = [result for file in files for result in await sheets.send(*file)]
    assert [result["status"] for result in results] == ["accepted", "accepted"]
    again = await sheets.send(*rows)
    assert [result["status"] for result in again] == ["merged", "merged"]
    assert [r["stay_id"] for r in again] == [r["stay_id"] for r in results]
    assert await stays(admin_session) == 2


async def test_who_leaves_on_the_day_of_arrival_is_there_to_its_end(sheets: Sheets) -> None:
    (result,) = await sheets.send(booking(fresh_number(), (0, "14:00"), 0))
    assert result["status"] == "accepted"


async def test_the_day_planned_already_is_no_change(
    sheets: Sheets, client: httpx.AsyncClient, cast: Cast, lan: dict[str, str]
) -> None:
    number = fresh_number()
    row = booking(number, (-1, "14:00"), 2)
    leaves = datetime.now(VIETNAM).replace(hour=18, minute=0) + timedelta(days=2)
    arrives = datetime.now(VIETNAM).replace(hour=14, minute=0) - timedelta(days=1)
    hotel = Hotel(client, cast, lan)
    first = await hotel.declare_one(
        party(
            guest(document_number=number),
            arrived_at=arrives.isoformat(),
            planned_departure_at=leaves.isoformat(),
            reason=1,
        )
    )
    (same,) = await sheets.send(row)
    assert (same["status"], same["stay_id"]) == ("merged", first["stay_id"])
    (longer,) = await sheets.send(booking(number, (-1, "14:00"), 3))
    assert longer["status"] == "changed"


async def test_sent_again_much_later_it_is_read_as_when_it_was_taken(
    sheets: Sheets, admin_session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By then a row could be read that could not: the answer is about the others."""
    now = datetime.now(VIETNAM)
    born_this_year = day_row()
    born_this_year[BIRTH] = str(now.year)
    sending: dict[str, Any] = {
        "content": build_workbook([day_row(), born_this_year]),
        "params": {"birth_order": "day_first", "stay_order": "day_first"},
        "headers": sheets.lan | fresh_key(),
    }
    with monkeypatch.context() as patch:
        read_sheets_earlier(patch, timedelta(days=366))
        first = await sheets.client.post(sheets.url, **sending)
    assert first.status_code == 201, first.text
    assert [row["status"] for row in first.json()["rows"]] == ["accepted", "refused"]
    await admin_session.execute(
        text("UPDATE idempotency SET created_at = created_at - interval '366 days'")
    )
    await admin_session.commit()
    again = await sheets.client.post(sheets.url, **sending)
    assert (again.status_code, again.json().get("replayed")) == (200, True), again.text
    assert again.json()["rows"] == first.json()["rows"]
