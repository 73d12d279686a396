"""What a former owner knows of a facility's software, and what stays with people."""

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.base import NO_FACILITY
from asm.demo.cast import Cast
from tests.accounts.throttling.doors import STRANGER, coming_from
from tests.facilities.software.makers import Maker, ask_token, bearer
from tests.people import fresh_key, party, sign_in, stays_of
from tests.web.visitor import Visitor


async def _co_owner(engine: AsyncEngine, cast: Cast) -> str:
    """Hải owns Hoa Sen as well, by his id."""
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO membership (facility_id, account_id, owner) "
                "SELECT :facility, id, true FROM account WHERE login = 'hai'"
            ),
            {"facility": cast.hoa_sen},
        )
        rows = await connection.execute(text("SELECT id FROM account WHERE login = 'hai'"))
        return str(rows.scalar_one())


@pytest.mark.parametrize("deed", ["remove", "owner"])
@pytest.mark.parametrize("saw", ["first secret", "second secret"])
async def test_what_a_former_owner_knows_is_told_and_ended_in_the_same_step(
    deed: str, saw: str, owner: Maker, app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    hai = await _co_owner(admin_engine, cast)
    people = owner.path.replace("/software", "/people")
    async with coming_from(app, STRANGER) as browser:
        other = Maker(browser, cast, cast.hoa_sen)
        await other.sign_in("hai")
        if saw == "first secret":
            client_id, secret = await other.make("PMS của Hải")
        else:
            await owner.make("PMS của Hải")
            client_id, secret = await other.add_secret()
        # Without the tick it goes on, and every owner is told until it is changed.
        await owner.visitor.open(people)
        assert "người không còn là chủ" not in owner.visitor.html
        assert "mà Hải biết bí mật: PMS của Hải" in owner.visitor.html
        await owner.visitor.send(f"{people}/{hai}/{deed}", owner="0", password=owner.password)
        assert "người không còn là chủ biết bí mật" in owner.visitor.html
        await owner.visitor.open(owner.path)
        assert "Người tạo bí mật không còn là chủ cơ sở" in owner.visitor.html
        assert (await ask_token(browser, client_id, secret)).status_code == 200
        if deed == "owner":
            await owner.visitor.open(people)
            await owner.visitor.send(f"{people}/{hai}/owner", owner="1", password=owner.password)
        else:
            await _co_owner(admin_engine, cast)
        await owner.visitor.open(people)
        await owner.visitor.send(
            f"{people}/{hai}/{deed}", owner="0", password=owner.password, revoke_software="1"
        )
        assert "người không còn là chủ biết bí mật" not in owner.visitor.html
        assert (await ask_token(browser, client_id, secret)).status_code == 401


@pytest.mark.parametrize("deed", ["removed", "owns no more"])
async def test_programs_end_software_with_a_former_owner_in_the_same_step(
    deed: str, owner: Maker, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    hai = f"/api/v1/facilities/{cast.hoa_sen}/members/{await _co_owner(admin_engine, cast)}"
    own = await owner.make("PMS của Lan")
    other = Maker(client, cast, cast.hoa_sen)
    await other.sign_in("hai")
    known = await other.make("PMS của Hải")
    lan = await sign_in(client, cast, "lan")
    wish = {"owner": False, "password": cast.people["lan"].password}
    if deed == "removed":
        assert (await client.put(hai, json=wish, headers=lan)).status_code == 204
        answer = await client.delete(f"{hai}?revoke_software=true", headers=lan)
    else:
        answer = await client.put(hai, json={**wish, "revoke_software": True}, headers=lan)
    assert answer.status_code == 204
    assert (await ask_token(client, *known)).status_code == 401
    assert (await ask_token(client, *own)).status_code == 200


async def test_software_neither_lists_people_nor_says_where_messages_go(
    owner: Maker, client: httpx.AsyncClient, cast: Cast
) -> None:
    token = await bearer(client, *await owner.make())
    facility = f"/api/v1/facilities/{cast.hoa_sen}"
    me = (await client.get("/api/v1/me", headers=token)).json()["id"]
    contact = {"channel": "email", "address": "pms@example.vn"}
    for method, path, body in (
        ("GET", f"{facility}/members", None),
        ("DELETE", f"{facility}/members/{me}", None),
        ("POST", "/api/v1/notices/contacts", contact),
    ):
        answer = await client.request(method, path, json=body, headers=token)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed"), path
    sent = await client.post(stays_of(cast), json=party(), headers=token | fresh_key())
    assert sent.status_code == 201


async def test_nobodys_id_makes_no_client(owner: Maker) -> None:
    """It is the public's in the trail and in the database's policies."""
    await owner.visitor.open(owner.path)
    await owner.visitor.send(
        owner.path, 422, label="PMS", new=str(NO_FACILITY), password=owner.password
    )
    await owner.visitor.open(owner.path)
    assert "Chưa có phần mềm nào" in owner.visitor.html


async def test_no_cache_keeps_what_is_shown_once(client: httpx.AsyncClient, cast: Cast) -> None:
    lan, person = await sign_in(client, cast, "lan"), cast.people["lan"]
    facility = f"/api/v1/facilities/{cast.hoa_sen}"
    members = (await client.get(f"{facility}/members", headers=lan)).json()
    pms = next(member["account_id"] for member in members if member["login"] == "pms")
    for path, body in (
        ("/api/v1/tokens", {"login": "lan", "password": person.password, "label": "x"}),
        (f"{facility}/invitations", {"role": "landlord"}),
        (f"{facility}/members/{pms}/password-code", None),
    ):
        answer = await client.post(path, json=body, headers=lan)
        assert answer.status_code == 201, answer.text
        assert answer.headers["cache-control"] == "no-store", path


async def test_software_that_signs_in_by_a_password_is_made_no_owner(
    owner: Maker, client: httpx.AsyncClient, cast: Cast
) -> None:
    lan = await sign_in(client, cast, "lan")
    pms = (await client.get("/api/v1/me", headers=await sign_in(client, cast, "pms"))).json()["id"]
    members = f"/api/v1/facilities/{cast.hoa_sen}/members"
    answer = await client.put(
        f"{members}/{pms}", json={"owner": True, "password": owner.password}, headers=lan
    )
    assert answer.status_code == 409, answer.text
    assert answer.json()["code"] == "software_as_owner"
    listed = (await client.get(members, headers=lan)).json()
    assert {member["login"]: member["owner"] for member in listed} == {"lan": True, "pms": False}
    people = owner.path.replace("/software", "/people")
    await owner.visitor.open(people)
    assert f"{pms}/remove" in owner.visitor.html
    assert f"{pms}/owner" not in owner.visitor.html
    await owner.visitor.send(
        f"{people}/{pms}/owner", owner="1", password=owner.password, status=409
    )


async def test_a_system_that_signs_in_registers_nothing(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    """Whoever registers owns."""
    pms = await sign_in(client, cast, "pms")
    facility = {"kind": "hotel", "name": "Khách sạn Máy", "address_text": "1 Phố Máy"}
    answer = await client.post(
        "/api/v1/facilities", json={**facility, "lat": 21.0285, "lon": 105.8542}, headers=pms
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "software_as_owner")
    visitor = Visitor(client)
    await visitor.sign_in(cast, "pms")
    assert 'href="/facilities/new"' not in visitor.html
    await visitor.open("/facilities/new", status=409)
    assert "Phần mềm không làm chủ cơ sở được." in visitor.html
