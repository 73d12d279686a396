"""Officers come and go by the level above them; landlords get a slip from the ward."""

import asyncio

import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.create import account_id_of
from asm.accounts.operator import disable_account, enable_account
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, WARD_B, Cast
from tests.people import sign_in
from tests.web.codes.people import PASSWORD, browser, code_on, deeds, give_code
from tests.web.visitor import Visitor

OFFICER = {
    "role": "ward_officer", "province_code": "01", "ward_code": WARD_A, "display_name": "Dũng",
    "login": "dung.hoankiem",
}  # fmt: skip


async def test_an_officer_comes_and_leaves(
    app: Litestar, visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    await visitor.sign_in(cast, "admin")
    await visitor.open("/officers?province=01")
    await visitor.send("/officers", status=422, **OFFICER | {"login": "minh"})
    await visitor.send("/officers", status=422, **OFFICER | {"ward_code": "99999"})
    await visitor.send("/officers", status=422, **OFFICER | {"role": "administrator"})
    await visitor.send("/officers", **OFFICER)
    code = code_on(visitor)
    async with browser(app) as dung:
        await give_code(dung, code)
        await dung.send("/codes/use", password=PASSWORD)
        # The first password is no alarm.
        changed = text("SELECT count(*) FROM outbox WHERE topic = 'account.password_changed'")
        assert (await admin_session.execute(changed)).scalar_one() == 0
        await dung.open("/ward")
        answer = await dung.client.post(
            "/api/v1/tokens",
            json={"login": OFFICER["login"], "password": PASSWORD, "label": "test"},
        )
        token = {"Authorization": f"Bearer {answer.json()['token']}"}
        await dung.open("/ward/landlords")
        await dung.send("/ward/landlords", display_name="Bà Tư")
        slip = code_on(dung)
        (_, created), *_rest = await deeds(admin_session, "officer.made")
        await visitor.open("/officers")
        await visitor.send(f"/officers/{created}/code")
        reset = code_on(visitor)
        await visitor.open("/officers")
        # One click asks first.
        before = visitor.html.partition(f'action="/officers/{created}/disable"')[0]
        assert before.count("<details>") == before.count("</details>") + 1
        await visitor.send(f"/officers/{created}/disable")
        # At once and everywhere: the page, the token, the codes they had and those they gave.
        await dung.open("/ward")
        assert "Mật khẩu" in dung.html
        assert (await dung.client.get("/api/v1/me", headers=token)).status_code == 401
        await give_code(dung, reset, status=422)
        await give_code(dung, slip, status=422)
        await visitor.open("/officers")
        await visitor.send(f"/officers/{created}/code", status=409)
        await visitor.open("/officers")
        await visitor.send(f"/officers/{created}/enable")
        await give_code(dung, reset)
        # What they handed out has ended for good.
        await give_code(dung, slip, status=422)
    for action in ("account.disabled", "account.enabled", "account.password_code"):
        assert [subject for _, subject in await deeds(admin_session, action)] == [created]


async def test_a_provincial_officer_makes_those_of_their_wards_alone(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine, admin_session: AsyncSession
) -> None:
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE account SET province_code = NULL WHERE login = 'quang'"))
    await visitor.sign_in(cast, "quang")
    await visitor.open("/officers")
    assert "Tài khoản này chưa gắn với tỉnh nào" in visitor.html
    await visitor.send("/officers", status=403, **OFFICER)
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE account SET province_code = '01' WHERE login = 'quang'"))
    await visitor.open("/officers")
    assert "minh" in visitor.html
    other = await admin_session.execute(
        text("SELECT code FROM ward WHERE province_code <> '01' AND valid_to IS NULL LIMIT 1")
    )
    await visitor.send("/officers", status=422, **OFFICER | {"ward_code": other.scalar_one()})
    await visitor.send("/officers", status=422, **OFFICER | {"role": "provincial_officer"})
    await visitor.send("/officers", **OFFICER | {"ward_code": WARD_B})
    assert code_on(visitor)


async def test_nobody_else_makes_officers(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    for login in ("lan", "minh"):
        await visitor.sign_in(cast, login)
        await visitor.open("/officers", status=403)
        assert OFFICER["login"] not in visitor.html
        await visitor.send("/officers", status=403, **OFFICER)
    assert await deeds(admin_session, "officer.made") == []


async def test_a_landlord_opens_an_account_with_the_wards_slip(
    app: Litestar, visitor: Visitor, cast: Cast
) -> None:
    await visitor.sign_in(cast, "minh")
    await visitor.open("/ward/landlords")
    await visitor.send("/ward/landlords", status=422, display_name=" ")
    await visitor.send("/ward/landlords", display_name="Bà Tư")
    assert "Bà Tư" in visitor.html
    code = code_on(visitor)
    async with browser(app) as phone:
        await give_code(phone, code)
        assert 'value="Bà Tư"' in phone.html
        form = {"login": "ba.tu", "display_name": "Bà Tư", "password": PASSWORD, "terms": "1"}
        await phone.send("/codes/use", **form)
        assert "Đăng ký cơ sở" in phone.html
        await phone.open("/officers", status=403)


async def test_who_is_signed_in_is_led_past_a_code_that_opens_an_account(
    app: Litestar, visitor: Visitor, cast: Cast
) -> None:
    await visitor.sign_in(cast, "minh")
    await visitor.open("/ward/landlords")
    await visitor.send("/ward/landlords", display_name="Bà Tư")
    code = code_on(visitor)
    for login, may_register in (("hai", True), ("minh", False)):
        async with browser(app) as page:
            await page.sign_in(cast, login)
            await give_code(page, code)
            assert "Mã này để mở một tài khoản mới" in page.html
            assert ('<a href="/facilities/new">Đăng ký cơ sở</a>' in page.html) is may_register
            await page.send("/codes/use", status=422)
            assert "hãy đăng xuất rồi dùng mã" in page.html
            # Nothing was spent: signed out, it opens what it is for.
            await page.send("/codes/use/other")
            assert "Mở tài khoản mới" in page.html


async def test_of_two_codes_for_the_owner_of_one_house_one_makes_an_owner(
    app: Litestar, visitor: Visitor, cast: Cast, admin_engine: AsyncEngine,
    admin_session: AsyncSession,
) -> None:  # fmt: skip
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE membership SET owner = false"))
    await visitor.sign_in(cast, "minh")
    codes = []
    for _ in range(3):
        await visitor.open("/ward/landlords")
        form = {"display_name": "Ông Năm", "facility": str(cast.boarding_house)}
        await visitor.send("/ward/landlords", **form)
        codes.append(code_on(visitor))
    async with browser(app) as lan, browser(app) as tuan, browser(app) as late:
        for page, login, code in ((lan, "lan", codes[0]), (tuan, "tuan", codes[1])):
            await page.sign_in(cast, login)
            await give_code(page, code)
        answers = await asyncio.gather(
            *(
                page.client.post("/codes/use", data={"_csrf_token": page.token})
                for page in (lan, tuan)
            )
        )
        # The other is told that the code is used, or where codes are typed.
        landed = [answer.headers.get("location") for answer in answers]
        assert landed.count(f"/facilities/{cast.boarding_house}") == 1
        await give_code(late, codes[2], status=422)
    owners = await admin_session.execute(
        text("SELECT count(*) FROM membership WHERE facility_id = :house AND owner"),
        {"house": cast.boarding_house},
    )
    assert owners.scalar_one() == 1


async def test_a_house_without_an_owner_gets_one_from_its_ward(
    app: Litestar, visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await visitor.sign_in(cast, "minh")
    path = f"/ward/landlords?facility={cast.boarding_house}"
    await visitor.open(path)
    form = {"display_name": "Ông Năm", "facility": str(cast.boarding_house)}
    await visitor.send("/ward/landlords", status=409, **form)
    await visitor.open(f"/ward/landlords?facility={cast.guest_house_b}", status=404)
    async with one_transaction(admin_engine) as session:
        await session.execute(
            text("UPDATE account SET disabled_at = clock_timestamp() WHERE login = 'hai'")
        )
    await visitor.open(f"/facilities/{cast.boarding_house}/people")
    assert "Cơ sở chưa có chủ." in visitor.html
    await visitor.open(path)
    await visitor.send("/ward/landlords", **form)
    code = code_on(visitor)
    async with browser(app) as phone:
        await give_code(phone, code)
        assert "Bạn sẽ là chủ cơ sở" in phone.html
        account = {"login": "ong.nam", "display_name": "Ông Năm", "password": PASSWORD}
        await phone.send("/codes/use", terms="1", **account)
        await phone.open(f"/facilities/{cast.boarding_house}/people")
        assert "Mời thêm người" in phone.html


async def test_an_invitation_by_login_tells_nobody_whether_there_is_one(
    visitor: Visitor, cast: Cast
) -> None:
    client = visitor.client
    lan, tuan = await sign_in(client, cast, "lan"), await sign_in(client, cast, "tuan")
    at = f"/api/v1/facilities/{cast.hoa_sen}"
    answers = [
        await client.post(f"{at}/members", json={"login": login}, headers=lan)
        for login in ("tuan", "khong-co-ai", "minh")
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(204, b"")}
    waiting = (await client.get(f"{at}/invitations", headers=lan)).json()
    assert len(waiting) == 3
    assert all(
        invitation["by_login"] and invitation["display_name"] is None for invitation in waiting
    )
    members = (await client.get(f"{at}/members", headers=lan)).json()
    assert {member["login"] for member in members} == {"lan", "pms"}
    (mine,) = (await client.get("/api/v1/invitations", headers=tuan)).json()
    assert mine["facility_name"] == "Khách sạn Hoa Sen"
    accept = f"/api/v1/invitations/{mine['id']}/acceptance"
    assert (await client.post(accept, headers=lan)).status_code == 404
    assert (await client.post(accept, headers=tuan)).json() == {"facility_id": str(cast.hoa_sen)}
    assert (await client.post(accept, headers=tuan)).status_code == 404
    assert (await client.get(at, headers=tuan)).status_code == 200
    # One who is no owner invites nobody.
    refused = await client.post(f"{at}/invitations", json={"role": "receptionist"}, headers=tuan)
    assert (refused.status_code, refused.json()["code"]) == (403, "owners_only")
    created = await client.post(f"{at}/invitations", json={"role": "receptionist"}, headers=lan)
    assert created.status_code == 201
    gone = await client.delete(f"{at}/invitations/{created.json()['id']}", headers=lan)
    assert gone.status_code == 204
    gone = await client.delete(f"{at}/invitations/{created.json()['id']}", headers=lan)
    assert gone.status_code == 404


@pytest.mark.parametrize("higher", ["admin", "operator"])
@pytest.mark.parametrize("first", ["quang", "higher"])
async def test_who_was_disabled_by_a_higher_level_is_enabled_by_it_alone(
    first: str, higher: str, app: Litestar, visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    """Also when the lower level had disabled the account before, or does so again."""
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE account SET province_code = '01' WHERE login = 'quang'"))
        minh = await account_id_of(session, "minh")
    disable, enable = f"/officers/{minh}/disable", f"/officers/{minh}/enable"
    async with browser(app) as quang:
        await quang.sign_in(cast, "quang")
        await quang.open("/officers")
        await quang.send(disable)
        # What a level did it may undo.
        await quang.send(enable)
        token = quang.token
        await visitor.sign_in(cast, "admin")
        await visitor.open("/officers")
        for level in ("quang", "higher") if first == "quang" else ("higher", "quang"):
            if level == "quang":
                form = {"_csrf_token": token}
                assert (await quang.client.post(disable, data=form)).status_code == 303
            elif higher == "admin":
                await visitor.send(disable)
            else:
                async with one_transaction(admin_engine) as session:
                    await disable_account(session, None, "minh")
        await quang.open("/officers")
        assert "Cấp trên đã khóa" in quang.html
        assert enable not in quang.html
        refused = await quang.client.post(enable, data={"_csrf_token": token})
        assert refused.status_code == 403
        assert "nhờ cấp trên mở lại" in refused.text
    if higher == "operator":
        await visitor.send(enable, status=403)
        async with one_transaction(admin_engine) as session:
            await enable_account(session, None, "minh")
    else:
        await visitor.send(enable)
    await visitor.sign_in(cast, "minh")
    await visitor.open("/ward")
