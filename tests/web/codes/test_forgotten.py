"""A password lost and found: by e-mail, by the owner's or the ward's code; nobody learns who has an
account.
"""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.codes.issue import MEANT
from asm.accounts.throttling.limits import ASKS, MAILED_TO
from asm.db.session import one_transaction
from asm.demo.cast import Cast
from asm.identity.vault.keys import read_keys
from asm.notify.channels.channel import OutgoingDelivery
from asm.notify.contacts.sealed_contact import contact_keys
from asm.settings import Settings
from tests.accounts.own.hosts import PASSWORD as OWN
from tests.accounts.own.hosts import open_account
from tests.accounts.throttling.doors import take_name
from tests.notify.carried_mails import Post, that_sends_mails
from tests.notify.messages.rows import messages_by_login, put_contact, rows
from tests.people import sign_in
from tests.web.codes.people import PASSWORD, browser, code_on, deeds, give_code, move_codes
from tests.web.visitor import Visitor

ALIKE = re.compile(r'name="_csrf_token" value="[^"]+"')


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return that_sends_mails(settings)


async def _post(engine: AsyncEngine, settings: Settings) -> list[OutgoingDelivery]:
    return await Post(engine, settings).carry()


async def _ask(visitor: Visitor, login: str) -> str:
    await visitor.open("/forgotten")
    answer = await visitor.send("/forgotten", login=login)
    return ALIKE.sub("", answer.text)


async def _mail_of(engine: AsyncEngine, login: str, secrets_dir: Path) -> None:
    keys = contact_keys(*read_keys(secrets_dir).notify_keys)
    await put_contact(engine, login, "email", {"email": f"{login}@example.vn"}, keys)


async def test_by_mail(
    app: Litestar,
    visitor: Visitor,
    cast: Cast,
    settings: Settings,
    admin_engine: AsyncEngine,
    worker_engine: AsyncEngine,
    secrets_dir: Path,
) -> None:
    await _mail_of(admin_engine, "hai", secrets_dir)
    token = await sign_in(visitor.client, cast, "hai")
    async with browser(app) as elsewhere:
        await elsewhere.sign_in(cast, "hai")
        await _ask(visitor, " HAI ")
        (mail,) = await _post(worker_engine, settings)
        assert mail.address == {"email": "hai@example.vn"}
        code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", mail.message.text)
        assert code is not None
        # The code stands in the mail alone: in no row, no event, no address.
        assert code[0] not in repr(mail.facts) + mail.link + mail.message.title
        stored = await rows(admin_engine, "SELECT facts::text AS facts FROM message")
        assert code[0].replace("-", "") not in repr(stored).replace("-", "")
        await visitor.open(mail.link.removeprefix(settings.public_url))
        await visitor.send("/codes", code=code[0])
        assert "Tên đăng nhập: hai." in visitor.html
        await visitor.send("/codes/use", status=422, password="quá ngắn")
        await visitor.send("/codes/use", password=PASSWORD)
        await visitor.open(f"/desk/{cast.boarding_house}")
        # Wherever the account was signed in, it no longer is.
        await elsewhere.open("/desk")
        assert "Số điện thoại hoặc tên đăng nhập" in elsewhere.html
    assert (await visitor.client.get("/api/v1/me", headers=token)).status_code == 401
    await _post(worker_engine, settings)
    assert await messages_by_login(admin_engine, "account.password") == {"hai": 1}


async def test_the_answer_and_the_work_are_the_same_for_every_login(
    visitor: Visitor,
    settings: Settings,
    admin_engine: AsyncEngine,
    worker_engine: AsyncEngine,
    secrets_dir: Path,
) -> None:
    """An officer's account gets no mail either: its level hands out the code."""
    await _mail_of(admin_engine, "hai", secrets_dir)
    await _mail_of(admin_engine, "minh", secrets_dir)
    pages, counts = set(), []
    for login in ("hai", "lan", "minh", "admin", "khong-co-ai", "0900000000"):
        pages.add(await _ask(visitor, login))
        (count,) = await rows(
            admin_engine, "SELECT (SELECT count(*) FROM account_code), count(*) FROM outbox"
        )
        counts.append(tuple(count))
    assert len(pages) == 1
    assert counts == [(MEANT * n, MEANT * n) for n in range(1, 7)]
    mails = await _post(worker_engine, settings)
    assert [mail.address["email"] for mail in mails] == ["hai@example.vn"]


@pytest.mark.parametrize("address", [None, "mot-hop-thu@example.vn"])
async def test_older_accounts_that_take_a_number_push_nobody_out(
    address: str | None,
    app: Litestar,
    visitor: Visitor,
    cast: Cast,
    settings: Settings,
    admin_engine: AsyncEngine,
    worker_engine: AsyncEngine,
) -> None:
    """Neither those without an address nor those that share one, even if they had it first."""
    number = "0912 345 670"
    older = [
        await open_account(visitor.client, sign_in_name=f"cu-{n}-xx", email=address)
        for n in range(MEANT + 1)
    ]
    if address is not None:
        for each in older:
            await take_name(app, cast, each["login"], OWN, number)
    await open_account(visitor.client, sign_in_name=number, email="nha-tro@example.vn")
    if address is None:
        for each in older:
            await take_name(app, cast, each["login"], OWN, number)
    async with admin_engine.begin() as connection:
        await connection.execute(text("UPDATE contact SET confirmed_at = now()"))
    await _post(worker_engine, settings)
    await _ask(visitor, number)
    mails = await _post(worker_engine, settings)
    sent = [mail.address["email"] for mail in mails]
    assert sent.count("nha-tro@example.vn") == 1
    assert len(sent) == (1 if address is None else MEANT)


