"""A stranger neither guesses nor locks a house out of declaring."""

import asyncio
import re
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.throttling.known_origins import KNOWN_NETWORK_DAYS, MOST_KNOWN
from asm.accounts.throttling.limits import SIGN_IN
from asm.demo.cast import Cast
from tests.accounts.throttling.doors import (
    HOTEL,
    STRANGER,
    WRONG,
    coming_from,
    sign_in_on_page,
    time_passes,
    try_password,
    try_until_blocked,
)
from tests.people import fresh_key, party, sign_in, stays_of
from tests.web.visitor import Visitor


async def test_a_stranger_is_stopped_and_the_house_goes_on(
    app: Litestar, cast: Cast, client: httpx.AsyncClient
) -> None:
    """22:55: 52 wrong passwords, then the right one; at the same time the desk works."""
    right = cast.people["lan"].password
    async with coming_from(app, HOTEL) as desk, coming_from(app, STRANGER) as stranger:
        open_session = await sign_in_on_page(desk, cast, "lan")
        assert open_session.status_code == 303
        token = await sign_in(client, cast, "lan")

        answers = await try_until_blocked(stranger, "lan")
        assert answers == [401] * 5 + [429] * 47
        refused = await try_password(stranger, "lan", right)
        assert refused.status_code == 429
        assert refused.json()["code"] == "too_many_tries"
        assert 0 < int(refused.headers["retry-after"]) <= 15

        # Her known browser signs in, an open session opens the desk, a token declares.
        async with coming_from(app, STRANGER) as at_home:  # even behind the stranger's address
            at_home.cookies.update(desk.cookies)
            assert (await sign_in_on_page(at_home, cast, "lan")).status_code == 303
        assert (await desk.get(f"/desk/{cast.hoa_sen}")).status_code == 200
        declared = await client.post(stays_of(cast), json=party(), headers=token | fresh_key())
        assert declared.status_code == 201


