"""What officers see on their pages after a merger: no more by itself than was theirs."""

import json
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.create import account_id_of
from asm.db.session import make_sessions, one_transaction
from asm.demo.cast import WARD_A, WARD_B, Cast
from asm.facilities.check_wards import check_wards
from tests.people import fresh_key, guest, hours_ago, party, sign_in
from tests.stays.area_changes.changing import record
from tests.web.visitor import Visitor


@pytest.fixture
async def merged(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine, day: date, tmp_path: Path
) -> date:
    """Minh's ward became part of Thảo's yesterday, with a guest of Lan's who stays on. The last
    night of Minh's ward.
    """
    lan = await sign_in(client, cast, "lan")
    declaration = party(guest(full_name="Khách Ở Lại"), arrived_at=hours_ago(60))
    answer = await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/stays", json=declaration, headers=lan | fresh_key()
    )
    assert answer.status_code == 201, answer.text
    said = await client.post(
        f"/api/v1/facilities/{cast.boarding_house}/quiet-nights",
        json={},
        headers=await sign_in(client, cast, "hai"),
    )
    assert said.status_code == 200, said.text
    async with make_sessions(admin_engine)() as session:
        both = await session.execute(
            text("SELECT ST_AsGeoJSON(ST_Multi(ST_Union(boundary)), 15) FROM ward "
                 "WHERE code IN (:a, :b)"),
            {"a": WARD_A, "b": WARD_B},
        )  # fmt: skip
        whole = json.loads(both.scalar_one())
    after = {"code": WARD_B, "name": "Phường Ba Đình", "kind": "phuong", "province_code": "01"}
    event = {
        "kind": "merged", "happened_on": str(day), "title": "Ví dụ bịa", "source": "Ví dụ bịa",
        "ended": [WARD_A], "wards": [after | {"geometry": whole}],
    }  # fmt: skip
    await record(admin_engine, tmp_path, event)
    return day - timedelta(days=1)


async def as_(visitor: Visitor, cast: Cast, login: str) -> Visitor:
    visitor.client.cookies.clear()
    await visitor.sign_in(cast, login)
    return visitor


async def test_the_officer_of_the_ward_that_ended_sees_where_it_went_and_its_own_nights(
    visitor: Visitor, cast: Cast, merged: date
) -> None:
    await as_(visitor, cast, "minh")
    heading = " ".join(visitor.html.partition("<h1>")[2].partition("</h1>")[0].split())
    first_day = merged + timedelta(days=1)
    assert heading == f"Phường Hoàn Kiếm đã nhập vào Phường Ba Đình từ {first_day:%d/%m/%Y}."
    assert "Nhờ cấp tỉnh giao địa bàn mới" in visitor.html
    await visitor.open("/ward/guests")  # the last night of the ward
    assert "Khách Ở Lại" in visitor.html
    await visitor.open(f"/ward/guests?night={merged}")
    assert "Khách Ở Lại" in visitor.html
    for path in ("/ward", "/ward/guests", "/ward/map"):
        await visitor.open(f"{path}?night={first_day}", status=422)
        assert "Khách Ở Lại" not in visitor.html
    await visitor.open("/ward/map")
    await visitor.open("/ward/patrol")


async def test_the_officer_of_the_successor_sees_earlier_nights_only_when_given_the_ward(
    visitor: Visitor, cast: Cast, merged: date, admin_session: AsyncSession
) -> None:
    await as_(visitor, cast, "thao")
    # Said before the event was recorded, for a night of after: it is hers to know.
    assert "Nhà trọ Hải Yến" in visitor.html.partition("Vừa ghi")[2]
    await visitor.open("/ward/guests")
    assert "Khách Ở Lại" in visitor.html
    await visitor.open(f"/ward/guests?night={merged}")
    assert "Khách Ở Lại" not in visitor.html
    thao = await account_id_of(admin_session, "thao")
    await as_(visitor, cast, "quang")
    await visitor.open(f"/officers/{thao}/wards")
    assert "Phường Hoàn Kiếm (không còn từ" in visitor.html
    await visitor.send(f"/officers/{thao}/wards", ward_code=WARD_A)
    await as_(visitor, cast, "thao")
    await visitor.open(f"/ward/guests?night={merged}")
    assert "Khách Ở Lại" not in visitor.html
    await visitor.open("/ward/wards")
    assert "Chỉ xem được các đêm trước ngày đó." in visitor.html
    await visitor.send("/ward/wards", ward_code=WARD_A)
    await visitor.open(f"/ward/guests?night={merged}")
    assert "Khách Ở Lại" in visitor.html


async def test_an_officer_who_has_a_living_ward_is_not_reported(
    visitor: Visitor, cast: Cast, merged: date, admin_engine: AsyncEngine,
    admin_session: AsyncSession,
) -> None:  # fmt: skip
    assert merged
    minh = await account_id_of(admin_session, "minh")
    async with one_transaction(admin_engine) as session:
        assert (await check_wards(session)).officers == [minh]
    await as_(visitor, cast, "quang")
    await visitor.open(f"/officers/{minh}/wards")
    await visitor.send(f"/officers/{minh}/wards", ward_code=WARD_B)
    async with one_transaction(admin_engine) as session:
        assert (await check_wards(session)).officers == []
