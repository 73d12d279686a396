"""An owner invites by a code that is used once; links and previews use nothing up."""

import asyncio
import re
from datetime import timedelta

import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.throttling.limits import CODE, CODE_FORM
from asm.demo.cast import Cast
from tests.accounts.throttling.doors import HOTEL, coming_from, time_passes
from tests.people import fresh_key, guest, party, sign_in, stays_of
from tests.web.codes.people import (
    PASSWORD,
    browser,
    code_on,
    deeds,
    give_code,
    link_on,
    move_codes,
)
from tests.web.visitor import Visitor


def _people(cast: Cast) -> str:
    return f"/facilities/{cast.hoa_sen}/people"


def _no_owner(cast: Cast) -> dict[str, object]:
    return {"owner": False, "password": cast.people["lan"].password}


async def invited(visitor: Visitor, cast: Cast, **fields: str) -> str:
    """Lan, the owner, makes an invitation; the page shows its code this once."""
    await visitor.sign_in(cast, "lan")
    await visitor.open(_people(cast))
    fields = {"role": "receptionist", "display_name": "Mai", **fields}
    if "owner" in fields:
        fields["password"] = cast.people["lan"].password
    await visitor.send(f"{_people(cast)}/invite", **fields)
    return code_on(visitor)


async def test_a_guest_of_ten_bots_joins_once(
    app: Litestar, visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    code = await invited(visitor, cast)
    link = link_on(visitor)
    for number in range(10):
        async with browser(app) as bot:
            await bot.open(link)
            await bot.client.head(link)
            await bot.open("/codes/use")
            await bot.open(link)
            # A bot that runs scripts sends the form that it sees; it does not know the code.
            typed = "" if number % 2 else "0000-0000-0000"
            await bot.send("/codes", status=422 if number < 10 else 429, code=typed, code_id="")
            answer = await bot.client.post(
                "/codes/use", data={"_csrf_token": bot.token, "login": "bot"}
            )
            assert answer.headers["location"] == "/codes"
    async with browser(app) as mai:
        await mai.open(link)
        await mai.send("/codes", code=code.lower().replace("-", " "), code_id=link[-36:])
        assert "Vào làm ở Khách sạn Hoa Sen" in mai.html
        # What is wrong with the form costs the code nothing.
        fields = {"login": "mai.hoasen", "display_name": "Mai", "password": "ngắn"}
        await mai.send("/codes/use", status=422, **fields)
        assert "Cần đồng ý với điều khoản." in mai.html
        assert "12 ký tự" in mai.html.split("</main>")[0].split("Có chỗ cần sửa")[1]
        assert '<a href="/terms" target="_blank" rel="noopener">' in mai.html
        assert "Tôi đồng ý với điều khoản" in mai.html
        await mai.send("/codes/use", status=422, **fields, terms="1")
        await mai.send("/codes/use", status=422, **(fields | {"login": "lan"}), terms="1")
        await mai.send("/codes/use", **(fields | {"password": PASSWORD}), terms="1")
        assert "Khách sạn Hoa Sen" in mai.html
        await mai.open(f"/desk/{cast.hoa_sen}")
    async with browser(app) as late:
        await give_code(late, code, status=422)
        assert "Mã không đúng, đã dùng hoặc đã hết hạn." in late.html
    stored = await admin_session.execute(text("SELECT code_hash FROM account_code"))
    assert code.replace("-", "").encode() not in bytes(stored.scalars().one())
    joined = await deeds(admin_session, "member.joined")
    assert len(joined) == len(await deeds(admin_session, "account.opened_by_code")) == 1
    assert joined[0][0] == joined[0][1]


async def test_who_is_signed_in_is_named_and_asked(
    app: Litestar, visitor: Visitor, cast: Cast
) -> None:
    code = await invited(visitor, cast)
    async with browser(app) as tuan:
        await tuan.sign_in(cast, "tuan")
        await give_code(tuan, code)
        assert "Máy này đang đăng nhập: Tuấn (tuan)" in tuan.html
        assert "Vào Khách sạn Hoa Sen bằng tài khoản Tuấn" in tuan.html
        await tuan.send("/codes/use/other")
        assert "Mở tài khoản mới" in tuan.html
        await tuan.sign_in(cast, "tuan")
        await tuan.open("/codes/use")
        await tuan.send("/codes/use")
        await tuan.open(f"/desk/{cast.hoa_sen}")
    # An officer can look, and join nothing; the code stays good.
    code = await _again(visitor, cast)
    async with browser(app) as minh:
        await minh.sign_in(cast, "minh")
        await give_code(minh, code)
        assert "Tài khoản này không khai báo cho cơ sở được." in minh.html
        await minh.send("/codes/use", status=422)
    async with browser(app) as hai:
        await hai.sign_in(cast, "hai")
        await give_code(hai, code)
        await hai.send("/codes/use")
        await give_code(hai, await _again(visitor, cast))
        await hai.send("/codes/use", status=422)
        assert "Bạn đã làm ở cơ sở này rồi" in hai.html


async def _again(visitor: Visitor, cast: Cast) -> str:
    await visitor.open(_people(cast))
    await visitor.send(f"{_people(cast)}/invite", role="receptionist")
    return code_on(visitor)


async def test_two_at_once_with_one_code(
    app: Litestar, visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    code = await invited(visitor, cast)
    async with browser(app) as first:
        await give_code(first, code)
        token = first.token
        form = {"display_name": "Mai", "password": PASSWORD, "terms": "1", "_csrf_token": token}
        answers = await asyncio.gather(
            *(
                first.client.post("/codes/use", data={**form, "login": f"mai{number}"})
                for number in range(6)
            )
        )
    landed = [a.headers.get("location") for a in answers if a.status_code == 303]
    assert landed.count(f"/facilities/{cast.hoa_sen}") == 1
    count = await admin_session.execute(text("SELECT count(*) FROM account WHERE login ~ '^mai'"))
    assert count.scalar_one() == 1


async def test_the_code_belongs_to_the_browser_that_gave_it_last(
    app: Litestar, visitor: Visitor, cast: Cast
) -> None:
    code = await invited(visitor, cast)
    form = {"login": "mai", "display_name": "Mai", "password": PASSWORD, "terms": "1"}
    async with browser(app) as chat, browser(app) as phone:
        await give_code(chat, code)
        await give_code(phone, code)
        await chat.send("/codes/use", **form)
        assert "Nhập mã dùng một lần" in chat.html
        await phone.send("/codes/use", **form)
        assert "Khách sạn Hoa Sen" in phone.html


async def test_it_ends_by_time_by_hand_and_with_its_maker(
    app: Litestar, visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    code = await invited(visitor, cast)
    async with browser(app) as mai:
        await move_codes(admin_engine, timedelta(days=7, seconds=-60))
        await give_code(mai, code)
        await move_codes(admin_engine, timedelta(minutes=2))
        await give_code(mai, code, status=422)
        # Withdrawn.
        code = await _again(visitor, cast)
        await visitor.open(_people(cast))
        at = visitor.html.index("/withdraw")
        path = visitor.html[visitor.html.rindex('"', 0, at) + 1 : at] + "/withdraw"
        await visitor.send(path)
        await give_code(mai, code, status=422)
        # Its maker owns the facility no longer.
        code = await _again(visitor, cast)
        async with admin_engine.begin() as connection:
            await connection.execute(text("UPDATE membership SET owner = false"))
        await give_code(mai, code, status=422)
        assert "Mã không đúng, đã dùng hoặc đã hết hạn" in mai.html


async def test_wrong_tries_are_bounded_by_address_and_by_code(
    app: Litestar, visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    code = await invited(visitor, cast)
    link = link_on(visitor)
    async with browser(app) as stranger:
        await stranger.open(link)
        assert CODE.pair is not None
        for _ in range(CODE.pair.free):
            await stranger.send("/codes", status=422, code="1111-1111-1111", code_id=link[-36:])
        await stranger.send("/codes", status=429, code=code, code_id=link[-36:])
        assert "Thử quá nhiều lần." in stranger.html
        await time_passes(admin_engine, timedelta(hours=2))
        assert CODE.network is not None
        for _ in range(CODE.network.free):
            await stranger.send("/codes", status=422, code="1111-1111-1111")
        answer = await stranger.send("/codes", status=429, code=code)
        assert int(answer.headers["retry-after"]) > 0
        await time_passes(admin_engine, timedelta(hours=2))
        await stranger.send("/codes", code=code)
        assert "Vào làm ở Khách sạn Hoa Sen" in stranger.html


async def test_strangers_with_the_link_keep_out_nobody_elsewhere(
    app: Litestar, visitor: Visitor, cast: Cast
) -> None:
    """However many networks they try from: nobody guesses a code."""
    code = await invited(visitor, cast)
    link = link_on(visitor)
    for number in range(60):
        async with coming_from(app, f"203.0.113.{number}") as client:
            stranger = Visitor(client)
            await stranger.open(link)
            await stranger.send("/codes", status=422, code="1111-1111-1111", code_id=link[-36:])
    async with coming_from(app, HOTEL) as client:
        mai = Visitor(client)
        await mai.open(link)
        await mai.send("/codes", code=code, code_id=link[-36:])
        assert "Vào làm ở Khách sạn Hoa Sen" in mai.html


@pytest.mark.parametrize("taken", ["minh", "lan", "ADMIN", "khong-co-ai", "0912 345 678"])
async def test_a_code_tells_nobody_who_has_a_login(
    taken: str, app: Litestar, visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    """Whatever is typed to sign in with, an account opens; its own login is given to it."""
    code = await invited(visitor, cast)
    form = {"login": taken, "display_name": "Mai", "password": PASSWORD, "terms": "1"}
    async with browser(app) as mai:
        await give_code(mai, code)
        await mai.send("/codes/use", **form)
        assert "Khách sạn Hoa Sen" in mai.html
        await mai.open("/account")
        assert re.search(r"mai-\d{6}", mai.html)
        answer = await mai.client.post(
            "/api/v1/tokens", json={"login": taken, "password": PASSWORD, "label": "test"}
        )
        assert answer.status_code == 201
        token = {"Authorization": f"Bearer {answer.json()['token']}"}
        assert (await mai.client.get("/api/v1/me", headers=token)).json()["display_name"] == "Mai"
    assert len(await deeds(admin_session, "account.opened_by_code")) == 1
    await sign_in(visitor.client, cast, "minh")


async def test_typing_a_code_again_gives_no_new_tries_at_its_form(
    app: Litestar, visitor: Visitor, cast: Cast
) -> None:
    code = await invited(visitor, cast)
    assert CODE_FORM.subject is not None
    async with browser(app) as mai:
        for tries in range(CODE_FORM.subject.free):
            if tries % 5 == 0:
                await give_code(mai, code)
            await mai.send("/codes/use", status=422, login="mai", display_name="Mai")
        await give_code(mai, code)
        await mai.send("/codes/use", status=429, login="mai", display_name="Mai")


@pytest.mark.parametrize("agent", ["Zalo iOS/505", "Mozilla/5.0 [FBAN/FBIOS]"])
async def test_chat_programs_are_told_to_open_a_browser(visitor: Visitor, agent: str) -> None:
    visitor.client.headers["user-agent"] = agent
    await visitor.open("/codes")
    assert "Mở bằng trình duyệt" in visitor.html


async def test_who_is_removed_declares_nothing_from_that_moment_on(
    app: Litestar, visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    """What was remembered of them a moment ago does not count."""
    client = visitor.client
    pms, lan = await sign_in(client, cast, "pms"), await sign_in(client, cast, "lan")
    sent = await client.post(stays_of(cast), json=party(guest()), headers=pms | fresh_key())
    assert sent.status_code == 201, sent.text
    me = (await client.get("/api/v1/me", headers=pms)).json()["id"]
    at = f"/api/v1/facilities/{cast.hoa_sen}/members"
    assert (await client.delete(f"{at}/{me}", headers=lan)).status_code == 204
    refused = await client.post(stays_of(cast), json=party(guest()), headers=pms | fresh_key())
    assert refused.status_code == 404
    assert (await client.get(stays_of(cast), headers=pms)).status_code == 404
    assert len(await deeds(admin_session, "member.removed")) == 1
    # The last owner stays, whoever asks.
    me = (await client.get("/api/v1/me", headers=lan)).json()["id"]
    last = await client.delete(f"{at}/{me}", headers=lan)
    assert (last.status_code, last.json()["code"]) == (409, "last_owner")
    last = await client.put(f"{at}/{me}", json=_no_owner(cast), headers=lan)
    assert (last.status_code, last.json()["code"]) == (409, "last_owner")
