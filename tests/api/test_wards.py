"""The officer of the ward sees the night; the officer of another ward sees nothing."""

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import WARD_A, WARD_B, Cast
from asm.outbox.drain import drain
from asm.worker.subscribers import HANDLERS
from tests.people import fresh_key, guest, hours_ago, party, sign_in

PATHS = ("tonight", "guests", "month", "flags")


async def declare(client: httpx.AsyncClient, cast: Cast, *guests: dict[str, object]) -> None:
    lan = await sign_in(client, cast, "lan")
    answer = await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/stays",
        # Twenty hours on, so that the night now under way is one of the stay's.
        json=party(*guests, arrived_at=hours_ago(1), planned_departure_at=hours_ago(-47)),
        headers=lan | fresh_key(),
    )
    assert answer.status_code == 201, answer.text


async def test_the_ward_sees_who_declared_and_who_did_not(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    minh = await sign_in(client, cast, "minh")
    before = (await client.get(f"/api/v1/wards/{WARD_A}/tonight", headers=minh)).json()
    assert before["guests"] == 0
    await declare(
        client,
        cast,
        guest(full_name="Phạm Văn Tối Nay"),
        guest(
            nationality="FRA", document_type=4, document_number="X1234567",
            permitted_stay_until="2099-01-01", residence_province=None, residence_country="FRA",
        ),
    )  # fmt: skip
    tonight = (await client.get(f"/api/v1/wards/{WARD_A}/tonight", headers=minh)).json()
    assert (tonight["guests"], tonight["foreigners"]) == (2, 1)
    assert tonight["facilities_active"] == 3
    assert [f["name"] for f in tonight["declared"]] == ["Khách sạn Hoa Sen"]
    assert "Nhà trọ Hải Yến" in {f["name"] for f in tonight["silent"]}
    guests = (await client.get(f"/api/v1/wards/{WARD_A}/guests", headers=minh)).json()
    assert {g["guest"]["full_name"] for g in guests["stays"]} >= {"Phạm Văn Tối Nay"}
    month = await client.get(f"/api/v1/wards/{WARD_A}/month", headers=minh)
    assert month.status_code == 200, month.text


async def test_the_other_ward_is_refused_like_an_unknown_one(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    thao = await sign_in(client, cast, "thao")
    for path in PATHS:
        theirs = await client.get(f"/api/v1/wards/{WARD_A}/{path}", headers=thao)
        unknown = await client.get(f"/api/v1/wards/99999/{path}", headers=thao)
        assert theirs.status_code == unknown.status_code == 404, path
        assert theirs.content == unknown.content
        own = await client.get(f"/api/v1/wards/{WARD_B}/{path}", headers=thao)
        assert own.status_code == 200, path


@pytest.mark.parametrize("login", ["lan", "hai", "bich", "pms", "admin"])
async def test_hosts_and_administrators_do_not_see_the_ward(
    login: str, client: httpx.AsyncClient, cast: Cast
) -> None:
    headers = await sign_in(client, cast, login)
    for path in PATHS:
        answer = await client.get(f"/api/v1/wards/{WARD_A}/{path}", headers=headers)
        assert answer.status_code == 404, path


async def test_another_facility_of_the_ward_sees_nothing_of_it(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    await declare(client, cast)
    hai = await sign_in(client, cast, "hai")
    answer = await client.get(f"/api/v1/facilities/{cast.hoa_sen}/stays", headers=hai)
    assert answer.status_code == 404
    own = await client.get(f"/api/v1/facilities/{cast.boarding_house}/stays", headers=hai)
    assert own.json()["stays"] == []


@pytest.mark.parametrize("days", [2, 398, 401, 1000])
async def test_who_has_been_there_long_is_on_every_list(
    days: int, client: httpx.AsyncClient, cast: Cast, worker_engine: AsyncEngine
) -> None:
    lan, minh = await sign_in(client, cast, "lan"), await sign_in(client, cast, "minh")
    at = f"/api/v1/facilities/{cast.hoa_sen}/stays"
    body = party(
        guest(full_name="Phạm Văn Ở Lâu"),
        arrived_at=hours_ago(24 * days),
        planned_departure_at=hours_ago(-24 * 30),
    )
    answer = await client.post(at, json=body, headers=lan | fresh_key())
    assert answer.status_code == 201, answer.text
    again = body | {"arrived_at": hours_ago(1)}
    answer = await client.post(at, json=again, headers=lan | fresh_key())
    assert answer.json()["outcome"]["results"][0]["status"] == "refused"
    tonight = (await client.get(f"/api/v1/wards/{WARD_A}/tonight", headers=minh)).json()
    assert tonight["guests"] == 1
    for path, headers in (
        (f"/api/v1/wards/{WARD_A}/guests", minh),
        (f"/api/v1/facilities/{cast.hoa_sen}/stays", lan),
    ):
        listed = (await client.get(path, headers=headers)).json()
        assert [stay["guest"]["full_name"] for stay in listed["stays"]] == ["Phạm Văn Ở Lâu"], path
    await drain(worker_engine, HANDLERS)
    month = (await client.get(f"/api/v1/wards/{WARD_A}/month", headers=minh)).json()
    assert month["guest_nights"] > 0
