"""A house that lodges nobody any more: closed by its ward, its landlord may go, its past counts."""

from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, Cast
from tests.people import fresh_key, party, sign_in
from tests.web.visitor import Visitor


@pytest.fixture
def house(cast: Cast) -> str:
    """Hải's boarding house, of which he is the only person."""
    return f"/api/v1/facilities/{cast.boarding_house}"


async def test_who_is_alone_may_close_the_account_once_the_ward_closed_the_house(
    client: httpx.AsyncClient, cast: Cast, house: str
) -> None:
    visitor = Visitor(client)
    close = {"close_password": cast.people["hai"].password}
    sent: dict[str, Any] = {
        "json": party(),
        "headers": await sign_in(client, cast, "hai") | fresh_key(),
    }
    declared = await client.post(f"{house}/stays", **sent)
    assert declared.status_code == 201, declared.text
    await visitor.sign_in(cast, "hai")
    await visitor.open("/account")
    await visitor.send("/account/close", status=409, **close)
    assert "nhờ Công an cấp xã đóng cơ sở" in visitor.html
    await visitor.open("/account")
    await visitor.send("/sign-out")
    await visitor.sign_in(cast, "minh")
    at = f"/facilities/{cast.boarding_house}"
    await visitor.open(at)
    await visitor.send(f"{at}/close")
    assert "Đã đóng từ" in visitor.html
    await visitor.send(f"{at}/close", status=422)
    assert "Chỉ đóng được cơ sở đang hoạt động." in visitor.html
    hai = await sign_in(client, cast, "hai")
    refused = await client.post(f"{house}/stays", json=party(), headers=hai | fresh_key())
    assert (refused.status_code, refused.json()["code"]) == (409, "facility_not_active")
    assert "đã đóng" in refused.json()["detail"]
    again = await client.post(f"{house}/stays", **sent)
    assert (again.status_code, again.headers.get("Idempotency-Replayed")) == (200, "true")
    assert again.json()["results"] == declared.json()["results"]
    await visitor.send("/sign-out")
    await visitor.sign_in(cast, "hai")
    await visitor.open(f"/desk/{cast.boarding_house}")
    assert "Đã đóng từ" in visitor.html
    await visitor.open("/account")
    await visitor.send("/account/close", **close)
    assert (await client.get(house, headers=hai)).status_code == 401


async def test_a_closed_house_is_expected_to_declare_no_more_and_opens_again(
    client: httpx.AsyncClient, cast: Cast, house: str, admin_engine: AsyncEngine
) -> None:
    minh = await sign_in(client, cast, "minh")
    hai = await sign_in(client, cast, "hai")

    async def active(night: str) -> int:
        answer = await client.get(
            f"/api/v1/wards/{WARD_A}/tonight", params={"night": night}, headers=minh
        )
        assert answer.status_code == 200, answer.text
        count: int = answer.json()["facilities_active"]
        return count

    async with one_transaction(admin_engine) as session:
        await session.execute(
            text("UPDATE facility SET registered_at = now() - interval '9 days', decided_at = NULL")
        )
    assert (await client.post(f"{house}/close", headers=hai)).status_code == 403
    assert (await client.post(f"{house}/reopen", headers=minh)).status_code == 409
    today = (await client.post(f"{house}/close", headers=minh)).json()["closed_on"]
    async with one_transaction(admin_engine) as session:
        rows = await session.execute(
            text("SELECT (CAST(:day AS date) - 1)::text"), {"day": date.fromisoformat(today)}
        )
        yesterday = rows.scalar_one()
    before, after = await active(yesterday), await active(today)
    assert after == before - 1
    stranger = await sign_in(client, cast, "thao")
    assert (await client.post(f"{house}/reopen", headers=stranger)).status_code == 404
    opened = await client.post(f"{house}/reopen", headers=minh)
    assert (opened.json()["status"], opened.json()["closed_on"]) == ("active", None)
    assert await active(today) == before
    sent = await client.post(f"{house}/stays", json=party(), headers=hai | fresh_key())
    assert sent.status_code == 201, sent.text
