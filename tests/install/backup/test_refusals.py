"""What makes no backup, and what is not restored: each says why, and leaves nothing behind."""

import json
import os
import pwd
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from asm import __version__
from asm.db.revisions import known_revisions
from asm.identity.vault.keys import create_keys
from asm.settings import Settings
from local.machine.ports import any_free_port
from tests.cli.commands_given import elsewhere, last_object
from tests.install.backup.conftest import BACKUP, Asm, variables_of
from tests.services import TestServices

PASSWORD = "a-password-of-the-backup"


@pytest.fixture
def plain_login(settings: Settings, services: TestServices) -> Iterator[str]:
    """The address of a login with no rights yet, whose name is `plain_backup`."""
    with psycopg.connect(services.admin_url(), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE plain_backup LOGIN PASSWORD '{PASSWORD}'")
        yield elsewhere(settings, user="plain_backup", password=PASSWORD).admin_database_url
        connection.execute("DROP ROLE plain_backup")


def test_a_login_that_does_not_see_every_row_makes_none(
    asm: Asm, plain_login: str, services: TestServices, tmp_path: Path
) -> None:
    given = {BACKUP: plain_login}
    with psycopg.connect(services.admin_url(), autocommit=True) as connection:
        # The owner of the tables reads them all, but for what row-level security keeps from it.
        connection.execute("GRANT asm_owner TO plain_backup")
        status, said = asm("backup", tmp_path / "backup", **given)
        assert (status, said["code"]) == (2, "backup_rows_unseen")
        assert BACKUP in said["message"]
        assert "BYPASSRLS" in said["message_en"]
        assert list(tmp_path.iterdir()) == []
        connection.execute("REVOKE asm_owner FROM plain_backup")
        connection.execute("ALTER ROLE plain_backup BYPASSRLS")
        status, said = asm("backup", tmp_path / "backup", **given)
        assert (status, said["code"]) == (2, "backup_rows_unseen")
        assert "pg_read_all_data" in said["message"]
        assert list(tmp_path.iterdir()) == []
        # The least that will do, as the message says.
        connection.execute("GRANT pg_read_all_data TO plain_backup")
        status, said = asm("backup", tmp_path / "backup", **given)
        assert (status, said["ok"]) == (0, True)


def test_a_full_disk_leaves_nothing_that_looks_whole(settings: Settings, tmp_path: Path) -> None:
    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = subprocess.run(
        [sys.executable, "-m", "asm", "backup", str(tmp_path / "backup")],
        env=variables_of(settings),
        capture_output=True,
        text=True,
        check=False,
        restore_signals=False,
        preexec_fn=little_room,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert last_object(done.stderr)["code"] == "backup_program_failed"
    assert list(tmp_path.iterdir()) == []


def test_a_program_older_than_the_server_or_none(asm: Asm, tmp_path: Path) -> None:
    status, said = asm("backup", tmp_path / "backup", ASM_PG_BINDIR=str(tmp_path))
    assert (status, said["code"]) == (2, "backup_program_missing")
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    old.chmod(0o755)
    status, said = asm("backup", tmp_path / "backup", ASM_PG_BINDIR=str(tmp_path))
    assert (status, said["code"]) == (2, "backup_program_old")
    assert "9" in said["message"]
    assert "postgresql-client-" in said["message_en"]
    assert not (tmp_path / "backup").exists()


def test_keys_lie_elsewhere(asm: Asm, tmp_path: Path) -> None:
    for keys in (tmp_path / "backup", tmp_path / "backup" / "keys", tmp_path):
        status, said = asm("backup", tmp_path / "backup", "--keys", keys)
        assert (status, said["code"]) == (2, "backup_keys_together")
    (tmp_path / "backup").mkdir()
    status, said = asm("backup", tmp_path / "backup", "--keys", tmp_path / "keys")
    assert (status, said["code"]) == (2, "backup_folder_there")
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]


def test_no_way_in_or_nothing_there(asm: Asm, settings: Settings, tmp_path: Path) -> None:
    away = elsewhere(settings, port=any_free_port()).admin_database_url
    for address, code in (
        (away, "backup_no_way_in"),
        ("nothing://", "not_set_up"),
        (elsewhere(settings, path="/none").admin_database_url, "backup_database_unknown"),
        (elsewhere(settings, path="/postgres").admin_database_url, "backup_nothing_there"),
    ):
        status, said = asm("backup", tmp_path / "backup", **{BACKUP: address})
        assert (status, said["code"]) == (2, code)
        assert PASSWORD not in str(said)
    assert list(tmp_path.iterdir()) == []


def test_a_socket_that_anybody_may_have_put_there(
    asm: Asm, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root would speak to a stranger's server as its superuser, and restore everything to it."""
    folder = Path(tempfile.mkdtemp(prefix="asm-socket-"))  # a socket's path is short
    port = any_free_port()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / f".s.PGSQL.{port}"))
        server.listen()
        somebody = next(user for user in pwd.getpwall() if user.pw_uid not in {0, os.geteuid()})
        if os.geteuid() == 0:
            os.chown(folder / f".s.PGSQL.{port}", somebody.pw_uid, somebody.pw_gid)
        monkeypatch.setattr("os.geteuid", lambda: 0)
        given = {
            BACKUP: "",
            "PGHOST": str(folder),
            "ASM_ADMIN_DATABASE_URL": elsewhere(settings, port=port).admin_database_url,
        }
        for mode in (0o777, 0o1777):
            folder.chmod(mode)
            status, said = asm("backup", tmp_path / "backup", **given)
            assert (status, said["code"]) == (2, "backup_socket_open")
            assert str(folder) in said["message"]
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()
    shutil.rmtree(folder)


