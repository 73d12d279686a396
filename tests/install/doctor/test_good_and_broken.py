"""`asm doctor` on an installation where all is well, and on what is really broken."""

import asyncio
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from asm.db.session import make_engine
from asm.identity.vault.keys import create_keys
from asm.install.belonging.key_marks import note_keys
from asm.install.doctor import machine_checks
from asm.outbox.heartbeat import beat
from asm.settings import Settings
from local.machine.ports import any_free_port
from tests.cli.commands_given import WRONG, elsewhere
from tests.install.doctor.patient import (
    as_superuser,
    examined,
    findings_of,
    messages_of,
    name_of,
    states,
)
from tests.serve import serve
from tests.services import TestServices


def test_a_good_installation(settings: Settings) -> None:
    async def prepare() -> None:
        engine = make_engine(settings.admin_database_url, pool_size=1)
        await note_keys(engine, settings.secrets_dir)
        await beat(engine, "one")
        await engine.dispose()

    asyncio.run(prepare())
    with serve(settings) as address:
        status, document = examined(settings, ASM_PUBLIC_URL=address)
    assert status == 0, [each for each in document["findings"] if each["state"] == "wrong"]
    assert document["ok"] is True
    assert states(document, "wrong", "unknown") == []
    # That this is a trial on one machine, beside other databases, is said and is no fault.
    expected = {"settings.address", "database.areas", "database.roles", "mail.server"}
    assert expected <= set(states(document, "warning")) <= expected | {"machine.time_service"}
    said = str(document)
    for secret in (settings.database_url, settings.redis_url):
        assert str(urlsplit(secret).password) not in said


def test_a_password_that_is_not_the_one(settings: Settings) -> None:
    wrong = elsewhere(settings, password=WRONG)
    _, document = examined(wrong, "--only", "database")
    assert "ASM_ADMIN_DATABASE_URL" in document["findings"][0]["message"]
    assert set(messages_of(document, "database.logins")) == {"refused"}
    # Nothing else can be looked at, and says so rather than being left out.
    assert set(messages_of(document, "database.version")) == {"not_reached"}
    assert WRONG not in str(document)


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ({"port": 1}, "away"),
        ({"path": "/none_of_the_name"}, "unknown_database"),
        ({"user": "asm_worker"}, "refused"),
    ],
)
def test_an_address_that_is_not_right(settings: Settings, parts: dict[str, str], what: str) -> None:
    assert what in findings_of(elsewhere(settings, **parts), "database.logins")


def test_the_address_of_another_process(settings: Settings) -> None:
    swapped = replace(settings, database_url=settings.worker_database_url)
    assert "asm_api" in findings_of(swapped, "database.logins")["another_login"]


def test_only_some_of_the_addresses(settings: Settings) -> None:
    """Where the owner's address is not kept, the rest is looked at all the same."""
    some = replace(settings, admin_database_url="", worker_database_url="")
    assert set(findings_of(some, "database.logins", well=True)) == {"not_given"}
    worker = replace(settings, admin_database_url="", database_url="")
    _, document = examined(worker, "--only", "database")
    assert messages_of(document, "database.accounts").keys() <= {"no_right"}
    assert states(document, "wrong") == []


@pytest.mark.parametrize(
    ("revision", "what", "well"), [("0004", "behind", False), ("9999", "ahead", True)]
)
def test_a_schema_of_another_program(
    settings: Settings, revision: str, what: str, *, well: bool
) -> None:
    as_superuser(settings, f"UPDATE alembic_version SET version_num = '{revision}'")
    assert revision in findings_of(settings, "database.schema", well=well)[what]


def test_a_log_that_quotes_people_and_a_server_that_forgets(settings: Settings) -> None:
    name = name_of(settings)
    as_superuser(
        settings,
        f'ALTER DATABASE "{name}" SET log_error_verbosity = verbose',
        f'ALTER DATABASE "{name}" SET synchronous_commit = off',
    )
    assert "synchronous_commit" in findings_of(settings, "database.durable")["loose"]
    said = findings_of(settings, "database.log")["quotes_people"]
    as_superuser(settings, said[said.index("ALTER") : said.rindex(";")])
    assert findings_of(settings, "database.log") == {}


def test_more_web_processes_than_connections(settings: Settings) -> None:
    assert set(findings_of(settings, "database.connections", well=True, WEB_CONCURRENCY="32")) == {
        "too_few"
    }


def test_nobody_to_sign_in_and_no_ward_to_choose(settings: Settings) -> None:
    as_superuser(
        settings,
        "UPDATE account SET disabled_at = now() WHERE role = 'administrator'",
        "UPDATE ward SET valid_to = '2026-01-01'",
    )
    assert set(findings_of(settings, "database.accounts")) == {"no_administrator"}
    assert set(findings_of(settings, "database.areas")) == {"none"}


def test_the_demo_in_a_real_installation(settings: Settings) -> None:
    as_superuser(settings, "UPDATE installation SET kind = 'real'")
    assert "admin" in findings_of(settings, "database.passwords")["public"]