async def test_without_the_throttle_the_53rd_password_passes(
    app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what stops the stranger is the throttle."""
    monkeypatch.setattr(
        "asm.accounts.throttling.counters.after_try", lambda _limit, count, _now: count
    )
    async with coming_from(app, STRANGER) as stranger:
        assert await try_until_blocked(stranger, "lan") == [401] * 52
        last = await try_password(stranger, "lan", cast.people["lan"].password)
        assert last.status_code == 201


async def test_nothing_tells_whether_a_login_exists(app: Litestar, cast: Cast) -> None:
    def said(answer: httpx.Response) -> tuple[object, ...]:
        return answer.status_code, answer.content, sorted(set(answer.headers) - {"x-request-id"})

    async with coming_from(app, STRANGER) as lan_side, coming_from(app, "203.0.113.67") as other:
        for _ in range(7):
            known = await try_password(lan_side, "lan")
            unknown = await try_password(other, "nobody-at-all")
            assert said(known) == said(unknown)
        assert known.status_code == 429
        page = await sign_in_on_page(lan_side, cast, "lan", WRONG)
        no_page = await sign_in_on_page(other, cast, "nobody-at-all", WRONG)
        assert page.status_code == no_page.status_code == 429
        csrf = re.compile(r'name="_csrf_token" value="[^"]+"')
        assert csrf.sub("", page.text.replace('"lan"', '"nobody-at-all"')) == csrf.sub(
            "", no_page.text
        )


async def test_tries_at_the_same_moment_are_all_counted(app: Litestar, cast: Cast) -> None:
    async with coming_from(app, STRANGER) as stranger:
        answers = await asyncio.gather(*(try_password(stranger, "lan") for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 3


async def test_hammering_does_not_lengthen_the_wait(
    app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    async with coming_from(app, STRANGER) as stranger:
        await try_until_blocked(stranger, "lan")
        await time_passes(admin_engine, SIGN_IN.pair.first_wait)  # type: ignore[union-attr]
        right = await try_password(stranger, "lan", cast.people["lan"].password)
        assert right.status_code == 201


async def test_waits_grow_up_to_a_quarter_of_an_hour(
    app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    waits = []
    async with coming_from(app, STRANGER) as stranger:
        await try_until_blocked(stranger, "lan")
        for _ in range(9):
            refused = await try_password(stranger, "lan")
            waits.append(int(refused.headers["retry-after"]))
            await time_passes(admin_engine, timedelta(seconds=waits[-1]))
            assert (await try_password(stranger, "lan")).status_code == 401
    assert [round(wait / 15) for wait in waits[:6]] == [1, 2, 4, 8, 16, 32]
    # From here on tries are forgotten about as fast as they come.
    assert max(waits) in {899, 900}
    assert min(waits[6:]) > 240


async def test_guessing_from_many_networks_is_bounded_and_the_known_network_goes_on(
    app: Litestar, cast: Cast
) -> None:
    """A new browser in the house's own network signs in while half the world guesses."""
    right = cast.people["lan"].password
    async with coming_from(app, HOTEL) as desk:
        assert (await sign_in_on_page(desk, cast, "lan")).status_code == 303
    tried = []
    for number in range(60):
        async with coming_from(app, f"203.0.113.{number + 1}") as stranger:
            tried.append((await try_password(stranger, "lan")).status_code)
    assert tried == [401] * 50 + [429] * 10
    async with coming_from(app, "192.0.2.1") as stranger:
        assert (await try_password(stranger, "lan", right)).status_code == 429
    async with coming_from(app, HOTEL) as new_browser:
        assert (await sign_in_on_page(new_browser, cast, "lan")).status_code == 303


async def test_a_network_is_known_for_thirty_days(
    app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    async with coming_from(app, HOTEL) as desk:
        await sign_in_on_page(desk, cast, "lan")
        desk.cookies.clear()
        for _ in range(6):  # one more than from anywhere else
            assert (await try_password(desk, "lan")).status_code == 401
        await time_passes(admin_engine, timedelta(days=KNOWN_NETWORK_DAYS, minutes=1))
        answers = await try_until_blocked(desk, "lan")
        assert answers == [401] * 5 + [429] * 47


async def test_one_colleague_does_not_stop_another(app: Litestar, cast: Cast) -> None:
    """A whole hotel behind one address: Hải's slips, and a guest's hammering, are not Lan's."""
    async with coming_from(app, HOTEL) as desk, coming_from(app, HOTEL) as guest:
        assert (await sign_in_on_page(desk, cast, "lan")).status_code == 303
        for number in range(70):
            last = await try_password(guest, f"someone-{number}")
        assert last.status_code == 429, "the network has tried enough"
        assert 429 in await try_until_blocked(guest, "lan")
        assert (await sign_in_on_page(desk, cast, "lan")).status_code == 303
        # Control: a colleague who never signed in here waits with everybody else.
        assert (await sign_in_on_page(desk, cast, "hai")).status_code == 429


async def test_a_known_device_has_its_own_limit(app: Litestar, cast: Cast) -> None:
    async with coming_from(app, HOTEL) as desk:
        await sign_in_on_page(desk, cast, "lan")
        answers = [(await sign_in_on_page(desk, cast, "lan", WRONG)).status_code for _ in range(12)]
        assert answers == [422] * 10 + [429] * 2
        assert (await sign_in_on_page(desk, cast, "lan")).status_code == 429


async def test_a_device_is_known_of_who_signed_in_on_it_alone(app: Litestar, cast: Cast) -> None:
    async with coming_from(app, HOTEL) as desk:
        await sign_in_on_page(desk, cast, "lan")
        device = desk.cookies["asm-device"]
        await sign_in_on_page(desk, cast, "hai")
        assert desk.cookies["asm-device"] == device, "one browser, one cookie"
        async with coming_from(app, STRANGER) as elsewhere:
            elsewhere.cookies.set("asm-device", device)
            for login, most in (("bich", 5), ("hai", 10), ("lan", 10)):
                answers = [
                    (await sign_in_on_page(elsewhere, cast, login, WRONG)).status_code
                    for _ in range(11)
                ]
                assert answers.count(422) == most, login


async def test_success_says_nothing_of_what_others_did_before(
    app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    right = cast.people["lan"].password
    async with coming_from(app, HOTEL) as desk, coming_from(app, HOTEL) as program:
        for _ in range(4):
            await try_password(program, "lan")
        assert (await sign_in_on_page(desk, cast, "lan")).status_code == 303
        assert 4 in await _tries(admin_engine), "of strangers the four stay, and the right one goes"
        # Whoever is known here has counters of their own: a new browser's, and the desk's.
        assert (await try_until_blocked(program, "lan")).count(401) == 10
        for _ in range(3):
            for _ in range(9):
                assert (await sign_in_on_page(desk, cast, "lan", WRONG)).status_code == 422
            assert (await sign_in_on_page(desk, cast, "lan", right)).status_code == 303
        # A house's network is shared: what somebody else in it tried is not forgotten for her.
        assert (await try_password(program, "lan", right)).status_code == 429


async def _tries(admin: AsyncEngine) -> set[int]:
    """How many tries stand on the counters of which one is forgotten in a quarter of an hour."""
    async with admin.connect() as connection:
        rows = await connection.execute(
            text("SELECT round(extract(epoch FROM empty_at - clock_timestamp()) / 900) FROM tries")
        )
        return {int(value) for value in rows.scalars()}


async def test_the_page_says_how_long_and_what_else_helps(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    visitor = Visitor(client)
    await visitor.open("/sign-in")
    for _ in range(5):
        await visitor.send("/sign-in", 422, login="lan", password=WRONG)
    await visitor.send("/sign-in", 429, login="lan", password=cast.people["lan"].password)
    assert "Hãy thử lại sau khoảng 1 phút." in visitor.html
    assert "mã dùng một lần" in visitor.html
    await visitor.send("/language", language="en", next="/sign-in")
    await visitor.send("/sign-in", 429, login="lan", password=WRONG)
    assert "Try again in about 1 min." in visitor.html
    assert "one-time code" in visitor.html


async def test_one_entry_and_one_figure_for_each_block(
    app: Litestar, cast: Cast, client: httpx.AsyncClient, admin_session: AsyncSession
) -> None:
    async with coming_from(app, STRANGER) as stranger:
        await try_until_blocked(stranger, "lan")
        await try_until_blocked(stranger, "nobody-at-all")
    rows = await admin_session.execute(
        text(
            "SELECT subject_id, actor_role, details FROM audit_entry "
            "WHERE action = 'tries.blocked' ORDER BY id"
        )
    )
    lan = (
        await admin_session.execute(text("SELECT id FROM account WHERE login = 'lan'"))
    ).scalar_one()
    details = {"purpose": "sign_in", "counter": "pair"}
    assert [tuple(row) for row in rows] == [
        (lan, "stranger", details),
        (None, "stranger", details),
    ]
    figures = (await client.get("/metrics")).text
    assert 'asm_blocked_tries{counter="pair",purpose="sign_in"} 2.0' in figures


async def test_neither_logins_nor_addresses_are_stored(
    app: Litestar, cast: Cast, admin_session: AsyncSession
) -> None:
    async with coming_from(app, HOTEL) as desk:
        await sign_in_on_page(desk, cast, "lan")
        await try_password(desk, "hai")
        device = desk.cookies["asm-device"]
    rows = await admin_session.execute(
        text("SELECT t::text FROM tries t UNION ALL SELECT k::text FROM known_origin k")
    )
    kept = "\n".join(rows.scalars())
    assert kept
    for secret in (HOTEL, HOTEL.encode().hex(), b"hai".hex(), device, device.encode().hex()):
        assert secret not in kept


async def test_of_an_account_a_few_devices_are_kept(
    app: Litestar, cast: Cast, admin_session: AsyncSession
) -> None:
    for number in range(MOST_KNOWN + 2):
        async with coming_from(app, f"192.0.2.{number + 1}") as desk:
            assert (await sign_in_on_page(desk, cast, "lan")).status_code == 303
    rows = await admin_session.execute(
        text("SELECT kind, count(*) FROM known_origin GROUP BY kind ORDER BY kind")
    )
    assert [tuple(row) for row in rows] == [("device", MOST_KNOWN), ("network", MOST_KNOWN)]


@pytest.mark.parametrize("login", ["", "a\0b", "x" * 5000, "lan\0"])
async def test_any_login_gets_an_answer(login: str, client: httpx.AsyncClient) -> None:
    expected = 422 if "\0" in login else 401  # which no field of any interface takes
    assert (await try_password(client, login)).status_code == expected
    assert (await try_password(client, login, "p" * 2000)).status_code == expected
