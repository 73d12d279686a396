"""What a phone reads of what others did meanwhile."""

import base64
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from asm.stays.feed.position import Position
from tests.api.hotel import Hotel
from tests.people import guest, hours_ago, party, sign_in


class Reader:
    """A phone that keeps what it read."""

    def __init__(self, hotel: Hotel, limit: int = 100) -> None:
        self.hotel, self.limit = hotel, limit
        self.since: str | None = None
        self.stays: dict[str, dict[str, Any]] = {}
        self.gone: set[str] = set()

    async def page(self, **params: Any) -> httpx.Response:
        given = {"limit": self.limit, "since": self.since, **params}
        return await self.hotel.client.get(
            f"{self.hotel.stays}/changes",
            params={name: value for name, value in given.items() if value is not None},
            headers=self.hotel.lan,
        )

    async def read(self) -> list[str]:
        """Read on to the end; the ids that came, in order."""
        came: list[str] = []
        more = True
        while more:
            answer = await self.page()
            assert answer.status_code == 200, answer.text
            page = answer.json()
            for change in page["changes"]:
                came.append(change["stay_id"])
                if change["gone"]:
                    self.gone.add(change["stay_id"])
                else:
                    self.stays[change["stay_id"]] = change["stay"]
            self.since, more = page["next"], page["more"]
        return came


@pytest.fixture
async def hotel(client: httpx.AsyncClient, cast: Cast) -> Hotel:
    return Hotel(client, cast, await sign_in(client, cast, "lan"))


async def test_every_deed_is_read_once(hotel: Hotel) -> None:
    reader = Reader(hotel)
    stay = (await hotel.declare_one(party(arrived_at=hours_ago(4))))["stay_id"]
    assert stay in await reader.read()
    assert await reader.read() == []
    deeds: list[tuple[str, dict[str, Any]]] = [
        ("extension", {"planned_departure_at": hours_ago(-50)}),
        ("room", {"room": "412"}),
        ("departure", {"departed_at": hours_ago(1)}),
        ("undo-departure", {}),
        ("void", {"reason": "Khai nhầm"}),
    ]
    for version, (word, body) in enumerate(deeds, start=2):
        assert (await hotel.change(stay, word, **body)).status_code == 200
        assert await reader.read() == [stay]
        assert reader.stays[stay]["version"] == version
    assert reader.stays[stay]["void_reason"] == "Khai nhầm"


async def test_page_by_page_it_is_the_same(hotel: Hotel) -> None:
    for _ in range(3):
        await hotel.declare(party(guest(), guest(), guest()))
    whole, small = Reader(hotel), Reader(hotel, limit=2)
    assert await whole.read() == await small.read()
    for _ in range(2):
        await hotel.declare(party(guest(), guest(), guest()))
    assert sorted(await whole.read()) == sorted(await small.read())
    assert whole.stays == small.stays


async def test_what_commits_late_is_not_skipped(hotel: Hotel, admin_session: AsyncSession) -> None:
    """One transaction begins before another and commits after it."""
    first, second = [(await hotel.declare_one(party()))["stay_id"] for _ in range(2)]
    reader = Reader(hotel)
    await reader.read()
    await admin_session.execute(
        text(
            "INSERT INTO stay_version (facility_id, stay_id, version, ward_code, change,"
            " changed_at, changed_by, via, guest_record_id, content, salt, receipt)"
            " SELECT facility_id, stay_id, 2, ward_code, 'amended', clock_timestamp(), changed_by,"
            " via, guest_record_id, content, salt, receipt FROM stay_version"
            " WHERE stay_id = :stay AND version = 1"
        ),
        {"stay": first},
    )
    assert (await hotel.change(second, "room", room="207")).status_code == 200
    # The later one has committed; to read past the earlier one would be to lose it.
    before = await reader.read()
    await admin_session.execute(
        text("UPDATE stay SET version = 2 WHERE id = :stay"), {"stay": first}
    )
    await admin_session.commit()
    assert before == []
    assert sorted(await reader.read()) == sorted([first, second])
    assert reader.stays[first]["version"] == 2


async def test_what_is_removed_leaves_its_id(hotel: Hotel, admin_session: AsyncSession) -> None:
    stay = (await hotel.declare_one(party()))["stay_id"]
    reader = Reader(hotel)
    await reader.read()
    for table in ("stay_version", "stay"):
        column = "id" if table == "stay" else "stay_id"
        await admin_session.execute(
            text(f"DELETE FROM {table} WHERE {column} = :stay"), {"stay": stay}
        )
    await admin_session.commit()
    assert await reader.read() == [stay]
    assert reader.gone == {stay}


async def test_another_day_of_arrival_is_no_end(hotel: Hotel) -> None:
    """It moves to another partition, which deletes a row there."""
    stay = (await hotel.declare_one(party(arrived_at=hours_ago(2))))["stay_id"]
    reader = Reader(hotel)
    await reader.read()
    await hotel.amend(stay, arrived_at=hours_ago(24 * 32), planned_departure_at=hours_ago(-30))
    assert set(await reader.read()) == {stay}
    assert reader.gone == set()


@pytest.mark.parametrize("since", ["", "x", "AAAA", "é", "a" * 299])
async def test_a_position_of_nobody(hotel: Hotel, since: str) -> None:
    answer = await Reader(hotel).page(since=since)
    assert (answer.status_code, answer.json()["code"]) == (422, "changes_since")


async def test_of_another_facility(hotel: Hotel, client: httpx.AsyncClient, cast: Cast) -> None:
    reader = Reader(hotel)
    await reader.read()
    hai = await sign_in(client, cast, "hai")
    own = f"/api/v1/facilities/{cast.boarding_house}/stays/changes"
    foreign = await client.get(own, params={"since": reader.since}, headers=hai)
    assert (foreign.status_code, foreign.json()["code"]) == (422, "changes_since")
    for login, status in (("hai", 404), ("thao", 404), ("minh", 403)):
        answer = await client.get(
            f"{hotel.stays}/changes", headers=await sign_in(client, cast, login)
        )
        assert answer.status_code == status, login


async def test_too_long_ago_or_another_database(hotel: Hotel) -> None:
    reader = Reader(hotel)
    await reader.read()
    assert reader.since is not None
    raw = base64.urlsafe_b64decode(reader.since + "=" * (-len(reader.since) % 4))
    given = msgspec.msgpack.decode(raw, type=Position)
    for other in (
        msgspec.structs.replace(given, given_on=given.given_on - timedelta(days=61)),
        msgspec.structs.replace(given, epoch="1.1"),
    ):
        answer = await reader.page(since=other.text())
        assert (answer.status_code, answer.json()["code"]) == (410, "changes_expired")
    allowed = msgspec.structs.replace(given, given_on=given.given_on - timedelta(days=60))
    assert (await reader.page(since=allowed.text())).status_code == 200
