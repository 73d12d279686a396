"""A screen left open is not the house: who owns it and what software reads in it takes the
password, its owners hear of every change, and the ward gives it back.
"""

from pathlib import Path
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.throttling.limits import AT_SCREEN
from asm.demo.cast import Cast
from asm.identity.vault.keys import read_keys
from asm.notify.contacts.sealed_contact import contact_keys
from asm.notify.messages.texts import inbox_text
from asm.settings import Settings
from tests.facilities.software.makers import Maker, ask_token
from tests.notify.carried_mails import Post, that_sends_mails
from tests.notify.messages.rows import account_id, change, put_contact, rows
from tests.people import sign_in
from tests.web.codes.people import browser, code_on, give_code

#: Of nobody in the cast: what the demo tells everybody is no password for anybody new.
NEW = "sen-no-trong-dam-7"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return that_sends_mails(settings)


@pytest.fixture
def post(worker_engine: AsyncEngine, settings: Settings) -> Post:
    return Post(worker_engine, settings)


async def _works(engine: AsyncEngine, cast: Cast, login: str, *, owner: bool) -> str:
    """Let somebody work at Hoa Sen; their id."""
    who = await account_id(engine, login)
    await change(
        engine,
        "INSERT INTO membership (facility_id, account_id, owner) VALUES (:house, :who, :owner)",
        house=cast.hoa_sen,
        who=who,
        owner=owner,
    )
    return str(who)


async def _staff(engine: AsyncEngine, house: UUID) -> dict[str, bool]:
    """Who works there, and whether each owns it; and software that it has."""
    working = await rows(
        engine,
        "SELECT login, owner FROM membership JOIN account ON id = account_id "
        "WHERE facility_id = :house AND login !~ '^sw-'",
        house=house,
    )
    return {row.login: row.owner for row in working}


async def _codes_and_secrets(engine: AsyncEngine) -> tuple[int, int]:
    """How many codes for an owner there are, and how many secrets."""
    (row,) = await rows(
        engine,
        "SELECT (SELECT count(*) FROM account_code WHERE owner) AS codes, "
        "(SELECT count(*) FROM software_secret) AS secrets",
    )
    return row.codes, row.secrets


@pytest.mark.parametrize("typed", ["", "not the password of Lan"])
@pytest.mark.parametrize(
    ("deed", "fields", "at"),
    [
        ("people/invite", {"role": "landlord", "owner": "1", "display_name": "Mai"}, "invite-"),
        ("people/{tuan}/owner", {"owner": "1"}, "owner-"),
        ("people/{hai}/owner", {"owner": "0"}, "owner-"),
        ("people/{hai}/remove", {"revoke_software": "1"}, "remove-"),
        ("software", {"label": "PMS mới"}, "new-"),
        ("software/{client}/secrets", {}, ""),
    ],
)
async def test_an_open_screen_changes_nothing(
    deed: str, fields: dict[str, str], at: str, typed: str, app: Litestar, cast: Cast,
    admin_engine: AsyncEngine,
) -> None:  # fmt: skip
    """What was typed stays, the error leads to the password; with the password it is done."""
    ids = {
        "hai": await _works(admin_engine, cast, "hai", owner=True),
        "tuan": await _works(admin_engine, cast, "tuan", owner=False),
    }
    async with browser(app) as lan:
        maker = Maker(lan.client, cast, cast.hoa_sen)
        await maker.sign_in("lan")
        shown = await maker.make("PMS của Lan")
        path = f"/facilities/{cast.hoa_sen}/" + deed.format(client=await maker.client(), **ids)
        before = await _staff(admin_engine, cast.hoa_sen), await _codes_and_secrets(admin_engine)
        await lan.open(f"/facilities/{cast.hoa_sen}/" + deed.partition("/")[0])
        form = {"new": maker.new(), **fields}
        await lan.send(path, status=422, password=typed, **form)
        field = at + "password" if at in ("invite-", "new-") else at + "password-"
        assert f'href="#{field}' in lan.html
        assert f'id="{field}' in lan.html
        assert fields.get("display_name", "") in lan.html
        after = await _staff(admin_engine, cast.hoa_sen), await _codes_and_secrets(admin_engine)
        assert after == before
        assert (await ask_token(lan.client, *shown)).status_code == 200
        await lan.send(path, password=cast.people["lan"].password, **form)
        after = await _staff(admin_engine, cast.hoa_sen), await _codes_and_secrets(admin_engine)
        assert after != before