def test_a_worker_that_is_silent_or_was_never_there(settings: Settings) -> None:
    assert set(findings_of(settings, "web.worker")) == {"never_seen"}
    as_superuser(
        settings, "INSERT INTO worker_heartbeat VALUES ('one', now() - interval '10 minutes')"
    )
    assert set(findings_of(settings, "web.worker")) == {"silent"}


def test_a_disk_that_is_full_or_not_there(settings: Settings, tmp_path: Path) -> None:
    # A file system without a free byte that every Linux has.
    assert set(findings_of(replace(settings, data_dir=Path("/proc")), "machine.disk")) == {"full"}
    assert set(findings_of(replace(settings, data_dir=tmp_path / "none"), "machine.disk")) == {
        "missing"
    }


def test_the_databases_disk_wherever_it_is(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server says where to a superuser alone; a disk may be mounted below the usual folder."""
    check, usual = "machine.database_disk", tmp_path / "postgresql"
    monkeypatch.setattr(machine_checks, "_DATABASE_FOLDERS", (usual,))
    assert findings_of(settings, check, well=True) == {}
    no_superuser = replace(settings, admin_database_url="")
    assert set(findings_of(no_superuser, check, well=True)) == {"unseen"}
    usual.mkdir()
    away = elsewhere(no_superuser, port=1)
    for each in (no_superuser, away):
        assert findings_of(each, check, well=each is no_superuser) == {}
    mounts = f"/dev/vdb {usual}/15/main ext4 rw 0 0\n/dev/vda / ext4 rw 0 0\n"
    assert machine_checks.mounts_below(usual, mounts) == [usual / "15/main"]


def test_keys_that_are_lost_open_broken_or_from_elsewhere(
    settings: Settings, tmp_path: Path
) -> None:
    async def note() -> None:
        engine = make_engine(settings.admin_database_url, pool_size=1)
        await note_keys(engine, settings.secrets_dir)
        await engine.dispose()

    asyncio.run(note())
    folder = tmp_path / "keys"
    other = replace(settings, secrets_dir=folder)
    assert set(findings_of(other, "keys.folder")) == {"missing"}
    create_keys(folder)
    assert "receipt.key" in findings_of(other, "keys.belonging")["from_elsewhere"]
    for path in settings.secrets_dir.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
        (folder / path.name).chmod(0o600)
    assert findings_of(other, "keys.belonging", well=True) == {}
    folder.chmod(0o755)
    (folder / "form.key").chmod(0o644)
    said = findings_of(other, "keys.folder")
    assert set(said) == {"open", "open_files"}
    assert "form.key" in said["open_files"]
    (folder / "vapid.key").write_text("no key\n")
    assert "vapid.key" in findings_of(other, "keys.files")["broken"]
    (folder / "notify.key").unlink()
    assert "notify.key" in findings_of(other, "keys.belonging")["lost"]


def test_settings_that_say_something_else(settings: Settings) -> None:
    assert (
        "ASM_SMTP_URL?"
        in findings_of(
            settings, "settings.variables", well=True, ASM_SMPT_URL="smtp://mail.example.vn"
        )["unknown"]
    )
    assert (
        "0.0.0.0/0"
        in findings_of(settings, "settings.proxies", ASM_TRUSTED_PROXIES="0.0.0.0/0")["everybody"]
    )
    assert set(
        findings_of(settings, "settings.address", ASM_PUBLIC_URL="http://luutru.example.vn")
    ) == {"not_https"}
    half = findings_of(
        settings,
        "mail.channels",
        ASM_SMTP_URL="smtp://u@mail.example.vn",
        ASM_MAIL_FROM="luutru@example.vn",
    )
    assert "smtp-password" in half["half"]


def test_values_that_cannot_be_used_hide_no_others(settings: Settings) -> None:
    status, document = examined(
        settings,
        ASM_REDIS_URL="http://127.0.0.1",
        ASM_WORKER_DATABASE_URL="postgresql://asm_worker@127.0.0.1:door/asm",
        ASM_SMTP_URL="smtp://mail.example.vn",
    )
    assert status == 1
    said = [each["message_en"] for each in document["findings"] if each["what"] == "unusable"]
    names = {"ASM_REDIS_URL", "ASM_WORKER_DATABASE_URL", "ASM_MAIL_FROM"}
    assert {message.partition(":")[0] for message in said} == names
    assert set(messages_of(document, "redis.reached")) == {"not_given"}
    assert set(messages_of(document, "database.logins")) == {"not_given"}
    assert messages_of(document, "database.schema") == {}


def test_pages_that_are_of_another_program(settings: Settings, services: TestServices) -> None:
    without = findings_of(
        settings, "web.pages", ASM_PUBLIC_URL=f"http://127.0.0.1:{any_free_port()}"
    )
    assert set(without) == {"away"}
    port = urlsplit(services.redis_url).port
    other = findings_of(settings, "web.pages", ASM_PUBLIC_URL=f"http://127.0.0.1:{port}")
    assert set(other) == {"no_answer"}
