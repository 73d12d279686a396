"""`asm account create`: an officer's account from the command line to the first sign-in."""

import json
import subprocess
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import WARD_B, Cast
from asm.settings import Settings
from tests.cli.test_commands import asm
from tests.notify.messages.rows import rows
from tests.web.visitor import Visitor

PASSWORD = "mot-mat-khau-dai-2026"


def create(
    settings: Settings, login: str, role: str, *more: str, password: str = PASSWORD
) -> subprocess.CompletedProcess[str]:
    command = ("account", "create", login, "--role", role, "--name", "Người Mới", *more)
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


@pytest.mark.parametrize(
    ("login", "more", "password", "code"),
    [
        ("quang", (), PASSWORD, "login_taken"),
        ("moi", (), "ngan", "password_too_short"),
        ("moi", (), "", "password_too_short"),
        ("moi", ("--as", "minh"), PASSWORD, "role_not_allowed"),
        (" ", (), PASSWORD, "account_names"),
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