async def test_asking_is_bounded_without_a_word(
    visitor: Visitor, admin_engine: AsyncEngine
) -> None:
    assert MAILED_TO.subject is not None
    assert ASKS.network is not None
    most = MAILED_TO.subject.free
    pages = {await _ask(visitor, "hai") for _ in range(most + 2)}
    assert len(pages) == 1
    (codes,) = await rows(admin_engine, "SELECT count(*) AS n FROM account_code")
    assert codes.n == MEANT * most
    for number in range(ASKS.network.free - most - 2):
        await _ask(visitor, f"ai-do-{number}")
    await visitor.open("/forgotten")
    await visitor.send("/forgotten", status=429, login="hai")


async def test_a_number_to_sign_in_with_gets_its_mail_too(
    visitor: Visitor,
    settings: Settings,
    admin_engine: AsyncEngine,
    worker_engine: AsyncEngine,
    secrets_dir: Path,
) -> None:
    """However it is written; and software, which has no password, gets none."""
    await _mail_of(admin_engine, "hai", secrets_dir)
    await _mail_of(admin_engine, "pms", secrets_dir)
    async with admin_engine.begin() as connection:
        await connection.execute(
            text(
                "UPDATE account SET sign_in_name = '+84912345678', name_hash = '!', "
                "named_at = now() WHERE login IN ('hai', 'pms')"
            )
        )
        await connection.execute(text("UPDATE account SET password_hash = '!' WHERE login = 'pms'"))
    await _ask(visitor, "0912 345 678")
    mails = await _post(worker_engine, settings)
    assert [mail.address["email"] for mail in mails] == ["hai@example.vn"]


async def test_a_mailed_code_lives_for_an_hour(
    visitor: Visitor,
    settings: Settings,
    admin_engine: AsyncEngine,
    worker_engine: AsyncEngine,
    secrets_dir: Path,
) -> None:
    await _mail_of(admin_engine, "hai", secrets_dir)
    await _ask(visitor, "hai")
    (mail,) = await _post(worker_engine, settings)
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", mail.message.text)
    assert code is not None
    await move_codes(admin_engine, timedelta(minutes=61))
    await give_code(visitor, code[0], status=422)


async def _account(engine: AsyncEngine, login: str) -> str:
    (row,) = await rows(engine, "SELECT id FROM account WHERE login = :login", login=login)
    return str(row.id)


async def test_the_ward_hands_out_codes_for_its_own_hosts_alone(
    app: Litestar,
    visitor: Visitor,
    cast: Cast,
    admin_engine: AsyncEngine,
    admin_session: AsyncSession,
) -> None:
    await visitor.sign_in(cast, "minh")
    hai, tuan = await _account(admin_engine, "hai"), await _account(admin_engine, "tuan")
    people = f"/facilities/{cast.boarding_house}/people"
    await visitor.open(people)
    # Tuấn works in ward B: neither through its facility nor through one of ward A.
    await visitor.send(f"/facilities/{cast.guest_house_b}/people/{tuan}/code", status=404)
    await visitor.open(people)
    await visitor.send(f"{people}/{tuan}/code", status=404)
    await visitor.open(people)
    await visitor.send(f"{people}/{hai}/code")
    code = code_on(visitor)
    async with browser(app) as phone:
        await give_code(phone, code)
        answers = await asyncio.gather(
            *(
                phone.client.post(
                    "/codes/use", data={"_csrf_token": phone.token, "password": PASSWORD}
                )
                for _ in range(4)
            )
        )
        assert [a.headers.get("location") for a in answers].count("/") == 1
        await phone.open(f"/desk/{cast.boarding_house}")
    ((actor, subject),) = await deeds(admin_session, "account.password_code")
    assert (str(actor), str(subject)) == (await _account(admin_engine, "minh"), hai)
    assert len(await deeds(admin_session, "account.password_set_by_code")) == 1


async def test_an_owner_hands_out_codes_for_staff_who_work_nowhere_else(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    lan = await sign_in(client, cast, "lan")
    at = f"/api/v1/facilities/{cast.hoa_sen}/members"
    for login in ("tuan", "hai"):
        async with one_transaction(admin_engine) as session:
            await session.execute(
                text(
                    "INSERT INTO membership (facility_id, account_id) "
                    "SELECT :facility, id FROM account WHERE login = :login"
                ),
                {"facility": cast.hoa_sen, "login": login},
            )
        # They own another house: a password from here would open that, too.
        path = f"{at}/{await _account(admin_engine, login)}/password-code"
        answer = await client.post(path, headers=lan)
        assert (answer.status_code, answer.json()["code"]) == (403, "password_code_by_ward")
    path = f"{at}/{await _account(admin_engine, 'pms')}/password-code"
    assert (await client.post(path, headers=lan)).status_code == 201
    for stranger in ("pms", "hai"):
        headers = await sign_in(client, cast, stranger)
        assert (await client.post(path, headers=headers)).status_code == 403
    minh_id = await _account(admin_engine, "minh")
    answer = await client.post(f"{at}/{minh_id}/password-code", headers=lan)
    assert answer.status_code == 404


async def test_a_phone_alone_opens_nothing_and_nobody_needs_one(visitor: Visitor) -> None:
    await visitor.open("/forgotten")
    assert "Chỉ biết số điện thoại thì không lấy lại được mật khẩu." in visitor.html
    assert "Công an xã, phường, đặc khu nơi có cơ sở" in visitor.html
    assert 'type="tel"' not in visitor.html
