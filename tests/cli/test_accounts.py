"""`asm account`: from the command line to the first sign-in, and to the last."""

import json
import subprocess
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import WARD_B, Cast
from asm.settings import Settings
from tests.cli.test_commands import asm
from tests.notify.messages.rows import change, rows
from tests.people import sign_in
from tests.web.visitor import Visitor

PASSWORD = "mot-mat-khau-dai-2026"


def create(
    settings: Settings, login: str, role: str | None, *more: str, password: str = PASSWORD
) -> subprocess.CompletedProcess[str]:
    as_role = () if role is None else ("--role", role)
    command = ("account", "create", login, *as_role, "--name", "Người Mới", *more)
    return asm(settings, *command, stdin=password + "\n")


async def account(engine: AsyncEngine, login: str) -> list[Any]:
    return await rows(engine, "SELECT * FROM account WHERE login = :login", login=login)


async def test_a_provincial_officer_is_made_and_signs_in(
    settings: Settings, cast: Cast, client: httpx.AsyncClient, admin_engine: AsyncEngine
) -> None:
    created = create(settings, "Tinh.01", "provincial_officer", "--as", "admin")
    assert created.returncode == 0, created.stderr
    answer = json.loads(created.stdout)
    assert (answer["login"], answer["role"]) == ("tinh.01", "provincial_officer")
    assert PASSWORD not in created.stdout + created.stderr
    (row,) = await account(admin_engine, "tinh.01")
    assert (row.display_name, row.ward_code) == ("Người Mới", None)
    (entry,) = await rows(
        admin_engine, "SELECT * FROM audit_entry WHERE action = 'account.created'"
    )
    assert (str(entry.subject_id), entry.actor_role) == (answer["id"], "administrator")
    assert "Người Mới" not in str(entry.details)
    visitor = Visitor(client)
    await visitor.open("/sign-in")
    await visitor.send("/sign-in", login="tinh.01", password=PASSWORD)
    await visitor.open("/watchlists")


async def test_a_name_need_not_stand_in_the_command(
    settings: Settings, admin_engine: AsyncEngine
) -> None:
    """sudo notes commands. A password alone is taken for no name."""
    command = ("account", "create", "ten", "--role", "administrator")
    assert asm(settings, *command, stdin=PASSWORD + "\n").returncode == 2
    assert await account(admin_engine, "ten") == []
    created = asm(settings, *command, stdin=f"Lê Văn Tên\n{PASSWORD}\n")
    assert created.returncode == 0, created.stderr
    (row,) = await account(admin_engine, "ten")
    assert row.display_name == "Lê Văn Tên"


async def test_what_windows_puts_before_a_text_is_no_part_of_it(
    settings: Settings, client: httpx.AsyncClient, admin_engine: AsyncEngine
) -> None:
    for login, more, typed in (
        ("ten", (), f"\ufeffLê Văn Tên\r\n{PASSWORD}\r\n"),
        ("khac", ("--name", "Lê Văn Tên"), f"\ufeff{PASSWORD}\n"),
    ):
        command = ("account", "create", login, "--role", "administrator", *more)
        created = asm(settings, *command, stdin=typed)
        assert created.returncode == 0, created.stderr
        (row,) = await account(admin_engine, login)
        assert row.display_name == "Lê Văn Tên"
        said = {"login": login, "password": PASSWORD, "label": "test"}
        assert (await client.post("/api/v1/tokens", json=said)).status_code == 201


