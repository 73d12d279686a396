"""An officer of several wards: one at a time, given by the level above, for pages and software."""

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.create import account_id_of
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, WARD_B, Cast
from asm.notify.messages.recipients import officers_of
from tests.people import fresh_key, guest, party, sign_in
from tests.web.desk.desk_form import typed
from tests.web.visitor import Visitor


async def give(visitor: Visitor, cast: Cast, admin: AsyncSession, ward_code: str) -> str:
    """The provincial officer gives Minh one more ward; the page of Minh's wards."""
    minh = await account_id_of(admin, "minh")
    await visitor.sign_in(cast, "quang")
    await visitor.open("/officers")
    assert f'href="/officers/{minh}/wards"' in visitor.html
    await visitor.open(f"/officers/{minh}/wards")
    await visitor.send(f"/officers/{minh}/wards", ward_code=ward_code)
    visitor.client.cookies.clear()
    return f"/officers/{minh}/wards"


async def declare(client: httpx.AsyncClient, cast: Cast, login: str, name: str) -> None:
    facility, room = {"lan": (cast.hoa_sen, "101"), "tuan": (cast.guest_house_b, "1")}[login]
    answer = await client.post(
        f"/api/v1/facilities/{facility}/stays",
        json=party(guest(full_name=name), room=room),
        headers=await sign_in(client, cast, login) | fresh_key(),
    )
    assert answer.status_code == 201, answer.text


