"""Who and what follows a change of areas, seen by the officers before and after it."""

from datetime import date, timedelta

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, WARD_B, Cast
from asm.demo.ward_split import EAST, WEST
from tests.people import fresh_key, guest, hours_ago, party, sign_in
from tests.stays.area_changes.changing import Change, halves, new_officer
from tests.stays.incidents.test_excuses import Late, opened, settle
from tests.web.visitor import Visitor


async def test_a_door_of_nobody_follows_and_keeps_its_code(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine, day: date, change: Change
) -> None:
    minh = await sign_in(client, cast, "minh")
    issued = {}
    for ward, point in (await halves(admin_engine, day)).items():
        door = {
            "lat": point.lat,
            "lon": point.lon,
            "address_text": "27 Phố Thử",
            "source": "survey",
        }
        answer = await client.post("/api/v1/addresses", json=door, headers=minh)
        assert answer.status_code == 201, answer.text
        issued[ward] = answer.json()["code"]
    change_made = await change()
    assert change_made.addresses_moved == 2 + 3  # the three facilities' doors too
    for ward, code in issued.items():
        at = f"/api/v1/addresses/{code}"
        assert (await client.get(at, headers=minh)).status_code == 404
        record = (
            await client.get(at, headers=await new_officer(client, admin_engine, ward))
        ).json()
        assert (record["address"]["code"], record["address"]["ward_code"]) == (code, ward)
        assert [entry["what"] for entry in record["changes"]] == ["ward", "issued"]
        assert record["changes"][0]["before"] == {"ward_code": WARD_A}
        assert record["changes"][0]["after"] == {"ward_code": ward}
    assert (await change()).addresses_moved == 0


async def test_a_facility_and_its_door_never_part(
    admin_engine: AsyncEngine, cast: Cast, day: date, change: Change
) -> None:
    """The entrance was corrected across what becomes the border; the place decides."""
    points = await halves(admin_engine, day)
    at = "point = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)"
    async with one_transaction(admin_engine) as session:
        for table, key, ward in (
            ("facility", "id", WEST), ("digital_address", "facility_id", EAST)
        ):  # fmt: skip
            await session.execute(
                text(f"UPDATE {table} SET {at} WHERE {key} = :id"),
                {"lat": points[ward].lat, "lon": points[ward].lon, "id": cast.hoa_sen},
            )
    await change()
    async with one_transaction(admin_engine) as session:
        wards = await session.execute(
            text("SELECT f.ward_code, d.ward_code FROM facility f "
                 "JOIN digital_address d ON d.facility_id = f.id WHERE f.id = :id"),
            {"id": cast.hoa_sen},
        )  # fmt: skip
        assert tuple(wards.one()) == (WEST, WEST)


async def test_the_guests_of_a_past_night_are_those_of_the_ward_of_that_night(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine, day: date, change: Change
) -> None:
    lan, minh = await sign_in(client, cast, "lan"), await sign_in(client, cast, "minh")
    stays = f"/api/v1/facilities/{cast.hoa_sen}/stays"
    declaration = party(guest(full_name="Khách Qua Đêm Đó"), arrived_at=hours_ago(60))
    answer = await client.post(stays, json=declaration, headers=lan | fresh_key())
    assert answer.status_code == 201, answer.text
    eve = day - timedelta(days=1)

    async def names(ward: str, headers: dict[str, str], night: date) -> list[str]:
        at = f"/api/v1/wards/{ward}/guests"
        listed = await client.get(at, params={"night": str(night)}, headers=headers)
        assert listed.status_code == 200, listed.text
        body = listed.json()
        shown = [stay["guest"]["full_name"] for stay in body["stays"]]
        assert body["total"] == len(shown)
        return [name for name in shown if name == "Khách Qua Đêm Đó"]

    for night in (eve, day):
        assert await names(WARD_A, minh, night) == ["Khách Qua Đêm Đó"]
    await change()
    async with one_transaction(admin_engine) as session:
        ward_query = text("SELECT ward_code FROM facility WHERE id = :id")
        now = (await session.execute(ward_query, {"id": cast.hoa_sen})).scalar_one()
    new = await new_officer(client, admin_engine, now)
    assert await names(WARD_A, minh, eve) == ["Khách Qua Đêm Đó"]
    assert await names(WARD_A, minh, day) == []
    assert await names(now, new, eve) == []
    assert await names(now, new, day) == ["Khách Qua Đêm Đó"]
    # The night's list is all: the stay itself is the new ward's.
    stay = f"{stays}/{answer.json()['results'][0]['stay_id']}"
    assert (await client.get(stay, headers=minh)).status_code == 404
    assert (await client.get(stay, headers=new)).status_code == 200
    thao = await sign_in(client, cast, "thao")
    assert await names(WARD_B, thao, eve) == []