async def test_a_token_alone_changes_no_owner(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    hai = await _works(admin_engine, cast, "hai", owner=True)
    lan = await sign_in(client, cast, "lan")
    at = f"/api/v1/facilities/{cast.hoa_sen}"
    right = {"password": cast.people["lan"].password}
    calls = (
        ("POST", f"{at}/invitations", {"role": "landlord", "owner": True}, 201),
        ("PUT", f"{at}/members/{hai}", {"owner": False}, 204),
        ("PUT", f"{at}/members/{hai}", {"owner": True}, 204),
    )
    refused = await client.delete(f"{at}/members/{hai}", headers=lan)
    assert (refused.status_code, refused.json()["code"]) == (409, "owner_first")
    for method, path, wish, done in calls:
        for extra, code in (({}, "password_needed"), ({"password": "x"}, "password_wrong")):
            refused = await client.request(method, path, json=wish | extra, headers=lan)
            assert refused.status_code == 422, refused.text
            (error,) = refused.json()["errors"]
            assert (error["pointer"], error["code"]) == ("/password", code)
        answer = await client.request(method, path, json=wish | right, headers=lan)
        assert answer.status_code == done, answer.text
    # No invitation of staff takes it.
    plain = await client.post(f"{at}/invitations", json={"role": "receptionist"}, headers=lan)
    assert plain.status_code == 201
    assert AT_SCREEN.subject is not None
    for _ in range(AT_SCREEN.subject.free):
        wish = {"owner": False, "password": "guessed"}
        answer = await client.put(f"{at}/members/{hai}", json=wish, headers=lan)
    assert answer.status_code == 429
    assert await _staff(admin_engine, cast.hoa_sen) == {"lan": True, "hai": True, "pms": False}


async def _messages(engine: AsyncEngine) -> dict[tuple[str, str], str]:
    """What each login was told of a deed, as the inbox has it in English."""
    working = await rows(
        engine,
        "SELECT login, facts FROM message JOIN account ON account.id = account_id "
        "WHERE topic = 'facility.people'",
    )
    return {
        (row.facts["deed"], row.login): inbox_text("facility.people", row.facts, "en").text
        for row in working
    }


async def test_owners_hear_who_comes_and_goes(
    app: Litestar, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine, post: Post,
    secrets_dir: Path,
) -> None:  # fmt: skip
    """Also who is an owner no longer when the worker comes to it; no person is named."""
    keys = contact_keys(*read_keys(secrets_dir).notify_keys)
    await put_contact(admin_engine, "lan", "email", {"email": "lan@example.vn"}, keys)
    lan, hai = await sign_in(client, cast, "lan"), await sign_in(client, cast, "hai")
    lan_id = (await client.get("/api/v1/me", headers=lan)).json()["id"]
    at = f"/api/v1/facilities/{cast.hoa_sen}"
    wish = {"role": "landlord", "owner": True, "password": cast.people["lan"].password}
    code = (await client.post(f"{at}/invitations", json=wish, headers=lan)).json()["code"]
    async with browser(app) as thief:
        maker = Maker(thief.client, cast, cast.hoa_sen)
        await maker.sign_in("hai")
        await give_code(thief, code)
        await thief.send("/codes/use", join="1")
        await maker.make("PMS")
        await maker.add_secret()
        people = f"/facilities/{cast.hoa_sen}/people"
        await thief.open(people)
        await thief.send(f"{people}/{lan_id}/remove", password=maker.password)
    wish = {"role": "receptionist"}
    code = (await client.post(f"{at}/invitations", json=wish, headers=hai)).json()["code"]
    async with browser(app) as mai:
        await give_code(mai, code)
        form = {"login": "mai", "display_name": "Mai", "password": NEW, "terms": "1"}
        await mai.send("/codes/use", **form)
        await mai.open("/account")
    mails = [mail for mail in await post.carry() if mail.address == {"email": "lan@example.vn"}]
    said = await _messages(admin_engine)
    (new,) = {login for _, login in said} - {"lan", "hai"}
    assert set(said) == {
        ("joined_owner", "lan"), ("joined_owner:own", "hai"), ("client_made", "lan"),
        ("client_made", "hai"), ("secret_made", "lan"), ("secret_made", "hai"),
        ("removed", "hai"), ("removed:own", "lan"), ("joined", "hai"), ("joined:own", new),
    }  # fmt: skip
    assert "Khách sạn Hoa Sen: you work here no longer." in said["removed:own", "lan"]
    assert not [text for text in said.values() if "Lan" in text or "Hải" in text]
    assert len(mails) == 4
    assert not [mail for mail in mails if "Hoa Sen" in mail.message.text]


async def _stolen(client: httpx.AsyncClient, cast: Cast, engine: AsyncEngine) -> tuple[str, str]:
    """Hải has taken the house from Lan: his id, and a code for an owner that he handed out."""
    hai_id = await _works(engine, cast, "hai", owner=True)
    hai = await sign_in(client, cast, "hai")
    at = f"/api/v1/facilities/{cast.hoa_sen}"
    wish: dict[str, object] = {"owner": False, "password": cast.people["hai"].password}
    lan_id = await account_id(engine, "lan")
    assert (await client.put(f"{at}/members/{lan_id}", json=wish, headers=hai)).status_code == 204
    assert (await client.delete(f"{at}/members/{lan_id}", headers=hai)).status_code == 204
    wish |= {"role": "landlord", "owner": True, "password": cast.people["hai"].password}
    theirs = (await client.post(f"{at}/invitations", json=wish, headers=hai)).json()["code"]
    return hai_id, theirs


async def _ended_by_a_program(client: httpx.AsyncClient, cast: Cast, owner_id: str) -> None:
    member = f"/api/v1/facilities/{cast.hoa_sen}/members/{owner_id}"
    minh, thao = [await sign_in(client, cast, login) for login in ("minh", "thao")]
    wish = {"owner": False, "password": cast.people["minh"].password}
    elsewhere = {"owner": False, "password": cast.people["thao"].password}
    assert (await client.put(member, json=elsewhere, headers=thao)).status_code == 404
    assert (await client.put(member, json={"owner": False}, headers=minh)).status_code == 422
    assert (await client.put(member, json=wish, headers=minh)).status_code == 204
    assert (await client.put(member, json=wish, headers=minh)).status_code == 404
    up = await client.put(member, json={**wish, "owner": True}, headers=minh)
    assert up.status_code in {403, 404}


@pytest.mark.parametrize("door", ["page", "program"])
async def test_the_ward_gives_a_house_back(
    door: str, app: Litestar, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine,
    post: Post,
) -> None:  # fmt: skip
    """The last owner is ended with the officer's password, with the codes that they handed out."""
    hai_id, theirs = await _stolen(client, cast, admin_engine)
    form = {"display_name": "Lan", "facility": str(cast.hoa_sen)}
    password = cast.people["minh"].password
    async with browser(app) as page:
        await page.sign_in(cast, "minh")
        await page.open("/ward/landlords")
        await page.send("/ward/landlords", status=409, **form)
        people = f"/facilities/{cast.hoa_sen}/people"
        assert "cho họ thôi làm chủ ở trang đó" in page.html
        await page.open(people)
        if door == "page":
            ending = f"{people}/{hai_id}/owner"
            await page.send(ending, status=422, owner="0")
            assert f'href="#owner-password-{hai_id}"' in page.html
            await page.send(ending, owner="0", password=password)
            assert "Cơ sở chưa có chủ." in page.html
        else:
            await _ended_by_a_program(client, cast, hai_id)
        assert await _staff(admin_engine, cast.hoa_sen) == {"hai": False, "pms": False}
        await page.open("/ward/landlords")
        await page.send("/ward/landlords", **form)
        code = code_on(page)
    async with browser(app) as lan:
        await lan.sign_in(cast, "lan")
        await give_code(lan, code)
        await lan.send("/codes/use", join="1")
        # What the thief handed out does not live again.
        await change(admin_engine, "UPDATE membership SET owner = true WHERE true")
        await give_code(lan, theirs, status=422)
    await post.carry()
    assert ("ward_ended:own", "hai") in await _messages(admin_engine)
    (entry,) = await rows(
        admin_engine,
        "SELECT login, subject_id FROM audit_entry JOIN account ON account.id = actor_id "
        "WHERE action = 'member.ward_ended'",
    )
    assert (entry.login, str(entry.subject_id)) == ("minh", hai_id)
