"""Credentials for hotel software, from the owner's page to the last declaration."""

import uuid
from collections.abc import Callable

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.token_cache import FRESH_S
from asm.db.session import make_sessions
from asm.demo.cast import Cast
from tests.accounts.throttling.doors import STRANGER, coming_from
from tests.facilities.software.makers import Maker, ask_token, bearer
from tests.people import fresh_key, party, sign_in, stays_of


@pytest.fixture
def later(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Move on the clock by which the process forgets whose token is whose."""
    seen = app.state.grants._known._seen
    timer = seen._timer

    def move(seconds: float) -> None:
        monkeypatch.setattr(seen, "_timer", lambda: timer() + seconds)

    return move


async def declare(
    client: httpx.AsyncClient, cast: Cast, token: dict[str, str], query: str = ""
) -> httpx.Response:
    return await client.post(stays_of(cast) + query, json=party(), headers=token | fresh_key())


async def test_software_declares_for_the_facility_that_made_it_and_no_other(
    owner: Maker, client: httpx.AsyncClient, cast: Cast
) -> None:
    client_id, secret = await owner.make()
    answer = await ask_token(client, client_id, secret)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    body = answer.json()
    assert body == {
        "access_token": body["access_token"],
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "declare",
    }
    token = {"Authorization": f"Bearer {body['access_token']}"}
    assert (await declare(client, cast, token)).status_code == 201
    me = (await client.get("/api/v1/me", headers=token)).json()
    assert (me["login"], me["role"], me["facility_ids"]) == (
        client_id, "hotel_system", [str(cast.hoa_sen)],
    )  # fmt: skip
    elsewhere = f"/api/v1/facilities/{cast.guest_house_b}/stays"
    refused = await client.post(elsewhere, json=party(), headers=token | fresh_key())
    assert refused.status_code == 404


async def test_the_secret_is_shown_once(owner: Maker, admin_session: AsyncSession) -> None:
    await owner.visitor.open(owner.path)
    form = {"label": "PMS", "new": owner.new(), "password": owner.password}
    await owner.visitor.send(owner.path, **form)
    _, secret = owner.shown()
    # The page loaded again is the same form sent again: one client, and no secret.
    again = await owner.visitor.client.post(
        owner.path, data={"_csrf_token": owner.visitor.token, **form}
    )
    assert (again.status_code, again.headers["location"]) == (303, owner.path)
    await owner.visitor.open(owner.path)
    assert owner.visitor.html.count('<h2 id="label-') == 1
    assert secret not in owner.visitor.html
    stored = await admin_session.execute(
        text("SELECT s::text FROM software_secret s UNION ALL SELECT a::text FROM account a")
    )
    assert secret not in "\n".join(stored.scalars())


async def test_a_token_of_software_lasts_an_hour(
    owner: Maker, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    token = await bearer(client, *await owner.make())
    for minutes, status in ((59, 200), (61, 401)):
        async with admin_engine.begin() as connection:
            await connection.execute(
                text(
                    "UPDATE api_token SET expires_at = created_at + interval '1 hour' - "
                    "make_interval(mins => :minutes) WHERE software_secret_id IS NOT NULL"
                ),
                {"minutes": minutes},
            )
        assert (await client.get("/api/v1/me", headers=token)).status_code == status


async def test_two_secrets_while_the_software_changes_over(
    owner: Maker, client: httpx.AsyncClient, cast: Cast
) -> None:
    client_id, old = await owner.make()
    of_old = await bearer(client, client_id, old)
    same_id, new = await owner.add_secret()
    assert same_id == client_id
    of_new = await bearer(client, client_id, new)
    assert (await ask_token(client, client_id, old)).status_code == 200, "no gap"

    await owner.client()
    assert "Đang có hai bí mật" in owner.visitor.html
    # A third one is refused, and says what to do.
    await owner.visitor.send(
        f"{owner.path}/{await owner.client()}/secrets",
        422,
        new=str(uuid.uuid4()),
        password=owner.password,
    )
    assert "Hãy kết thúc bí mật cũ trước" in owner.visitor.html

    await owner.end_oldest_secret()
    assert (await ask_token(client, client_id, old)).status_code == 401
    assert (await declare(client, cast, of_old)).status_code == 401
    assert (await declare(client, cast, of_new)).status_code == 201
    assert (await ask_token(client, client_id, new)).status_code == 200


@pytest.mark.parametrize("query", ["", "?dry_run=false"], ids=["short way", "long way"])
@pytest.mark.parametrize("seconds", [0.0, FRESH_S - 1, FRESH_S + 1])
async def test_what_is_revoked_stores_nothing_from_that_moment_on(
    seconds: float, query: str, owner: Maker, client: httpx.AsyncClient, cast: Cast,
    later: Callable[[float], None], admin_session: AsyncSession,
) -> None:  # fmt: skip
    """A process remembers whose token it is for FRESH_S; what it remembers stores nothing."""
    client_id, secret = await owner.make()
    token = await bearer(client, client_id, secret)
    assert (await declare(client, cast, token, query)).status_code == 201
    stays = text("SELECT count(*) FROM stay")
    before = (await admin_session.execute(stays)).scalar_one()

    await owner.revoke()
    later(seconds)
    assert (await declare(client, cast, token, query)).status_code == 401
    assert (await client.get("/api/v1/me", headers=token)).status_code == 401
    assert (await ask_token(client, client_id, secret)).status_code == 401
    assert (await admin_session.execute(stays)).scalar_one() == before


async def test_after_the_cache_a_process_knows_it_no_more(
    owner: Maker, client: httpx.AsyncClient, cast: Cast, later: Callable[[float], None]
) -> None:
    """The bound of what is told, as against stored: a dry run within FRESH_S, none after it."""
    token = await bearer(client, *await owner.make())
    assert (await declare(client, cast, token)).status_code == 201
    await owner.revoke()
    later(FRESH_S + 1)
    dry = await declare(client, cast, token, "?dry_run=true")
    assert dry.status_code == 401


async def test_nobody_signs_in_as_software(
    owner: Maker, client: httpx.AsyncClient, cast: Cast
) -> None:
    client_id, secret = await owner.make()
    said = []
    for login in (client_id, "nobody-at-all"):
        for password in (secret, "!", ""):
            answer = await client.post(
                "/api/v1/tokens", json={"login": login, "password": password, "label": "x"}
            )
            said.append((answer.status_code, answer.content))
    assert set(said) == {(401, said[0][1])}


async def test_software_only_declares(owner: Maker, client: httpx.AsyncClient, cast: Cast) -> None:
    """Who works where, and what a facility is, stays with people; nor is software lent out."""
    client_id, secret = await owner.make()
    token = await bearer(client, client_id, secret)
    facility = f"/api/v1/facilities/{cast.hoa_sen}"
    for method, path, body in (
        ("PUT", facility, {"name": "X", "phone": None, "address_text": "X", "lat": 21.0,
                           "lon": 105.8}),
        ("POST", "/api/v1/facilities", {"kind": "homestay", "name": "X", "address_text": "X",
                                        "lat": 21.0, "lon": 105.8, "rooms": []}),
    ):  # fmt: skip
        answer = await client.request(method, path, json=body, headers=token)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed"), path
    invited = await client.post(f"{facility}/members", json={"login": "hai"}, headers=token)
    assert (invited.status_code, invited.json()["code"]) == (403, "owners_only")
    hai = await sign_in(client, cast, "hai")
    lent = await client.post(
        f"/api/v1/facilities/{cast.boarding_house}/members", json={"login": client_id}, headers=hai
    )
    # Which tells nothing of who there is; software accepts nothing.
    assert lent.status_code == 204, lent.text
    mine = await client.get("/api/v1/me", headers=token)
    assert mine.json()["facility_ids"] == [str(cast.hoa_sen)]


@pytest.mark.parametrize("login", ["hai", "minh", "admin"])
async def test_credentials_are_the_facilitys_own(
    login: str, owner: Maker, app: Litestar, cast: Cast
) -> None:
    await owner.make()
    client = await owner.client()
    async with coming_from(app, STRANGER) as browser:
        other = Maker(browser, cast, cast.hoa_sen)
        await other.sign_in(login)
        status = 404 if login == "hai" else 403
        await other.visitor.open(other.path, status)
        for path in ("", f"/{client}/secrets", f"/{client}/revoke"):
            answer = await browser.post(
                other.path + path,
                data={"_csrf_token": browser.cookies["asm-form"], "label": "x",
                      "new": str(uuid.uuid4())},
            )  # fmt: skip
            assert answer.status_code == status, path
    await owner.client()


async def test_the_database_says_so_too(
    owner: Maker, api_engine: AsyncEngine, admin_session: AsyncSession
) -> None:
    await owner.make()
    for table in ("software_client", "software_secret"):
        count = text(f"SELECT count(*) FROM {table}")
        assert (await admin_session.execute(count)).scalar_one() == 1
        async with make_sessions(api_engine)() as session:
            assert (await session.execute(count)).scalar_one() == 0


async def test_every_deed_is_in_the_trail_and_no_secret(
    owner: Maker, client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    client_id, old = await owner.make("PMS của bà Mẫu")
    await bearer(client, client_id, old)
    _, new = await owner.add_secret()
    await owner.end_oldest_secret()
    await owner.revoke()
    rows = (
        await admin_session.execute(
            text(
                "SELECT action, actor_role, facility_id, e::text AS whole FROM audit_entry e "
                "WHERE action LIKE 'software.%' ORDER BY at, id"
            )
        )
    ).all()
    assert [(row.action, row.actor_role) for row in rows] == [
        ("software.client_added", "receptionist"),
        ("software.token_issued", "hotel_system"),
        ("software.secret_added", "receptionist"),
        ("software.secret_ended", "receptionist"),
        ("software.client_revoked", "receptionist"),
    ]
    assert {row.facility_id for row in rows} == {cast.hoa_sen}
    whole = "\n".join(row.whole for row in rows)
    for secret in (old, new, client_id, "bà Mẫu"):
        assert secret not in whole


async def test_the_list_says_when_each_was_used_last(
    owner: Maker, client: httpx.AsyncClient, admin_session: AsyncSession
) -> None:
    credentials = await owner.make()
    await owner.client()
    assert "chưa dùng" in owner.visitor.html
    await bearer(client, *credentials)
    await owner.client()
    assert "chưa dùng" not in owner.visitor.html


@pytest.mark.parametrize(("label", "message"), [("", "Hãy đặt tên"), ("x" * 81, "tối đa 80")])
async def test_a_label_is_needed(label: str, message: str, owner: Maker) -> None:
    await owner.visitor.open(owner.path)
    await owner.visitor.send(owner.path, 422, label=label, new=owner.new(), password=owner.password)
    assert message in owner.visitor.html
    assert 'href="#label"' in owner.visitor.html
    assert "Chưa có phần mềm nào" in owner.visitor.html