async def test_excuses_and_what_waits_for_an_officer_follow(
    client: httpx.AsyncClient,
    cast: Cast,
    admin_engine: AsyncEngine,
    api_engine: AsyncEngine,
    worker_engine: AsyncEngine,
    change: Change,
) -> None:
    raised = text(
        "INSERT INTO flag (facility_id, id, check_id, subject, severity, ward_code, evidence, "
        "dismissed_at) VALUES (:place, gen_random_uuid(), 'silence', :subject, 'medium', :ward, "
        "'{}', CASE WHEN :settled THEN now() END)"
    )
    async with one_transaction(admin_engine) as session:
        for subject, settled in (("2026-01-01", False), ("2026-01-02", True)):
            row = {"place": cast.hoa_sen, "subject": subject, "ward": WARD_A, "settled": settled}
            await session.execute(raised, row)
    before = Late(client, cast)
    await before.declared()
    number = await opened(api_engine, wards=[WARD_A])
    await settle(worker_engine)
    await change()
    # Declared after the split: the incident was where the place was then.
    after = Late(client, cast)
    await after.declared()
    await settle(worker_engine)
    assert await after.seen() == (False, number)
    async with one_transaction(admin_engine) as session:
        wards = await session.execute(
            text("SELECT subject, ward_code FROM flag WHERE check_id = 'silence' "
                 "AND facility_id = :id ORDER BY subject"),
            {"id": cast.hoa_sen},
        )  # fmt: skip
        flags = {row.subject: row.ward_code for row in wards}
        excuses = await session.execute(
            text("SELECT DISTINCT ward_code FROM stay_excuse WHERE facility_id = :id"),
            {"id": cast.hoa_sen},
        )
        ward_query = text("SELECT ward_code FROM facility WHERE id = :id")
        now = (await session.execute(ward_query, {"id": cast.hoa_sen})).scalar_one()
        assert flags == {"2026-01-01": now, "2026-01-02": WARD_A}
        assert list(excuses.scalars()) == [now]


async def test_a_flag_may_speak_of_a_ward_that_is_no_more(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine, change: Change
) -> None:
    await change()
    async with one_transaction(admin_engine) as session:
        flag_ids = await session.execute(
            text("INSERT INTO flag (facility_id, id, check_id, subject, severity, ward_code, "
                 "evidence) SELECT id, gen_random_uuid(), 'document-with-other-names', 'a', "
                 "'high', ward_code, jsonb_build_object('other_ward_code', CAST(:gone AS text)) "
                 "FROM facility WHERE ward_code = :ward LIMIT 1 RETURNING id"),
            {"ward": WARD_B, "gone": WARD_A},
        )  # fmt: skip
        flag = flag_ids.scalar_one()
    visitor = Visitor(client)
    await visitor.sign_in(cast, "thao")
    await visitor.open(f"/ward/flags/{flag}")
    assert "Phường Hoàn Kiếm, Thành phố Hà Nội" in visitor.html
