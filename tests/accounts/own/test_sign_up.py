"""A host opens an account: what is stored, what is refused, and that nobody learns who has one."""

import uuid
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts import passwords
from asm.accounts.own.sign_up import TERMS_VERSION
from asm.accounts.throttling.limits import Limit, Purpose
from asm.demo.cast import Cast
from tests.accounts.own.hosts import PASSWORD, open_account, token_of, wish
from tests.accounts.throttling.doors import HOTEL, STRANGER, coming_from, try_password
from tests.notify.messages.rows import rows
from tests.web.visitor import Visitor

PHONE = "0912 345 678"


async def _me(client: httpx.AsyncClient, headers: dict[str, str] | None) -> dict[str, Any]:
    assert headers is not None
    answer: dict[str, Any] = (await client.get("/api/v1/me", headers=headers)).json()
    return answer


@pytest.mark.parametrize("role", ["receptionist", "landlord", "hospital_clerk"])
async def test_a_host_opens_an_account_and_signs_in_by_phone_or_by_its_own_login(
    client: httpx.AsyncClient, admin_engine: AsyncEngine, role: str
) -> None:
    opened = await open_account(
        client, role=role, sign_in_name=PHONE, email="Thu@Example.vn", language="en"
    )
    for name in (PHONE, "0912345678", "+84 912.345.678", "0084912345678", opened["login"]):
        me = await _me(client, await token_of(client, name))
        assert (me["id"], me["role"], me["facility_ids"]) == (opened["id"], role, [])
    (row,) = await rows(admin_engine, "SELECT * FROM account WHERE id = :id", id=opened["id"])
    assert (row.terms_version, row.language) == (TERMS_VERSION, "en")
    assert row.terms_accepted_at is not None
    assert PASSWORD not in row.password_hash
    contacts = await rows(
        admin_engine,
        "SELECT channel, hint, sealed, confirmed_at FROM contact WHERE account_id = :id "
        "ORDER BY channel",
        id=opened["id"],
    )
    # Neither is proved by typing it, and neither stands there in the clear.
    assert [(each.channel, each.hint) for each in contacts] == [
        ("email", "T…@example.vn"),
        ("sms", "…678"),
    ]
    assert all(each.confirmed_at is None for each in contacts)
    assert not any(b"912345678" in each.sealed for each in contacts)
    (entry,) = await rows(
        admin_engine, "SELECT * FROM audit_entry WHERE action = 'account.signed_up'"
    )
    assert (str(entry.actor_id), entry.details) == (
        opened["id"],
        {"role": role, "terms": TERMS_VERSION},
    )


