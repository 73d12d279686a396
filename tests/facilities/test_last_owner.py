"""A house keeps an owner who can sign in, and somebody who declares, whichever way people go."""

import asyncio
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.session import one_transaction
from asm.demo.cast import Cast
from asm.facilities import left_alone
from asm.notify import close_own
from tests.people import sign_in
from tests.web.codes.people import browser, code_on, give_code


async def _staff(engine: AsyncEngine, cast: Cast, **owners: bool) -> dict[str, UUID]:
    """Let exactly these work at Hoa Sen, and nobody elsewhere; whether each owns it."""
    async with one_transaction(engine) as session:
        await session.execute(text("DELETE FROM membership"))
        for login, owner in owners.items():
            await session.execute(
                text(
                    "INSERT INTO membership (facility_id, account_id, owner) "
                    "SELECT :facility, id, :owner FROM account WHERE login = :login"
                ),
                {"facility": cast.hoa_sen, "login": login, "owner": owner},
            )
        rows = await session.execute(
            text("SELECT login, id FROM account WHERE login = ANY(:logins)"),
            {"logins": list(owners)},
        )
        return {row.login: row.id for row in rows}


def _no_owner(cast: Cast, login: str) -> dict[str, object]:
    return {"owner": False, "password": cast.people[login].password}


async def _close(app: Litestar, cast: Cast, login: str) -> tuple[int, str]:
    """What the page answers to who closes the account."""
    async with browser(app) as page:
        await page.sign_in(cast, login)
        await page.open("/account")
        answer = await page.client.post(
            "/account/close",
            data={"_csrf_token": page.token, "close_password": cast.people[login].password},
        )
        return answer.status_code, answer.text


async def _owners(session: AsyncSession, cast: Cast) -> set[str]:
    rows = await session.execute(
        text(
            "SELECT login FROM membership JOIN account ON id = account_id "
            "WHERE facility_id = :facility AND owner AND disabled_at IS NULL"
        ),
        {"facility": cast.hoa_sen},
    )
    return set(rows.scalars())


async def test_the_only_owner_does_not_close_while_others_stay(
    app: Litestar, cast: Cast, admin_engine: AsyncEngine, admin_session: AsyncSession
) -> None:
    await _staff(admin_engine, cast, lan=True, tuan=False)
    status, page = await _close(app, cast, "lan")
    assert status == 409
    assert "Bạn là chủ duy nhất của Khách sạn Hoa Sen" in page
    assert await _owners(admin_session, cast) == {"lan"}
    # With another owner, and with nobody at all where nothing is in force, it closes.
    await _staff(admin_engine, cast, lan=True, tuan=True)
    assert (await _close(app, cast, "lan"))[0] == 303
    assert await _owners(admin_session, cast) == {"tuan"}


async def test_a_house_that_waits_may_be_left_by_the_one_who_registered_it(
    app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await _staff(admin_engine, cast, lan=True)
    assert (await _close(app, cast, "lan"))[0] == 409
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE facility SET status = 'pending'"))
    assert (await _close(app, cast, "lan"))[0] == 303


@pytest.mark.parametrize("gone", ["closed", "disabled"])
async def test_an_owner_who_is_gone_is_no_owner(
    gone: str, app: Litestar, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine,
    admin_session: AsyncSession,
) -> None:  # fmt: skip
    ids = await _staff(admin_engine, cast, lan=True, tuan=True, bich=False)
    tuan = await sign_in(client, cast, "tuan")
    if gone == "closed":
        assert (await _close(app, cast, "lan"))[0] == 303
    else:
        async with one_transaction(admin_engine) as session:
            await session.execute(
                text("UPDATE account SET disabled_at = clock_timestamp() WHERE login = 'lan'")
            )
    at = f"/api/v1/facilities/{cast.hoa_sen}/members"
    left = await client.delete(f"{at}/{ids['tuan']}", headers=tuan)
    assert (left.status_code, left.json()["code"]) == (409, "last_owner")
    ended = await client.put(f"{at}/{ids['tuan']}", json=_no_owner(cast, "tuan"), headers=tuan)
    assert (ended.status_code, ended.json()["code"]) == (409, "last_owner")
    assert await _owners(admin_session, cast) == {"tuan"}
    # Who is gone may be taken off the list.
    gone = f"{at}/{ids['lan']}"
    refused = await client.delete(gone, headers=tuan)
    assert (refused.status_code, refused.json()["code"]) == (409, "owner_first")
    ended = await client.put(gone, json=_no_owner(cast, "tuan"), headers=tuan)
    assert ended.status_code == 204
    assert (await client.delete(gone, headers=tuan)).status_code == 204


async def test_the_last_person_of_a_house_without_owner_stays_until_the_ward_has_found_one(
    app: Litestar, client: httpx.AsyncClient, cast: Cast,
    admin_engine: AsyncEngine,
) -> None:  # fmt: skip
    ids = await _staff(admin_engine, cast, tuan=False)
    tuan = await sign_in(client, cast, "tuan")
    path = f"/api/v1/facilities/{cast.hoa_sen}/members/{ids['tuan']}"
    left = await client.delete(path, headers=tuan)
    assert (left.status_code, left.json()["code"]) == (409, "sole_member")
    async with browser(app) as minh:
        await minh.sign_in(cast, "minh")
        await minh.open(f"/ward/landlords?facility={cast.hoa_sen}")
        form = {"display_name": "Hải", "facility": str(cast.hoa_sen)}
        await minh.send("/ward/landlords", **form)
        code = code_on(minh)
    async with browser(app) as hai:
        await hai.sign_in(cast, "hai")
        await give_code(hai, code)
        await hai.send("/codes/use")
        await hai.open(f"/facilities/{cast.hoa_sen}/people")
        assert "Mời thêm người" in hai.html
    assert (await client.delete(path, headers=tuan)).status_code == 204


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
async def test_the_last_two_who_close_at_once_take_turns(
    locked: bool, app: Litestar, cast: Cast, admin_engine: AsyncEngine,
    admin_session: AsyncSession, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Both have been let through before either is closed, unless one has to wait."""
    await _staff(admin_engine, cast, lan=True, tuan=True)
    close = close_own.close_account
    arrived = 0

    async def both_here(*given: object) -> None:
        nonlocal arrived
        arrived += 1
        for _ in range(200):
            if arrived == 2 or await _somebody_waits(admin_engine):
                break
        await close(*given)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(close_own, "close_account", both_here)
    if not locked:
        monkeypatch.setattr(left_alone, "_lock", _nothing)
    answers = await asyncio.gather(*(_close(app, cast, login) for login in ("lan", "tuan")))
    statuses = sorted(status for status, _ in answers)
    owners = await _owners(admin_session, cast)
    assert (statuses, len(owners)) == (([303, 409], 1) if locked else ([303, 303], 0))


async def _nothing(*_: object) -> None:
    """No lock."""


async def _somebody_waits(engine: AsyncEngine) -> bool:
    async with one_transaction(engine) as session:
        rows = await session.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        )
        count: int = rows.scalar_one()
        return count > 0
