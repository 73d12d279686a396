"""A facility's page as its ward's officer works with it, and what its people see of that."""

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Scope
from asm.accounts.sessions import actor_of_login
from asm.analytics.tonight import ward_tonight
from asm.db.session import make_sessions
from asm.demo.cast import WARD_A, Cast
from asm.facilities.closures import remove_closure
from asm.outbox.drain import drain
from asm.wards.suspend import suspensions_of
from asm.worker.subscribers import HANDLERS
from tests.checks.desks import rows
from tests.notify.messages.rows import messages_by_login
from tests.people import fresh_key, party, sign_in
from tests.web.desk.desk_form import typed
from tests.web.visitor import Visitor
from tests.web.ward.test_ward import as_


async def open_house(visitor: Visitor, cast: Cast) -> str:
    await as_(visitor, cast, "minh")
    path = f"/ward/facilities/{cast.hoa_sen}"
    await visitor.open(path)
    return path


async def follow(engine: AsyncEngine) -> None:
    while True:
        report = await drain(engine, HANDLERS)
        assert (report.failed, report.dead) == (0, 0)
        if not report.remaining:
            return


async def active(engine: AsyncEngine) -> int:
    async with make_sessions(engine).begin() as session:
        scope = Scope(session, await actor_of_login(session, "minh"))
        return (await ward_tonight(scope, WARD_A)).facilities_active


async def test_a_suspended_house_is_not_expected_and_declares_all_the_same(
    visitor: Visitor,
    client: httpx.AsyncClient,
    cast: Cast,
    api_engine: AsyncEngine,
    worker_engine: AsyncEngine,
    admin_engine: AsyncEngine,
) -> None:
    before = await active(api_engine)
    path = await open_house(visitor, cast)
    await visitor.send(f"{path}/suspend", status=422, reason=" ")
    assert 'id="reason-error"' in visitor.html
    await visitor.send(f"{path}/suspend", reason="Thiếu lối thoát hiểm")
    assert "Tạm đình chỉ từ" in visitor.html
    await visitor.open("/ward/assist")
    assert f'href="/ward/assist/{cast.hoa_sen}"' in visitor.html
    await visitor.open(path)
    assert await active(api_engine) == before - 1
    await visitor.send(f"{path}/suspend", status=422, reason="lần nữa")
    assert "đang bị tạm đình chỉ rồi" in visitor.html
    await as_(visitor, cast, "lan")
    await visitor.open(f"/desk/{cast.hoa_sen}")
    assert "Thiếu lối thoát hiểm" in visitor.html
    await visitor.send(f"/desk/{cast.hoa_sen}", **typed(document_number="001190000123"))
    assert len(await rows(admin_engine, "SELECT 1 FROM stay")) == 1
    await follow(worker_engine)
    assert (await messages_by_login(admin_engine, "facility.suspended"))["lan"] == 1
    assert ("declared-while-suspended",) in await rows(admin_engine, "SELECT check_id FROM flag")
    await open_house(visitor, cast)
    await visitor.send(f"{path}/resume", status=422, reason="")
    await visitor.send(f"{path}/resume", reason="Đã mở lối thoát hiểm")
    await visitor.send(f"{path}/resume", status=422, reason="x")
    assert "không bị tạm đình chỉ" in visitor.html
    await follow(worker_engine)
    assert (await messages_by_login(admin_engine, "facility.resumed"))["lan"] == 1


async def test_only_the_ward_ends_a_suspension(
    visitor: Visitor, cast: Cast, api_engine: AsyncEngine
) -> None:
    path = await open_house(visitor, cast)
    await visitor.send(f"{path}/suspend", reason="Thiếu lối thoát hiểm")
    async with make_sessions(api_engine).begin() as session:
        scope = Scope(session, await actor_of_login(session, "lan"))
        (held,) = await suspensions_of(scope, cast.hoa_sen)
        with pytest.raises(Exception, match="closure_not_found"):
            await remove_closure(scope, cast.hoa_sen, held.id)
        for statement in (
            "DELETE FROM closure",
            "UPDATE closure SET ends_on = starts_on + 1",
        ):
            done = await session.execute(text(statement))
            assert done.rowcount == 0, statement  # type: ignore[attr-defined]
        with pytest.raises(DBAPIError):
            await session.execute(
                text(
                    "INSERT INTO closure (facility_id, id, starts_on, ends_on, reason, ordered_by) "
                    "VALUES (:house, new_id(), current_date, current_date + 1, 'x', :me)"
                ),
                {"house": cast.hoa_sen, "me": scope.actor.id},
            )