@pytest.mark.parametrize(
    ("typed", "pointer", "code"),
    [
        (f"\n{PASSWORD}".encode(), "/name", "display_name_form"),
        (f"L\0an\n{PASSWORD}".encode(), "/name", "text_unreadable"),
        (f"Lê\n{PASSWORD}".encode("latin-1"), "/name", "text_unreadable"),
        (f"Lê\n{PASSWORD}".encode("utf-16"), "/name", "text_unreadable"),
        (f"{'Lan' * 50_000}\n{PASSWORD}".encode(), "/name", "display_name_form"),
        (f"Lan\n\0{PASSWORD}".encode(), "/password", "text_unreadable"),
        (f"Lan\n{PASSWORD}ê".encode("latin-1"), "/password", "text_unreadable"),
    ],
)
async def test_a_text_that_is_none_is_named_by_its_field(
    settings: Settings, admin_engine: AsyncEngine, typed: bytes, pointer: str, code: str
) -> None:
    refused = asm(settings, "account", "create", "ten", "--role", "administrator", stdin=typed)
    assert refused.returncode == 2
    (error,) = json.loads(refused.stderr)["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert await account(admin_engine, "ten") == []


async def test_a_ward_officer_needs_a_ward_and_others_have_none(
    settings: Settings, cast: Cast, admin_engine: AsyncEngine
) -> None:
    for role, more in (
        ("ward_officer", ()),
        ("ward_officer", ("--ward", "99999")),
        ("provincial_officer", ("--ward", WARD_B)),
    ):
        assert create(settings, "moi", role, *more).returncode == 2
    assert await account(admin_engine, "moi") == []
    assert create(settings, "moi", "ward_officer", "--ward", WARD_B).returncode == 0
    (row,) = await account(admin_engine, "moi")
    assert row.ward_code == WARD_B


async def test_a_provincial_officer_makes_officers_once_the_province_is_known(
    settings: Settings, cast: Cast, client: httpx.AsyncClient, admin_engine: AsyncEngine
) -> None:
    assert create(settings, "moi", "provincial_officer").returncode == 0
    visitor = Visitor(client)
    await visitor.open("/sign-in")
    await visitor.send("/sign-in", login="moi", password=PASSWORD)
    await visitor.open("/officers")
    assert "asm account province" in visitor.html
    for login, code, refused in (
        ("moi", "02x", "province_unknown"),
        ("minh", "01", "account_province"),
        ("ai", "01", "account_unknown"),
    ):
        answer = asm(settings, "account", "province", login, code)
        assert json.loads(answer.stderr)["errors"][0]["code"] == refused
    done = json.loads(asm(settings, "account", "province", "moi", "01", "--as", "admin").stdout)
    assert done["province_code"] == "01"
    await visitor.open("/officers")
    assert "Mở tài khoản cho cán bộ" in visitor.html
    (entry,) = await rows(
        admin_engine, "SELECT * FROM audit_entry WHERE action = 'account.province_set'"
    )
    assert (str(entry.subject_id), entry.details) == (done["id"], {"province": "01"})
    assert create(settings, "bay", "receptionist", "--province", "01").returncode == 2
    assert create(settings, "bay", "provincial_officer", "--province", "01").returncode == 0
    (row,) = await account(admin_engine, "bay")
    assert row.province_code == "01"


@pytest.mark.parametrize(
    ("login", "more", "password", "code"),
    [
        ("quang", (), PASSWORD, "login_taken"),
        ("moi", (), "ngan", "password_too_short"),
        ("moi", (), "", "password_too_short"),
        ("moi", ("--as", "minh"), PASSWORD, "role_not_allowed"),
        (" ", (), PASSWORD, "account_invalid"),
    ],
)
async def test_what_is_refused_makes_nothing(
    login: str,
    more: tuple[str, ...],
    password: str,
    code: str,
    settings: Settings,
    cast: Cast,
    admin_engine: AsyncEngine,
) -> None:
    before = await rows(admin_engine, "SELECT count(*) AS n FROM account")
    refused = create(settings, login, "provincial_officer", *more, password=password)
    assert refused.returncode == 2
    assert json.loads(refused.stderr)["code"] == code
    assert await rows(admin_engine, "SELECT count(*) AS n FROM account") == before


def test_a_password_is_no_argument(settings: Settings) -> None:
    help_page = asm(settings, "account", "create", "--help")
    assert "--password" not in help_page.stdout


async def test_the_first_account_is_an_administrators(
    settings: Settings, client: httpx.AsyncClient, admin_engine: AsyncEngine, cast: Cast
) -> None:
    refused = create(settings, "moi", None)
    assert (refused.returncode, json.loads(refused.stderr)["code"]) == (2, "account_role_missing")
    assert "/sign-up" in refused.stderr
    await change(admin_engine, "TRUNCATE account CASCADE")
    created = create(settings, "goc", None)
    assert json.loads(created.stdout)["role"] == "administrator"
    visitor = Visitor(client)
    await visitor.open("/sign-in")
    await visitor.send("/sign-in", login="goc", password=PASSWORD)
    await visitor.open("/operator/outbox")


async def test_a_host_is_made_with_or_without_a_facility(
    settings: Settings, cast: Cast, client: httpx.AsyncClient, admin_engine: AsyncEngine
) -> None:
    for login, more in (("ngoai", ()), ("trong", ("--facility", str(cast.hoa_sen)))):
        created = create(settings, login, "receptionist", *more)
        assert created.returncode == 0, created.stderr
    visitor = Visitor(client)
    await visitor.open("/sign-in")
    await visitor.send("/sign-in", login="trong", password=PASSWORD)
    await visitor.open(f"/desk/{cast.hoa_sen}")
    for role, facility in (
        ("receptionist", "00000000-0000-0000-0000-000000000001"),
        ("administrator", str(cast.hoa_sen)),
    ):
        refused = create(settings, "moi", role, "--facility", facility)
        assert json.loads(refused.stderr)["code"] == "account_facility"
    assert await account(admin_engine, "moi") == []


async def test_accounts_are_listed_and_found(settings: Settings, cast: Cast) -> None:
    listed = json.loads(asm(settings, "account", "list").stdout)
    assert [each["login"] for each in listed] == sorted(cast.people)
    assert "argon2" not in str(listed)
    officers = json.loads(asm(settings, "account", "list", "--role", "ward_officer").stdout)
    assert {each["login"] for each in officers} == {"minh", "thao"}
    lines = asm(settings, "account", "list", "--find", "thả", "--table").stdout.splitlines()
    assert lines[0].split()[0] == "login"
    assert [line.split()[0] for line in lines[1:]] == ["thao"]
    assert json.loads(asm(settings, "account", "list", "--find", "100%").stdout) == []


async def test_a_disabled_account_is_out_at_once_and_comes_back(
    settings: Settings, cast: Cast, client: httpx.AsyncClient, admin_engine: AsyncEngine
) -> None:
    lan, visitor = await sign_in(client, cast, "lan"), Visitor(client)
    await visitor.sign_in(cast, "lan")
    done = json.loads(asm(settings, "account", "disable", "Lan", "--as", "admin").stdout)
    assert (done["disabled"], done["sessions_ended"], done["tokens_ended"]) == (True, 1, 1)
    assert (await client.get("/api/v1/me", headers=lan)).status_code == 401
    assert (await visitor.open("/desk")).url.path == "/sign-in"
    person = cast.people["lan"]
    await visitor.send("/sign-in", status=422, login="lan", password=person.password)
    assert json.loads(asm(settings, "account", "enable", "lan").stdout)["disabled"] is False
    # What was signed in before stays out.
    assert (await client.get("/api/v1/me", headers=lan)).status_code == 401
    assert await sign_in(client, cast, "lan")
    entries = await rows(
        admin_engine,
        "SELECT action, actor_role FROM audit_entry WHERE action LIKE 'account.%abled' ORDER BY id",
    )
    assert [tuple(entry) for entry in entries] == [
        ("account.disabled", "administrator"),
        ("account.enabled", "operator"),
    ]


async def test_what_must_not_be_disabled_or_enabled_is_refused(
    settings: Settings, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await change(
        admin_engine,
        "UPDATE account SET closed_at = now(), disabled_at = now() WHERE login = 'hai'",
    )
    for command, login, code in (
        ("disable", "admin", "last_administrator"),
        ("disable", "nobody", "account_unknown"),
        ("enable", "nobody", "account_unknown"),
        ("enable", "hai", "account_closed"),
    ):
        refused = asm(settings, "account", command, login)
        assert (refused.returncode, json.loads(refused.stderr)["code"]) == (2, code)
    assert create(settings, "hai2", "administrator").returncode == 0
    assert asm(settings, "account", "disable", "admin").returncode == 0


async def test_an_administrator_who_forgot_the_password_gets_a_code_on_the_server(
    settings: Settings, cast: Cast, client: httpx.AsyncClient, admin_engine: AsyncEngine
) -> None:
    printed = asm(settings, "account", "code", "admin")
    assert printed.returncode == 0, printed.stderr
    code = json.loads(printed.stdout)["code"]
    assert asm(settings, "account", "code", "khong-co-ai").returncode == 2
    assert asm(settings, "account", "code", "admin", "--as", "minh").returncode == 2
    visitor = Visitor(client)
    await visitor.open("/codes")
    await visitor.send("/codes", code=code)
    await visitor.send("/codes/use", password=PASSWORD)
    await visitor.open("/operator/outbox")
    (entry,) = await rows(
        admin_engine, "SELECT * FROM audit_entry WHERE action = 'account.password_code'"
    )
    assert (entry.actor_role, entry.actor_id) == ("operator", None)