async def test_a_taken_name_is_answered_as_a_free_one(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    taken, shared = cast.people["lan"].login, wish()["sign_in_name"]
    await open_account(client, sign_in_name=shared)
    answers = []
    for name in (taken, shared, "nobody-has-this"):
        answer = await client.post("/api/v1/accounts", json=wish(sign_in_name=name))
        body = answer.json()
        assert body["login"].startswith("thu-")
        answers.append((answer.status_code, set(body), answer.headers.keys()))
    assert answers[0] == answers[1] == answers[2]


async def test_people_who_share_a_phone_are_told_apart_by_the_password(
    client: httpx.AsyncClient,
) -> None:
    mother = await open_account(client, sign_in_name=PHONE, password="tram nam trong coi nguoi ta")
    son = await open_account(client, sign_in_name=PHONE, password="truoc sau van nhu ban dau")
    for opened, password in (
        (mother, "tram nam trong coi nguoi ta"),
        (son, "truoc sau van nhu ban dau"),
    ):
        me = await _me(client, await token_of(client, PHONE, password))
        assert me["id"] == opened["id"]
    # The number alone opens nothing.
    assert await token_of(client, PHONE, PHONE) is None


async def test_who_comes_later_with_a_name_takes_nothing_from_who_had_it(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    lan = cast.people["lan"]
    for _ in range(4):
        await open_account(client, sign_in_name=lan.login, password=PASSWORD)
    me = await _me(client, await token_of(client, lan.login, lan.password))
    assert me["login"] == lan.login


async def test_a_wrong_password_is_compared_as_often_whoever_has_the_name(
    client: httpx.AsyncClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that time does not tell: counted, since a clock would tell of the machine."""
    compared: list[str] = []
    verify, hashed = passwords.HASHER.verify, passwords.HASHER.hash

    class Counting:
        @staticmethod
        def hash(password: str, *, salt: bytes | None = None) -> str:
            compared.append(password)
            return hashed(password, salt=salt)

        @staticmethod
        def verify(stored: str, password: str) -> bool:
            compared.append(stored)
            return verify(stored, password)

    await open_account(client, sign_in_name=PHONE)
    await open_account(client, sign_in_name=PHONE, password="truoc sau van nhu ban dau")
    monkeypatch.setattr(passwords, "HASHER", Counting)
    counts = []
    for name in ("nobody-has-this", "lan", PHONE):
        compared.clear()
        assert await token_of(client, name, "not the password") is None
        counts.append(len(compared))
    assert counts == [2] * 3, "with the login's, and by the name"


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"sign_in_name": "ab"}, "/sign_in_name", "sign_in_name_invalid"),
        ({"sign_in_name": "hai nha tro"}, "/sign_in_name", "sign_in_name_invalid"),
        ({"sign_in_name": "a\u0000b"}, "/sign_in_name", "wrong_type"),
        ({"sign_in_name": "x" * 65}, "/sign_in_name", "sign_in_name_invalid"),
        ({"display_name": "  "}, "/display_name", "display_name_length"),
        ({"display_name": "a\u0000b"}, "/display_name", "wrong_type"),
        ({"role": "ward_officer"}, "/role", "sign_up_role"),
        ({"role": "hotel_system"}, "/role", "sign_up_role"),
        ({"role": "administrator"}, "/role", "sign_up_role"),
        ({"password": "bon nam sau"}, "/password", "password_too_short"),
        ({"password": "x" * 600}, "/password", "password_too_long"),
        ({"password": "NGUYỄN THỊ THỬ"}, "/password", "password_is_known"),
        ({"email": "thu@example.vn", "password": "THU@example.vn"}, "/password",
         "password_is_known"),
        ({"password": "123456789012"}, "/password", "password_common"),
        ({"password": "abcabcabcabc"}, "/password", "password_common"),
        ({"password": "MatKhau12345"}, "/password", "password_common"),
        ({"terms_version": "2000-01-01"}, "/terms_version", "terms_not_accepted"),
        ({"terms_version": ""}, "/terms_version", "terms_not_accepted"),
        ({"email": "khong phai thu"}, "/email", "address_invalid"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_named_with_its_remedy_and_nothing_is_stored(
    client: httpx.AsyncClient,
    admin_engine: AsyncEngine,
    changes: dict[str, str],
    pointer: str,
    code: str,
) -> None:
    before = await rows(admin_engine, "SELECT count(*) AS n FROM account")
    answer = await client.post("/api/v1/accounts", json=wish(**changes))
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert error["message"]
    assert error["message_en"]
    assert await rows(admin_engine, "SELECT count(*) AS n FROM account") == before


async def test_the_same_form_twice_opens_one_account(
    client: httpx.AsyncClient, admin_engine: AsyncEngine
) -> None:
    form = wish(key=str(uuid.uuid4()), email="thu@example.vn")
    first, again = [await client.post("/api/v1/accounts", json=form) for _ in range(2)]
    assert first.json() == again.json()
    other = await client.post(
        "/api/v1/accounts", json=form | {"password": "truoc sau van nhu ban dau"}
    )
    assert (other.status_code, other.json()["code"]) == (409, "form_used")
    (counted,) = await rows(admin_engine, "SELECT count(*) AS n FROM sign_up")
    assert counted.n == 1


async def test_a_network_opens_only_so_many(
    client: httpx.AsyncClient, app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = Limit(free=2, forgotten_after=timedelta(minutes=1))
    monkeypatch.setattr("asm.api.v1.accounts.sign_up.SIGN_UP", Purpose(name="sign_up", network=two))
    for _ in range(2):
        await open_account(client)
    refused = await client.post("/api/v1/accounts", json=wish())
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tries")
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    async with coming_from(app, STRANGER) as stranger:
        opened = await stranger.post("/api/v1/accounts", json=wish())
        assert opened.status_code == 201, "another network has its own"
        # Whom a stranger claims to speak for changes nothing.
        await stranger.post("/api/v1/accounts", json=wish())
        again = await stranger.post(
            "/api/v1/accounts", json=wish(), headers={"X-Forwarded-For": "192.0.2.9"}
        )
        assert again.status_code == 429


async def test_a_known_browser_of_a_phone_number_is_not_shut_out_by_a_stranger(
    client: httpx.AsyncClient, app: Litestar
) -> None:
    """Ways of writing the number are one counter; the browser that opened the account is known."""
    visitor = Visitor(client)
    await visitor.open("/sign-up")
    await visitor.send(
        "/sign-up",
        sign_in_name=PHONE,
        display_name="Nguyễn Thị Thử",
        role="landlord",
        password=PASSWORD,
        terms="1",
    )
    device = client.cookies
    async with coming_from(app, STRANGER) as stranger:
        ways = (PHONE, "0912.345.678", "+84912345678", "0084 912 345 678")
        answers = [
            (await try_password(stranger, ways[n % len(ways)])).status_code for n in range(8)
        ]
        assert answers[:5] == [401] * 5
        assert answers[5:] == [429] * 3
        assert (await try_password(stranger, PHONE, PASSWORD)).status_code == 429
    async with coming_from(app, HOTEL) as elsewhere:
        elsewhere.cookies.update({n: v for n, v in device.items() if "device" in n})
        known = Visitor(elsewhere)
        await known.open("/sign-in")
        await known.send("/sign-in", login="+84 912 345 678", password=PASSWORD)
        assert (await known.open("/account")).url.path == "/account"