async def test_a_visit_is_written_down_once_and_put_right_by_another(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    path = await open_house(visitor, cast)
    seen = {"visited_on": "1/3/2026", "officers": "Minh, Hà", "seen": "Phòng 101 có 3 người."}
    await visitor.send(f"{path}/visits", status=422, **seen | {"visited_on": "31/2/2026"})
    for said in ("Ngày không đọc được", "Chọn ít nhất một kết quả", "Phòng 101 có 3 người."):
        assert said in visitor.html
    await visitor.send(f"{path}/visits", status=422, outcomes="gone", **seen)
    assert "Ngày kiểm tra phải từ" not in visitor.html
    await visitor.send(f"{path}/visits", status=422, **seen, follow_up_on="1/1/2020")
    assert "Ngày kiểm tra lại phải từ" in visitor.html
    await visitor.send(f"{path}/visits", outcomes=["reminded", "guests_not_declared"], **seen)
    for said in ("01/03/2026", "Minh, Hà", "Đã nhắc nhở", "Có khách chưa khai báo"):
        assert said in visitor.html
    (first,) = await rows(admin_engine, "SELECT * FROM facility_visit")
    seen["corrects"] = str(first.id)
    await visitor.send(f"{path}/visits", status=422, **seen, outcomes="gone")
    assert f'value="{first.id}" selected' in visitor.html
    await visitor.send(f"{path}/visits", outcomes="in_order", **seen)
    assert "đã đính chính" in visitor.html
    assert len(await rows(admin_engine, "SELECT 1 FROM facility_visit")) == 2
    entries = await rows(
        admin_engine, "SELECT details FROM audit_entry WHERE action = 'facility.visited'"
    )
    assert "Hà" not in str(entries)
    await as_(visitor, cast, "lan")
    await visitor.open(f"/facilities/{cast.hoa_sen}")
    assert "Phòng 101 có 3 người." not in visitor.html


async def test_a_message_reaches_the_people_of_the_house(
    visitor: Visitor, cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    path = await open_house(visitor, cast)
    await visitor.send(f"{path}/messages", status=422, body="")
    await visitor.send(f"{path}/messages", body="Tối nay khai trước 22 giờ.")
    await follow(worker_engine)
    assert (await messages_by_login(admin_engine, "facility.messaged"))["lan"] == 1
    await as_(visitor, cast, "lan")
    await visitor.open("/inbox")
    assert "Tối nay khai trước 22 giờ." in visitor.html
    await as_(visitor, cast, "hai")
    await visitor.open("/inbox")
    assert "Tối nay khai trước 22 giờ." not in visitor.html


async def declared(client: httpx.AsyncClient, cast: Cast) -> tuple[str, str]:
    """A stay's id and the number of its receipt."""
    client.cookies.clear()
    lan = await sign_in(client, cast, "lan")
    answer = await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/stays", json=party(), headers=lan | fresh_key()
    )
    (result,) = answer.json()["results"]
    return result["stay_id"], result["receipt"]["number"]


async def test_a_declaration_is_sent_back_and_answered_and_still_counts(
    visitor: Visitor, client: httpx.AsyncClient, cast: Cast, worker_engine: AsyncEngine
) -> None:
    stay, receipt = await declared(client, cast)
    await open_house(visitor, cast)
    send = f"/ward/stays/{cast.hoa_sen}/{stay}/return"
    await visitor.send(send, status=422, reason=" ")
    assert 'id="reason-error"' in visitor.html
    await visitor.send(send, status=422, reason="d" * 501)
    assert f'value="{"d" * 501}"' in visitor.html
    assert "từ 1 đến 500 ký tự" in visitor.html
    await visitor.send(send, reason="Ngày sinh không khớp thẻ")
    await visitor.send(send, reason="Ngày sinh không khớp thẻ")
    assert visitor.html.count(receipt) == 1
    await visitor.send(send, status=422, reason="điều khác")
    assert "đang chờ cơ sở" in visitor.html
    assert 'value="điều khác"' in visitor.html
    await follow(worker_engine)
    await as_(visitor, cast, "lan")
    desk = f"/desk/{cast.hoa_sen}"
    await visitor.open(desk)
    assert "Ngày sinh không khớp thẻ" in visitor.html
    back = visitor.html.split("/returns/")[1].split("/")[0]
    await visitor.send(f"{desk}/returns/{back}/answer", status=422, **{f"answer-{back}": ""})
    await visitor.send(f"{desk}/returns/{back}/answer", **{f"answer-{back}": "Đã xem lại, đúng."})
    assert "Ngày sinh không khớp thẻ" not in visitor.html
    await visitor.open("/inbox")
    assert receipt in visitor.html
    await visitor.open(f"{desk}/stays/{stay}/receipt")
    assert receipt in visitor.html
    await open_house(visitor, cast)
    assert "Đã xem lại, đúng." in visitor.html


async def test_amending_answers_what_was_sent_back(
    visitor: Visitor, client: httpx.AsyncClient, cast: Cast
) -> None:
    stay, _ = await declared(client, cast)
    await open_house(visitor, cast)
    await visitor.send(f"/ward/stays/{cast.hoa_sen}/{stay}/return", reason="Sai phòng")
    lan = await sign_in(client, cast, "lan")
    answer = await client.patch(
        f"/api/v1/facilities/{cast.hoa_sen}/stays/{stay}", json={"room": "102"}, headers=lan
    )
    if answer.status_code == 405:
        answer = await client.post(
            f"/api/v1/facilities/{cast.hoa_sen}/stays/{stay}/room",
            json={"room": "102"},
            headers=lan | fresh_key(),
        )
    assert answer.status_code == 200, answer.text
    await as_(visitor, cast, "lan")
    await visitor.open(f"/desk/{cast.hoa_sen}")
    assert "Sai phòng" not in visitor.html


@pytest.mark.parametrize(("login", "status"), [("thao", 404), ("lan", 403), ("quang", 403)])
async def test_a_house_and_its_deeds_are_absent_for_others(
    login: str, status: int, visitor: Visitor, cast: Cast
) -> None:
    await as_(visitor, cast, login)
    path = f"/ward/facilities/{cast.hoa_sen}"
    await visitor.open("/account")
    for deed in ("suspend", "resume", "messages", "visits"):
        fields = {"reason": "x", "body": "x", "seen": "x"}
        answer = await visitor.send(f"{path}/{deed}", status=status, **fields)
        assert answer.status_code == status, deed
        await visitor.open("/account")
    await visitor.open(path, status=status)
    assert "Hoa Sen" not in visitor.html or login == "lan"  # whose own house its bar names


async def test_five_hundred_houses_are_paged_and_none_says_the_next_step(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    await as_(visitor, cast, "thao")
    await admin_session.execute(
        text("""
        INSERT INTO facility (id, kind, name, folded_name, address_text, ward_code, point, remote,
          status, registered_by, registered_at)
        SELECT new_id(), 'homestay', 'Nhà ' || n, 'nha ' || n, 'số ' || n, ward_code, point, false,
          'active', registered_by, registered_at
        FROM facility CROSS JOIN generate_series(1, 500) AS n WHERE facility.id = :like"""),
        {"like": cast.guest_house_b},
    )
    await admin_session.commit()
    await visitor.open("/ward/facilities")
    assert "501" in visitor.html
    assert visitor.html.count('<th scope="row">') == 50
    await visitor.open("/ward/facilities?page=11")
    assert visitor.html.count('<th scope="row">') == 1
    await visitor.open("/ward/facilities?q=Nha%20499&kind=homestay&state=active&page=3")
    assert visitor.html.count('<th scope="row">') == 1
    await visitor.open("/ward/facilities?state=suspended")
    assert "Không có cơ sở nào như vậy." in visitor.html
    await admin_session.execute(text("UPDATE account SET ward_code = '00008' WHERE login = 'thao'"))
    await admin_session.commit()
    await visitor.open("/ward/facilities")
    assert "Địa bàn chưa có cơ sở nào." in visitor.html


async def test_a_house_is_registered_for_who_cannot(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    point = (
        await admin_session.execute(
            text("SELECT lat, lon FROM facility WHERE id = :id"), {"id": cast.hoa_sen}
        )
    ).one()
    form = {
        "kind": "household",
        "name": "Nhà bà Tư",
        "address_text": "Số 3, ngõ 5",
        "latitude": str(point.lat),
        "longitude": str(point.lon),
    }
    await as_(visitor, cast, "minh")
    await visitor.open("/ward/facilities/new")
    assert "chưa có chủ" in visitor.html
    await visitor.send("/ward/facilities/new", status=422, **form | {"name": ""})
    await visitor.send("/ward/facilities/new", **form)
    assert "Nhà bà Tư" in visitor.html
    row = (
        await admin_session.execute(
            text("""SELECT status, (SELECT count(*) FROM membership m WHERE m.facility_id = f.id)
                AS people FROM facility f WHERE name = 'Nhà bà Tư'""")
        )
    ).one()
    assert (row.status, row.people) == ("active", 0)
    await as_(visitor, cast, "thao")
    await visitor.open("/ward/facilities/new")
    await visitor.send("/ward/facilities/new", status=422, **form)
    assert "không thuộc địa bàn của bạn" in visitor.html
