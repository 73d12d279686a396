"""Web and worker start with their database's keys, and with no password that everybody knows."""

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner

from asm.__main__ import app
from asm.accounts.model import account
from asm.accounts.own.named import salt_of_name
from asm.accounts.passwords import Turn, hash_for_name
from asm.app import create_app
from asm.db.session import one_transaction
from asm.demo.cast import PEOPLE, Cast
from asm.errors import KeyFileMissing, Misconfigured
from asm.identity.vault.keys import FILES, FORM_FILE, NOTIFY_FILE, create_keys
from asm.install.belonging.key_marks import note_keys
from asm.install.belonging.public_passwords import open_to_everybody, public_host
from asm.settings import Settings
from tests.cli.commands_given import elsewhere
from tests.install.belonging.conftest import Execute
from tests.live_app import application, started
from tests.serve import environment
from tests.web.account.test_sign_up_page import typed
from tests.web.visitor import Visitor

REAL = "UPDATE installation SET kind = 'real'"
NINE = sorted(PEOPLE)


async def refused(application: Litestar) -> Misconfigured:
    """Why it does not start."""
    with pytest.raises(ExceptionGroup) as group:
        async with started(application):
            pass
    (refusal,) = group.value.exceptions
    assert isinstance(refusal, Misconfigured)
    return refusal


async def test_neither_process_stays_with_keys_from_elsewhere(
    own: Settings, admin_engine: AsyncEngine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await note_keys(admin_engine, own.secrets_dir)
    create_keys(tmp_path / "other")
    for file in (FORM_FILE, NOTIFY_FILE):
        (own.secrets_dir / file).write_text((tmp_path / "other" / file).read_text())
    reason = f"{FORM_FILE}, {NOTIFY_FILE} in ASM_SECRETS_DIR is not the key of this"
    assert reason in str(await refused(create_app(own)))
    # Servers log where an error came from, not what it says: so the reason is a line of its own.
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "start_refused" in line]
    assert reason in line
    worker = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "asm.worker"],
        env=environment(own, 8000),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert worker.returncode == 1
    assert worker.stderr.startswith(reason)
    assert worker.stderr.count("\n") == 1, "in one line, without a trace"


def test_a_file_that_is_missing_is_named_without_asking_the_database(own: Settings) -> None:
    away = elsewhere(own, port=1)
    for file in FILES:
        kept = (own.secrets_dir / file).read_text()
        (own.secrets_dir / file).unlink()
        with pytest.raises(KeyFileMissing, match=f"{file} is missing.*from the backup"):
            create_app(away)
        (own.secrets_dir / file).write_text(kept)


async def test_two_machines_with_the_same_keys_are_one_installation(
    own: Settings, settings: Settings, admin_engine: AsyncEngine
) -> None:
    await note_keys(admin_engine, own.secrets_dir)
    async with started(create_app(own)), started(create_app(own)):
        pass
    # Its folder is another one: a second installation on this database.
    refusal = await refused(application(settings))
    assert refusal.code == "key_file_other_here"
    assert all(file in refusal.message for file in FILES)


async def test_passwords_of_the_demo_open_nothing_elsewhere(
    settings: Settings, admin_engine: AsyncEngine, execute: Execute
) -> None:
    assert await open_to_everybody(admin_engine) == []
    await execute(REAL)
    refusal = await refused(application(settings))
    assert refusal.code == "public_passwords_here"
    for language in (refusal.message, refusal.message_en):
        assert ", ".join(NINE) in language
        assert "asm account disable" in language
    # Closed, without a password, and with one of its own.
    await execute("UPDATE account SET disabled_at = now() WHERE login IN ('lan', 'hai', 'bich')")
    await execute("UPDATE account SET password_hash = '!' WHERE login IN ('pms', 'minh', 'thao')")
    assert await open_to_everybody(admin_engine) == ["admin", "nga", "quang", "tuan", "van"]
    await execute(
        "UPDATE account SET password_hash = (SELECT password_hash FROM account "
        "WHERE login = 'lan') WHERE login IN ('admin', 'nga', 'quang', 'tuan', 'van')"
    )
    assert await open_to_everybody(admin_engine) == []
    async with started(application(settings)):
        pass


