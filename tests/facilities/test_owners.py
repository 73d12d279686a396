"""Who comes to own a facility, and what ends when somebody owns it no longer."""

import asyncio
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.access import Scope
from asm.db.session import one_transaction
from asm.demo.cast import Cast
from asm.facilities.facility import Facility
from asm.facilities.people import members
from tests.notify.messages.rows import rows
from tests.people import sign_in
from tests.web.codes.people import browser, code_on, give_code


async def _works(engine: AsyncEngine, cast: Cast, login: str, *, owner: bool) -> str:
    """Let somebody work at Hoa Sen; their id."""
    async with one_transaction(engine) as session:
        await session.execute(
            text(
                "INSERT INTO membership (facility_id, account_id, owner) "
                "SELECT :facility, id, :owner FROM account WHERE login = :login "
                "ON CONFLICT (facility_id, account_id) DO UPDATE SET owner = :owner"
            ),
            {"facility": cast.hoa_sen, "login": login, "owner": owner},
        )
    (row,) = await rows(engine, "SELECT id FROM account WHERE login = :login", login=login)
    return str(row.id)


async def _owners(engine: AsyncEngine, cast: Cast) -> set[str]:
    owners = await rows(
        engine,
        "SELECT login FROM membership JOIN account ON id = account_id "
        "WHERE facility_id = :facility AND owner",
        facility=cast.hoa_sen,
    )
    return {row.login for row in owners}


def _ownership(cast: Cast, login: str, *, owner: bool) -> dict[str, object]:
    return {"owner": owner, "password": cast.people[login].password}


@pytest.mark.parametrize("by", ["owner", "ward"])
async def test_software_becomes_no_owner_by_a_code(
    by: str, client: httpx.AsyncClient, app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    """Refused, the code is not spent: a person can still use it."""
    if by == "owner":
        lan = await sign_in(client, cast, "lan")
        wish = {
            "role": "receptionist",
            "owner": True,
            "password": cast.people["lan"].password,
        }
        path = f"/api/v1/facilities/{cast.hoa_sen}/invitations"
        code = (await client.post(path, json=wish, headers=lan)).json()["code"]
    else:
        await _works(admin_engine, cast, "lan", owner=False)
        async with browser(app) as minh:
            await minh.sign_in(cast, "minh")
            await minh.open("/ward/landlords")
            form = {"display_name": "Hải", "facility": str(cast.hoa_sen)}
            await minh.send("/ward/landlords", **form)
            code = code_on(minh)
    before = await _owners(admin_engine, cast)
    async with browser(app) as pms, browser(app) as hai:
        await pms.sign_in(cast, "pms")
        await give_code(pms, code)
        await pms.send("/codes/use", status=422, join="1")
        assert "Phần mềm không làm chủ cơ sở được" in pms.html
        assert await _owners(admin_engine, cast) == before
        await hai.sign_in(cast, "hai")
        await give_code(hai, code)
        await hai.send("/codes/use", join="1")
    assert await _owners(admin_engine, cast) == before | {"hai"}


@pytest.mark.parametrize("ended", ["removed", "demoted"])
async def test_who_owns_it_no_longer_makes_nobody_an_owner(
    ended: str, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Also when they were an owner still as the request began."""
    hai = await _works(admin_engine, cast, "hai", owner=True)
    bich = await _works(admin_engine, cast, "bich", owner=False)
    headers = {login: await sign_in(client, cast, login) for login in ("lan", "hai")}
    reached, opened = asyncio.Event(), asyncio.Event()
    owned_facility = members.owned_facility

    async def stopped(scope: Scope, facility_id: UUID) -> Facility:
        house = await owned_facility(scope, facility_id)
        if scope.actor.login == "hai":
            reached.set()
            await opened.wait()
        return house

    monkeypatch.setattr(members, "owned_facility", stopped)
    at = f"/api/v1/facilities/{cast.hoa_sen}/members"
    promoting = asyncio.ensure_future(
        client.put(f"{at}/{bich}", json=_ownership(cast, "hai", owner=True), headers=headers["hai"])
    )
    await reached.wait()
    answer = await client.put(
        f"{at}/{hai}", json=_ownership(cast, "lan", owner=False), headers=headers["lan"]
    )
    assert answer.status_code == 204
    if ended == "removed":
        answer = await client.delete(f"{at}/{hai}", headers=headers["lan"])
        assert answer.status_code == 204
    opened.set()
    refused = await promoting
    assert (refused.status_code, refused.json()["code"]) == (403, "owners_only")
    assert await _owners(admin_engine, cast) == {"lan"}


async def test_codes_of_a_former_owner_do_not_live_again(
    client: httpx.AsyncClient, app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    hai = await _works(admin_engine, cast, "hai", owner=True)
    pms = await _works(admin_engine, cast, "pms", owner=False)
    headers = {login: await sign_in(client, cast, login) for login in ("lan", "hai")}
    at = f"/api/v1/facilities/{cast.hoa_sen}"
    codes = {}
    for login in ("lan", "hai"):
        for path, wish in (
            (f"{at}/members/{pms}/password-code", None),
            (f"{at}/invitations", {"role": "receptionist"}),
        ):
            issued = await client.post(path, json=wish, headers=headers[login])
            assert issued.status_code == 201, issued.text
            codes[login, path] = issued.json()["code"]
    for owner in (False, True):
        answer = await client.put(
            f"{at}/members/{hai}",
            json=_ownership(cast, "lan", owner=owner),
            headers=headers["lan"],
        )
        assert answer.status_code == 204
    async with browser(app) as page:
        for (login, _), code in codes.items():
            await give_code(page, code, status=422 if login == "hai" else 200)
