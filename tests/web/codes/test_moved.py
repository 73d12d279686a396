"""A code dies with the place of whoever handed it out: when they, the house or the person whom it
was for move elsewhere; and it does not come alive again when they come back.
"""

from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.operator import set_province
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, WARD_B, Cast
from tests.notify.messages.rows import rows
from tests.people import sign_in
from tests.web.codes.people import PASSWORD, browser, code_on, give_code
from tests.web.visitor import Visitor


async def _run(engine: AsyncEngine, statement: str, **given: Any) -> None:
    async with one_transaction(engine) as session:
        await session.execute(text(statement), given)


async def _account(engine: AsyncEngine, login: str) -> str:
    (row,) = await rows(engine, "SELECT id FROM account WHERE login = :login", login=login)
    return str(row.id)


async def _other_province(engine: AsyncEngine) -> str:
    (row,) = await rows(
        engine, "SELECT code FROM province WHERE code <> '01' AND valid_to IS NULL LIMIT 1"
    )
    code: str = row.code
    return code


async def _code_for_an_owner(officer: Visitor, cast: Cast) -> str:
    await officer.sign_in(cast, "minh")
    await officer.open("/ward/landlords")
    await officer.send("/ward/landlords", display_name="Ông Ba", facility=str(cast.hoa_sen))
    return code_on(officer)


async def _is_dead(page: Visitor, code: str, **form: str) -> None:
    """Neither in the browser that holds it, nor typed again."""
    await page.send("/codes/use", **form)
    assert "Nhập mã dùng một lần" in page.html
    await give_code(page, code, status=422)


async def _correct_into(client: httpx.AsyncClient, engine: AsyncEngine, cast: Cast, ward: str,
                        who: dict[str, str]) -> None:  # fmt: skip
    house = f"/api/v1/facilities/{cast.hoa_sen}"
    (point,) = await rows(
        engine,
        "SELECT ST_Y(ST_PointOnSurface(boundary)) AS lat, ST_X(ST_PointOnSurface(boundary)) AS lon "
        "FROM ward WHERE code = :ward",
        ward=ward,
    )
    known = (await client.get(house, headers=who)).json()
    same = {field: known[field] for field in ("name", "phone", "address_text")}
    moved = same | {"lat": point.lat, "lon": point.lon}
    answer = await client.put(house, json=moved, headers=who | {"If-Match": "*"})
    assert (answer.status_code, answer.json()["ward_code"]) == (200, ward)


@pytest.mark.parametrize("comes_back", [False, True])
async def test_a_code_of_a_ward_makes_no_owner_of_a_house_that_was_corrected_out_of_it(
    comes_back: bool, client: httpx.AsyncClient, app: Litestar, visitor: Visitor, cast: Cast,
    admin_engine: AsyncEngine,
) -> None:  # fmt: skip
    await _run(
        admin_engine, "UPDATE membership SET owner = false WHERE facility_id = :house",
        house=cast.hoa_sen,
    )  # fmt: skip
    await _run(
        admin_engine, "UPDATE facility SET status = 'returned' WHERE id = :house",
        house=cast.hoa_sen,
    )  # fmt: skip
    code = await _code_for_an_owner(visitor, cast)
    lan = await sign_in(client, cast, "lan")
    new = {"login": "ong-ba", "display_name": "Ông Ba", "password": PASSWORD, "terms": "1"}
    async with browser(app) as page:
        await give_code(page, code)
        await _correct_into(client, admin_engine, cast, WARD_B, lan)
        if comes_back:
            await _correct_into(client, admin_engine, cast, WARD_A, lan)
        await _is_dead(page, code, **new)
    owners = await rows(
        admin_engine, "SELECT account_id FROM membership WHERE facility_id = :house AND owner",
        house=cast.hoa_sen,
    )  # fmt: skip
    assert owners == []


@pytest.mark.parametrize(
    "moves",
    [
        "UPDATE facility SET ward_code = :ward WHERE id = :house",
        "UPDATE account SET ward_code = :ward WHERE login = 'minh'",
    ],
    ids=["the house, as areas change", "the officer"],
)
@pytest.mark.parametrize("meant", ["owner", "password", "account"])
async def test_a_code_of_a_ward_ends_with_the_ward(
    meant: str, moves: str, app: Litestar, visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    # A code to open an account is for no house.
    lives = meant == "account" and "facility" in moves
    if meant == "owner":
        await _run(admin_engine, "UPDATE membership SET owner = false")
        code = await _code_for_an_owner(visitor, cast)
    elif meant == "account":
        await visitor.sign_in(cast, "minh")
        await visitor.open("/ward/landlords")
        await visitor.send("/ward/landlords", display_name="Bà Tư")
        code = code_on(visitor)
    else:
        lan = await _account(admin_engine, "lan")
        people = f"/facilities/{cast.hoa_sen}/people"
        await visitor.sign_in(cast, "minh")
        await visitor.open(people)
        await visitor.send(f"{people}/{lan}/code")
        code = code_on(visitor)
    async with browser(app) as page:
        await give_code(page, code)
        await _run(admin_engine, moves, ward=WARD_B, house=cast.hoa_sen)
        await give_code(page, code, status=200 if lives else 422)
        assert ('class="error-summary"' in page.html) is not lives


@pytest.mark.parametrize("moved", ["officer", "officer and back", "ward's officer"])
async def test_a_code_of_a_province_ends_with_the_province(
    moved: str, app: Litestar, visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await _run(admin_engine, "UPDATE account SET province_code = '01' WHERE login = 'quang'")
    minh, other = await _account(admin_engine, "minh"), await _other_province(admin_engine)
    await visitor.sign_in(cast, "quang")
    await visitor.open("/officers")
    await visitor.send(f"/officers/{minh}/code")
    code = code_on(visitor)
    async with browser(app) as page:
        await give_code(page, code)
        if moved == "ward's officer":
            await _run(
                admin_engine,
                "UPDATE account SET ward_code = (SELECT code FROM ward "
                "WHERE province_code = :other AND valid_to IS NULL LIMIT 1) WHERE login = 'minh'",
                other=other,
            )
        else:
            async with one_transaction(admin_engine) as session:
                await set_province(session, None, "quang", other)
                if moved == "officer and back":
                    await set_province(session, None, "quang", "01")
        await _is_dead(page, code, password=PASSWORD)
        assert 'class="error-summary"' in page.html


async def test_naming_the_same_province_again_ends_nothing(
    app: Litestar, visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await _run(admin_engine, "UPDATE account SET province_code = '01' WHERE login = 'quang'")
    minh = await _account(admin_engine, "minh")
    await visitor.sign_in(cast, "quang")
    await visitor.open("/officers")
    await visitor.send(f"/officers/{minh}/code")
    code = code_on(visitor)
    async with one_transaction(admin_engine) as session:
        await set_province(session, None, "quang", "01")
    async with browser(app) as page:
        await give_code(page, code)
        assert 'id="password"' in page.html
