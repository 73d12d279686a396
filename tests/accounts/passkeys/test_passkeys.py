"""Passkeys through the front door: added, used, named, removed; and what opens nothing."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.codes.code_keys import code_keys
from asm.accounts.codes.issue import NewCode, issue_as_operator
from asm.db.session import one_transaction
from asm.demo.cast import Cast
from asm.identity.vault.keys import read_keys
from asm.settings import Settings
from tests.accounts.passkeys.authenticator import SoftKey
from tests.accounts.passkeys.conftest import KeyOwner
from tests.notify.messages.rows import account_id, change, rows
from tests.web.codes.people import PASSWORD

REFUSED = "Khóa truy cập này không đăng nhập được ở đây."


async def actions(admin_engine: AsyncEngine) -> list[str]:
    entries = await rows(
        admin_engine,
        "SELECT action || coalesce(':' || (details->>'by'), '') AS said FROM audit_entry "
        "WHERE action LIKE 'account.passkey%' OR details ? 'by' ORDER BY at, id",
    )
    return [row.said for row in entries]


@pytest.mark.parametrize("login", ["hai", "minh", "admin"])
async def test_a_passkey_signs_in_and_leads_back(
    login: str, owner: KeyOwner, cast: Cast, admin_engine: AsyncEngine
) -> None:
    key = SoftKey()
    await owner.add_key(cast, login, key)
    options = await owner.see_options("/sign-in?next=/account")
    assert options["rpId"] == "localhost"
    assert options.get("allowCredentials", []) == []
    answer = await owner.enter(key.sign(options))
    assert answer.url.path == "/account"
    assert f">{cast.people[login].name}</a>" in owner.html
    assert await actions(admin_engine) == ["account.passkey_added", "account.signed_in:passkey"]
    (row,) = await rows(admin_engine, "SELECT * FROM passkey")
    assert (row.sign_count, row.rp_id, row.label) == (2, "localhost", "Máy tôi")
    assert row.last_used_at is not None


async def test_only_who_typed_the_password_just_now_adds_names_and_removes(
    owner: KeyOwner, cast: Cast, admin_engine: AsyncEngine
) -> None:
    key = SoftKey()
    await owner.add_key(cast, "hai", key)
    (row,) = await rows(admin_engine, "SELECT id FROM passkey")
    await owner.enter(key.sign(await owner.see_options()))
    answer = await owner.open("/account/passkeys")
    assert answer.url.path == "/step-up"
    for path, form in (
        ("/account/passkeys", {"answer": "{}", "label": "x"}),
        (f"/account/passkeys/{row.id}/name", {"label": "Khác"}),
        (f"/account/passkeys/{row.id}/remove", {}),
    ):
        await owner.open("/account")
        await owner.send(path, status=403, **form)
        assert "Nhập lại mật khẩu" in owner.html
    await owner.step_up(cast, "hai")
    await owner.open("/account/passkeys")
    await owner.send(f"/account/passkeys/{row.id}/name", label="Điện thoại của Hải")
    assert "Điện thoại của Hải" in owner.html
    await owner.send(f"/account/passkeys/{row.id}/name", status=422, label="x" * 61)
    await owner.send(f"/account/passkeys/{row.id}/remove")
    assert await rows(admin_engine, "SELECT id FROM passkey") == []
    await owner.send(f"/account/passkeys/{row.id}/remove")  # pressed twice
    assert (await actions(admin_engine))[2:] == ["account.passkey_named", "account.passkey_removed"]
    await owner.send("/sign-out")
    await owner.enter(key.sign(await owner.see_options()), status=422)
    assert REFUSED in owner.html
    await owner.sign_in(cast, "hai")  # the password was never away


#: What a key that is Hải's, and one that is Lan's, may be made to say.
ATTEMPTS: dict[str, Callable[[SoftKey, SoftKey, dict[str, Any]], str]] = {
    "origin": lambda key, _, options: replace(key, origin="https://evil.example").sign(options),
    "host": lambda key, _, options: replace(key, rp_id="evil.example").sign(options),
    "account": lambda key, lan, options: key.sign(options, user=lan.user),
    "id": lambda key, lan, options: replace(key, id=lan.id, user=lan.user).sign(options),
    "unknown": lambda key, _, options: SoftKey(user=key.user).sign(options),
    "no answer": lambda *_: "",
    "no JSON": lambda *_: "{" * 9,
    "too long": lambda *_: " " * 40_000,
}


async def test_what_proves_nothing_is_refused_alike(
    owner: KeyOwner, cast: Cast, admin_engine: AsyncEngine
) -> None:
    key, lan = SoftKey(), SoftKey()
    await owner.add_key(cast, "hai", key)
    await owner.add_key(cast, "lan", lan)
    said = set()
    for name, attempt in ATTEMPTS.items():
        await owner.enter(attempt(key, lan, await owner.see_options()), status=422)
        assert REFUSED in owner.html, name
        said.add(re.sub(r'data-options="{.*?}"|_csrf_token" value="[^"]*"', "", owner.html))
    assert len(said) == 1, "one of them says more than the others"
    assert "account.signed_in:passkey" not in await actions(admin_engine)
    await owner.enter(key.sign(await owner.see_options()))


async def test_a_challenge_is_answered_once_by_the_browser_that_got_it_and_in_time(
    owner: KeyOwner, client: httpx.AsyncClient, cast: Cast, app: Litestar,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    key = SoftKey()
    await owner.add_key(cast, "hai", key)
    answer = key.sign(await owner.see_options())
    await owner.enter(answer)
    await owner.send("/sign-out")
    await owner.open("/sign-in")
    await owner.enter(answer, status=422)
    assert REFUSED in owner.html
    # Another browser has a cookie of its own.
    stranger = KeyOwner(client)
    await stranger.open("/sign-in")
    await stranger.enter(key.sign(await owner.see_options()), status=422)
    assert "Hãy bấm lại" in stranger.html
    # A challenge for adding signs nobody in.
    await owner.sign_in(cast, "hai")
    await owner.step_up(cast, "hai")
    adding = await owner.see_options("/account/passkeys")
    await owner.enter(key.sign(adding), status=422)
    assert "Hãy bấm lại" in owner.html
    # Two tabs do not spoil each other.
    first, second = await owner.see_options(), await owner.see_options()
    await owner.enter(key.sign(second))
    late = await owner.see_options()
    now = app.state.clock.now
    monkeypatch.setattr(app.state.clock, "now", lambda: now().replace(year=now().year + 1))
    await owner.enter(key.sign(late), status=422)
    monkeypatch.undo()
    await owner.enter(key.sign(first))


async def test_an_office_has_to_unlock_its_key_and_a_host_need_not(
    owner: KeyOwner, cast: Cast
) -> None:
    for login, status in (("hai", 200), ("minh", 422)):
        key = SoftKey()
        await owner.add_key(cast, login, key)
        key.unlocked = False
        await owner.enter(key.sign(await owner.see_options()), status=status)
    assert "mở bằng vân tay" in owner.html
    await owner.sign_in(cast, "minh")
    await owner.step_up(cast, "minh")
    options = await owner.see_options("/account/passkeys")
    assert options["authenticatorSelection"]["userVerification"] == "required"
    locked = SoftKey(unlocked=False)
    await owner.send("/account/passkeys", status=422, answer=locked.make(options), label="x")


async def test_a_copied_key_is_stopped_and_the_password_still_opens(
    owner: KeyOwner, cast: Cast, admin_engine: AsyncEngine
) -> None:
    key = SoftKey()
    await owner.add_key(cast, "hai", key)
    copy = replace(key)
    for _ in range(2):
        await owner.enter(key.sign(await owner.see_options()))
        await owner.send("/sign-out")
    await owner.enter(copy.sign(await owner.see_options()), status=422)
    assert "sao chép" in owner.html
    assert "account.passkey_copied" in await actions(admin_engine)
    await owner.enter(key.sign(await owner.see_options()), status=422)
    await owner.sign_in(cast, "hai")
    await owner.step_up(cast, "hai")
    await owner.open("/account/passkeys")
    assert "có thể đã bị sao chép" in owner.html
    # A key that never counts is none that went back.
    uncounted = SoftKey(count=0)
    await owner.add_key(cast, "lan", uncounted)
    for _ in range(2):
        await owner.enter(uncounted.sign(await owner.see_options()))
        await owner.send("/sign-out")


async def test_disabled_accounts_stay_out(
    owner: KeyOwner, cast: Cast, admin_engine: AsyncEngine
) -> None:
    key = SoftKey()
    await owner.add_key(cast, "hai", key)
    await change(
        admin_engine,
        "UPDATE account SET disabled_at = now(), disabled_by = 'administrator' WHERE login = 'hai'",
    )
    await owner.enter(key.sign(await owner.see_options()), status=422)
    assert REFUSED in owner.html


async def test_a_code_that_sets_a_new_password_takes_passkeys_away(
    owner: KeyOwner, cast: Cast, admin_engine: AsyncEngine, secrets_dir: Path
) -> None:
    key = SoftKey()
    await owner.add_key(cast, "hai", key)
    keys = code_keys(*read_keys(secrets_dir).notify_keys)
    async with one_transaction(admin_engine) as session:
        whose = await account_id(admin_engine, "hai")
        new = NewCode(purpose="reset_password", account_id=whose)
        issued = await issue_as_operator(session, keys, new)
    await owner.open("/codes")
    await owner.send("/codes", code=issued.code)
    await owner.send("/codes/use", password=PASSWORD)
    assert await rows(admin_engine, "SELECT id FROM passkey") == []
    await owner.open("/account")
    await owner.send("/sign-out")
    await owner.enter(key.sign(await owner.see_options()), status=422)
    assert REFUSED in owner.html


async def test_a_host_who_closes_the_account_leaves_no_passkey(
    owner: KeyOwner, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await owner.add_key(cast, "bich", SoftKey())
    await owner.sign_in(cast, "bich")
    await owner.open("/account")
    await change(
        admin_engine,
        "DELETE FROM membership WHERE account_id = (SELECT id FROM account WHERE login = 'bich')",
    )
    await owner.send("/account/close", close_password=cast.people["bich"].password)
    assert await rows(admin_engine, "SELECT id FROM passkey") == []


async def test_after_a_move_both_hosts_are_offered_and_named(
    app: Litestar, owner: KeyOwner, cast: Cast, settings: Settings
) -> None:
    old = SoftKey()
    await owner.add_key(cast, "hai", old)
    app.state.settings = replace(
        settings, public_url="https://moi.example.vn", passkey_hosts=("moi.example.vn", "localhost")
    )
    owner.client.base_url = httpx.URL("https://moi.example.vn")
    new = SoftKey(rp_id="moi.example.vn", origin="https://moi.example.vn")
    await owner.add_key(cast, "hai", new)
    assert (await owner.see_options(number=0))["rpId"] == "moi.example.vn"
    assert "Khóa truy cập tạo ở địa chỉ cũ localhost" in owner.html
    old.origin = "https://moi.example.vn"
    await owner.enter(old.sign(await owner.see_options(number=1)))
    await owner.send("/sign-out")
    await owner.enter(new.sign(await owner.see_options(number=0)))
    related = await owner.client.get("/.well-known/webauthn")
    assert related.json() == {"origins": ["https://moi.example.vn"]}
    # A host that is no longer named opens nothing, and its passkey says so.
    app.state.settings = replace(settings, public_url="https://moi.example.vn")
    await owner.step_up(cast, "hai")
    await owner.open("/account/passkeys")
    assert "Tạo cho địa chỉ localhost, nay không còn dùng" in owner.html
    await owner.send("/sign-out")
    await owner.enter(old.sign(await owner.see_options()), status=422)
    assert REFUSED in owner.html


async def test_pages_without_a_name_or_https_offer_none(
    app: Litestar, owner: KeyOwner, cast: Cast, settings: Settings
) -> None:
    for public_url in ("http://127.0.0.1", "https://10.0.0.5", "http://luutru.example.vn"):
        app.state.settings = replace(settings, public_url=public_url)
        await owner.open("/sign-in")
        assert 'action="/sign-in/passkey"' not in owner.html
