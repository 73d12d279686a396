"""A password code opens what whoever hands it out may open, for as long as they may; and nobody
hands out any number of them.
"""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.codes.issue import MOST_AN_HOUR
from asm.db.session import one_transaction
from asm.demo.cast import Cast
from tests.notify.messages.rows import rows
from tests.people import sign_in
from tests.web.codes.people import PASSWORD, browser, code_on, give_code, move_codes
from tests.web.visitor import Visitor


async def _account(engine: AsyncEngine, login: str) -> str:
    (row,) = await rows(engine, "SELECT id FROM account WHERE login = :login", login=login)
    return str(row.id)


async def test_one_person_hands_out_so_many_codes_in_an_hour(
    client: httpx.AsyncClient, app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    lan = await sign_in(client, cast, "lan")
    pms = await _account(admin_engine, "pms")
    path = f"/api/v1/facilities/{cast.hoa_sen}/members/{pms}/password-code"
    for _ in range(MOST_AN_HOUR):
        assert (await client.post(path, headers=lan)).status_code == 201
    answer = await client.post(path, headers=lan)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_codes")
    async with browser(app) as page:
        await page.sign_in(cast, "lan")
        await page.open(f"/facilities/{cast.hoa_sen}/people")
        await page.send(f"/facilities/{cast.hoa_sen}/people/{pms}/code", status=409)
        assert f"tối đa {MOST_AN_HOUR} mã" in page.html
        await page.send(f"/facilities/{cast.hoa_sen}/people/invite", status=409, role="landlord")
        await page.send(f"/facilities/{cast.hoa_sen}/people/invite-login", status=409, login="minh")
    await move_codes(admin_engine, timedelta(hours=1))
    assert (await client.post(path, headers=lan)).status_code == 201


@pytest.mark.parametrize("change", ["other house", "made owner", "left"])
async def test_a_code_dies_with_the_right_to_hand_it_out(
    change: str, client: httpx.AsyncClient, app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    lan = await sign_in(client, cast, "lan")
    pms = await _account(admin_engine, "pms")
    path = f"/api/v1/facilities/{cast.hoa_sen}/members/{pms}/password-code"
    code = (await client.post(path, headers=lan)).json()["code"]
    async with browser(app) as page:
        await give_code(page, code)
        async with one_transaction(admin_engine) as session:
            await session.execute(
                text(
                    {
                        "other house": "INSERT INTO membership (facility_id, account_id) "
                        "VALUES (:other, :account)",
                        "made owner": "UPDATE membership SET owner = true "
                        "WHERE account_id = :account",
                        "left": "DELETE FROM membership WHERE account_id = :account",
                    }[change]
                ),
                {"other": cast.boarding_house, "account": pms},
            )
        # Neither in the browser that holds it, nor typed again.
        await page.send("/codes/use", password=PASSWORD)
        assert "Nhập mã dùng một lần" in page.html
        await give_code(page, code, status=422)


async def _works_at(engine: AsyncEngine, login: str, facility: UUID) -> None:
    async with one_transaction(engine) as session:
        await session.execute(
            text(
                "INSERT INTO membership (facility_id, account_id) "
                "SELECT :facility, id FROM account WHERE login = :login"
            ),
            {"facility": facility, "login": login},
        )


async def test_a_ward_opens_no_account_that_works_in_another(
    app: Litestar, visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    """Neither when it already does, nor when it comes to before the code is used."""
    hai = await _account(admin_engine, "hai")
    people = f"/facilities/{cast.boarding_house}/people"
    await visitor.sign_in(cast, "minh")
    await visitor.open(people)
    await visitor.send(f"{people}/{hai}/code")
    code = code_on(visitor)
    async with browser(app) as page:
        # Another house of the same ward changes nothing.
        await _works_at(admin_engine, "hai", cast.hoa_sen)
        await give_code(page, code)
        await _works_at(admin_engine, "hai", cast.guest_house_b)
        await page.send("/codes/use", password=PASSWORD)
        assert "Nhập mã dùng một lần" in page.html
        await give_code(page, code, status=422)
    await visitor.open(people)
    await visitor.send(f"{people}/{hai}/code", status=409)
    assert "còn làm ở xã, phường, đặc khu khác" in visitor.html
    assert "trang Quên mật khẩu" in visitor.html