async def test_pages_are_about_the_ward_that_was_chosen(
    client: httpx.AsyncClient, visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    await declare(client, cast, "lan", "Khách Hoàn Kiếm")
    await declare(client, cast, "tuan", "Khách Ba Đình")
    await visitor.sign_in(cast, "minh")
    assert "Đổi địa bàn" not in visitor.html
    await visitor.open("/ward/wards")
    await visitor.send("/ward/wards", status=404, ward_code=WARD_B)
    visitor.client.cookies.clear()
    wards = await give(visitor, cast, admin_session, WARD_B)
    await visitor.sign_in(cast, "minh")
    assert "Đổi địa bàn" in visitor.html
    await visitor.open("/ward/guests")
    assert "Khách Hoàn Kiếm" in visitor.html
    assert "Khách Ba Đình" not in visitor.html
    await visitor.open("/ward/wards")
    assert "Bạn phụ trách 2 địa bàn" in visitor.html
    await visitor.send("/ward/wards", ward_code=WARD_B)
    await visitor.open("/ward/guests")
    assert "Khách Ba Đình" in visitor.html
    assert "Khách Hoàn Kiếm" not in visitor.html
    await visitor.open(f"/facilities/{cast.guest_house_b}")
    await visitor.open(f"/facilities/{cast.hoa_sen}", status=404)
    cookies = dict(visitor.client.cookies)
    visitor.client.cookies.clear()
    await visitor.sign_in(cast, "quang")
    await visitor.open(wards)
    await visitor.send(f"{wards}/{WARD_B}/take")
    await visitor.send(f"{wards}/{WARD_B}/take", status=404)
    visitor.client.cookies.clear()
    visitor.client.cookies.update(cookies)
    # At once, in the browser that stood in it: back in the account's own ward.
    await visitor.open("/ward/guests")
    assert "Khách Hoàn Kiếm" in visitor.html
    assert "Khách Ba Đình" not in visitor.html
    deeds = await admin_session.execute(
        text("SELECT action, ward_code FROM audit_entry WHERE action LIKE 'officer.ward%' "
             "ORDER BY at, id")
    )  # fmt: skip
    assert [tuple(row) for row in deeds] == [
        ("officer.ward_given", WARD_B), ("officer.ward_chosen", WARD_B),
        ("officer.ward_taken", WARD_B),
    ]  # fmt: skip


async def test_software_names_the_ward_in_the_path(
    client: httpx.AsyncClient, visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    await declare(client, cast, "lan", "Khách Hoàn Kiếm")
    await declare(client, cast, "tuan", "Khách Ba Đình")
    minh = await sign_in(client, cast, "minh")

    async def guests_of(ward: str, status: int = 200) -> list[str]:
        answer = await client.get(f"/api/v1/wards/{ward}/guests", headers=minh)
        assert answer.status_code == status, answer.text
        return [stay["guest"]["full_name"] for stay in answer.json().get("stays", [])]

    assert await guests_of(WARD_B, 404) == []
    await give(visitor, cast, admin_session, WARD_B)
    assert await guests_of(WARD_A) == ["Khách Hoàn Kiếm"]
    assert await guests_of(WARD_B) == ["Khách Ba Đình"]
    # A third ward stays as unknown as one that does not exist.
    strange = await client.get("/api/v1/wards/00008/guests", headers=minh)
    nowhere = await client.get("/api/v1/wards/99999/guests", headers=minh)
    assert (strange.status_code, strange.json()["code"]) == (404, "ward_not_found")
    assert nowhere.json()["code"] == strange.json()["code"]


@pytest.mark.parametrize("ward_code", ["", "99999", "27037"])
async def test_only_wards_of_the_officers_province_are_given(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession, ward_code: str
) -> None:
    minh = await account_id_of(admin_session, "minh")
    await visitor.sign_in(cast, "admin")
    await visitor.open(f"/officers/{minh}/wards")
    await visitor.send(f"/officers/{minh}/wards", status=422, ward_code=ward_code)
    assert "Chọn một xã, phường, đặc khu cùng tỉnh" in visitor.html
    quang = await account_id_of(admin_session, "quang")
    await visitor.open(f"/officers/{quang}/wards", status=404)
    visitor.client.cookies.clear()
    await visitor.sign_in(cast, "minh")
    await visitor.open(f"/officers/{minh}/wards", status=403)


async def test_messages_of_a_ward_reach_all_its_officers(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession, worker_engine: AsyncEngine
) -> None:
    await give(visitor, cast, admin_session, WARD_B)
    minh = await account_id_of(admin_session, "minh")
    thao = await account_id_of(admin_session, "thao")
    async with one_transaction(worker_engine) as session:
        people = await officers_of(session, [WARD_A, WARD_B])
    assert [each.account_id for each in people[WARD_A]] == [minh]
    assert {each.account_id for each in people[WARD_B]} == {minh, thao}


async def test_the_officer_assists_in_the_ward_that_was_chosen(
    client: httpx.AsyncClient, visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    await give(visitor, cast, admin_session, WARD_B)
    await visitor.sign_in(cast, "minh")
    for chosen, mine, other in (
        (WARD_B, cast.guest_house_b, cast.hoa_sen),
        (WARD_A, cast.hoa_sen, cast.guest_house_b),
    ):
        await visitor.send("/ward/wards", ward_code=chosen)
        await visitor.open("/ward/assist")
        assert str(mine) in visitor.html
        assert str(other) not in visitor.html
        await visitor.open(f"/ward/assist/{other}", status=404)
        await visitor.open(f"/ward/assist/{mine}")
        declared = typed(room="1", key=visitor.key)
        await visitor.send(f"/ward/assist/{other}", status=404, **declared)
        await visitor.send(f"/ward/assist/{mine}", **declared)
        assert "In giấy tiếp nhận cho người dân" in visitor.html
    stays = await admin_session.execute(
        text("SELECT facility_id, id, ward_code, via FROM stay ORDER BY received_at")
    )
    (first, second) = stays.all()
    assert [(row.ward_code, row.via) for row in (first, second)] == [
        (WARD_B, "assisted"),
        (WARD_A, "assisted"),
    ]
    # The other ward's own declaration is corrected there, after choosing it.
    amend = f"/ward/assist/{first.facility_id}/stays/{first.id}/amend"
    await visitor.open(amend, status=404)
    await visitor.send("/ward/wards", ward_code=WARD_B)
    await visitor.open(amend)