@pytest.fixture
def backup(asm: Asm, tmp_path: Path) -> Path:
    status, said = asm("backup", tmp_path / "backup", "--keys", tmp_path / "keys")
    assert status == 0, said
    return tmp_path / "backup"


def refusing(asm: Asm, backup: Path, fresh: Settings) -> Callable[..., tuple[str, str]]:
    """Restores what must be refused: the code, and what is said of it."""

    def refusal(*more: str | Path, at: Settings = fresh) -> tuple[str, str]:
        status, said = asm("restore", backup, *more, at=at)
        assert status == 2
        assert said["message"] != said["message_en"]
        return said["code"], said["message_en"]

    return refusal


def test_what_is_not_restored(backup: Path, asm: Asm, fresh: Settings) -> None:
    """In the order in which it is looked at."""
    refusal = refusing(asm, backup, fresh)
    manifest = backup / "backup.json"
    whole = manifest.read_bytes()
    manifest.unlink()
    assert refusal()[0] == "backup_not_whole"
    manifest.write_bytes(whole[:-20])
    assert refusal()[0] == "backup_manifest_broken"
    newer = f"{int(max(known_revisions())) + 1:04}"
    changed = json.loads(whole)
    for version in ("99.0.0", __version__ + ".1", "unknown"):
        manifest.write_text(json.dumps({**changed, "schema": newer, "asm": version}))
        assert refusal()[0] == "backup_of_newer_asm"
    # After an upgrade was taken back, this very program makes them: then it looks for the keys.
    manifest.write_text(json.dumps({**changed, "schema": newer}))
    assert refusal()[0] == "not_set_up"
    manifest.write_bytes(whole)

    dump = backup / "database.dump"
    content = dump.read_bytes()
    for broken in (content[:-1], content[:-1] + bytes([content[-1] ^ 1])):
        dump.write_bytes(broken)
        code, message = refusal()
        assert (code, "database.dump" in message) == ("backup_files_changed", True)
    dump.write_bytes(content)


def test_what_is_not_restored_for_its_keys_or_its_database(
    backup: Path, asm: Asm, settings: Settings, fresh: Settings, services: TestServices
) -> None:
    """The keys that are there stay; nothing was made before the last is right."""
    refusal, keys = refusing(asm, backup, fresh), backup.parent / "keys"
    assert refusal()[0] == "not_set_up"  # no keys
    create_keys(fresh.secrets_dir)
    code, message = refusal()
    assert (code, "receipt.key" in message) == ("restore_keys_foreign", True)
    before = {path: path.read_bytes() for path in fresh.secrets_dir.iterdir()}
    code, message = refusal("--keys", keys)
    assert (code, "vault.key" in message) == ("restore_keys_in_the_way", True)
    assert before == {path: path.read_bytes() for path in fresh.secrets_dir.iterdir()}
    for path in before:
        path.unlink()
    old_vault = keys / "secrets" / "vault.key"
    of_before = old_vault.read_bytes()
    old_vault.write_bytes(of_before[::-1])
    assert refusal("--keys", keys)[0] == "backup_files_changed"
    old_vault.write_bytes(of_before)

    code, message = refusal("--keys", keys, at=elsewhere_with(settings, fresh))
    assert (code, "not empty" in message) == ("restore_not_empty", True)
    assert list(fresh.secrets_dir.iterdir()) == []
    with psycopg.connect(services.admin_url()) as connection:
        names = connection.execute("SELECT datname FROM pg_database").fetchall()
    assert not [name for (name,) in names if name.startswith("asm_restored")]


def test_keys_go_nowhere_before_all_is_right(
    backup: Path, asm: Asm, settings: Settings, fresh: Settings, tmp_path: Path
) -> None:
    """Keys of elsewhere would stand in the way of the right ones at the next try."""
    create_keys(tmp_path / "others")
    given = {"ASM_SECRETS_DIR": str(tmp_path / "others")}
    status, said = asm("backup", tmp_path / "b2", "--keys", tmp_path / "other-keys", **given)
    assert status == 0, said
    status, said = asm("restore", backup, "--keys", tmp_path / "other-keys", at=fresh)
    assert (status, said["code"]) == (2, "restore_keys_foreign")
    assert "vault.key" in said["message"]
    away = {BACKUP: elsewhere(settings, port=any_free_port()).admin_database_url}
    status, said = asm("restore", backup, "--keys", tmp_path / "keys", at=fresh, **away)
    assert (status, said["code"]) == (2, "backup_no_way_in")
    assert not fresh.secrets_dir.exists()
    status, said = asm("restore", backup, "--keys", tmp_path / "keys", at=fresh)
    assert status == 0, said
    assert "vault.key" in said["keys"]


def elsewhere_with(settings: Settings, fresh: Settings) -> Settings:
    """The database that is full, and the folder of keys that is not."""
    return Settings(
        **{name: getattr(settings, name) for name in settings.__slots__}
        | {"secrets_dir": fresh.secrets_dir}
    )


def test_a_login_that_is_no_superuser_restores_nothing(
    backup: Path, asm: Asm, fresh: Settings, plain_login: str
) -> None:
    where = plain_login.rpartition("/")[0] + "/asm_restored_none"
    given = {BACKUP: where}
    status, said = asm("restore", backup, "--keys", backup.parent / "keys", at=fresh, **given)
    assert (status, said["code"]) == (2, "restore_no_superuser")
    assert not fresh.secrets_dir.exists()