async def test_the_demo_is_not_shown_to_everybody_by_mistake(settings: Settings) -> None:
    """A backup of it, or the database that somebody tried ASM with, under a real address."""
    public = replace(settings, public_url="https://luutru.tinh.example")
    refusal = await refused(application(public))
    assert refusal.code == "demo_in_public"
    for language in (refusal.message, refusal.message_en):
        assert ", ".join(NINE) in language
        assert "ASM_DEMO_HOST=luutru.tinh.example" in language
    said = await asyncio.to_thread(passwords_by_doctor, public)
    assert (said["state"], said["what"]) == ("wrong", "demo")
    meant = replace(public, demo_host="luutru.tinh.example")
    async with started(application(meant)):
        pass
    assert (await asyncio.to_thread(passwords_by_doctor, meant))["state"] == "ok"
    for near in ("http://localhost:8000", "http://192.168.1.5:8000", "http://[::1]:8000",
                 "http://may-thu:8000", "https://asm.test"):  # fmt: skip
        assert public_host(replace(settings, public_url=near)) == ""
    for far in ("http://8.8.8.8", "https://[2606:4700::1111]", "https://a.vn."):
        assert public_host(replace(settings, public_url=far)) != ""


def passwords_by_doctor(settings: Settings) -> dict[str, str]:
    env = environment(settings, 8000) | {
        "ASM_PUBLIC_URL": settings.public_url, "ASM_DEMO_HOST": settings.demo_host,
    }  # fmt: skip
    done = CliRunner().invoke(app, ["doctor", "--only", "database"], env=env)
    findings: list[dict[str, str]] = json.loads(done.stdout)["findings"]
    return next(each for each in findings if each["check"] == "database.passwords")


async def test_a_name_to_sign_in_with_opens_as_a_login_does(
    admin_engine: AsyncEngine, execute: Execute
) -> None:
    await execute(REAL)
    await execute("UPDATE account SET disabled_at = now() WHERE login <> 'hai'")
    await execute("UPDATE account SET login = 'hai-480213' WHERE login = 'hai'")
    assert await open_to_everybody(admin_engine) == []
    async with one_transaction(admin_engine) as session:
        salt = await salt_of_name(session, "lan")
        name_hash = await hash_for_name(PEOPLE["lan"].password, salt, Turn())
        await session.execute(
            update(account)
            .where(account.c.login == "hai-480213")
            .values(sign_in_name="lan", name_hash=name_hash, named_at=func.now())
        )
    assert await open_to_everybody(admin_engine) == ["hai-480213"]


async def test_nobody_may_choose_what_everybody_knows(
    client: httpx.AsyncClient, cast: Cast, settings: Settings
) -> None:
    public = PEOPLE["quang"].password
    visitor = Visitor(client)
    await visitor.open("/sign-up")
    await visitor.send("/sign-up", status=422, **typed(key=visitor.key, password=public))
    assert "Mật khẩu này quá quen thuộc." in visitor.html
    await visitor.sign_in(cast, "lan")
    await visitor.open("/account")
    change = {"current": PEOPLE["lan"].password, "new": f" {public.upper()}"}
    await visitor.send("/account/password", status=422, **change)
    assert "Mật khẩu này quá quen thuộc." in visitor.html
    line = ("account", "create", "moi", "--role", "administrator", "--name", "Mới")
    answer = await asyncio.to_thread(
        CliRunner().invoke, app, line, env=environment(settings, 8000), input=public + "\n"
    )
    assert answer.exit_code == 2
    assert "password_common" in answer.stderr
