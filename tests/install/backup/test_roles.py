"""Roles that are there already when a backup comes back."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from asm.settings import Settings
from tests.install.backup.conftest import Asm

PASSWORD = "a-password-of-the-reader"


@pytest.fixture
def server(settings: Settings) -> Iterator[psycopg.Connection]:
    """With a login `some_reader` that has a right to the database, and is noted as the demo's."""
    with psycopg.connect(settings.admin_database_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE some_reader LOGIN PASSWORD '{PASSWORD}'")
        database = connection.info.dbname
        connection.execute(f'GRANT CONNECT ON DATABASE "{database}" TO some_reader')
        noted = connection.execute(
            "INSERT INTO installation (kind) VALUES ('demo') ON CONFLICT DO NOTHING"
        ).rowcount
        yield connection
        if noted:
            connection.execute("DELETE FROM installation")
        connection.execute(f'REVOKE CONNECT ON DATABASE "{database}" FROM some_reader')
        connection.execute("DROP ROLE some_reader")


def test_roles_that_are_there(
    server: psycopg.Connection, asm: Asm, fresh: Settings, tmp_path: Path
) -> None:
    """One that may do more is refused; a password that is not the settings' is said."""
    status, said = asm("backup", tmp_path / "backup", "--keys", tmp_path / "keys")
    assert status == 0, said
    line = ("restore", tmp_path / "backup", "--keys", tmp_path / "keys")
    server.execute("ALTER ROLE some_reader BYPASSRLS")
    status, said = asm(*line, at=fresh)
    assert (status, said["code"]) == (2, "restore_roles_beyond")
    assert "some_reader" in said["message"]
    server.execute("ALTER ROLE some_reader NOBYPASSRLS")
    given = {"ASM_DATABASE_URL": "postgresql://some_reader:not-that-one@127.0.0.1/asm"}
    status, said = asm(*line, at=fresh, **given)
    assert (status, said["closed_logins"], said["kind"]) == (0, ["some_reader"], "demo")
    assert "some_reader" in said["message"]
    assert "--new-passwords" in said["message_en"]
    assert "demo" in said["message_en"]


def test_roles_that_may_do_more_as_members_or_less(
    server: psycopg.Connection, asm: Asm, fresh: Settings, tmp_path: Path
) -> None:
    """What a role is a member of counts as its own; what it was a member of before stays good."""
    server.execute("GRANT pg_read_all_settings TO some_reader")
    line = (tmp_path / "backup", "--keys", tmp_path / "keys")
    status, said = asm("backup", *line)
    assert status == 0, said
    for change, undo, code in (
        ("GRANT pg_write_all_data TO some_reader", "REVOKE pg_write_all_data FROM some_reader",
         "restore_roles_beyond"),
        ("ALTER ROLE some_reader VALID UNTIL '2020-01-01'",
         "ALTER ROLE some_reader VALID UNTIL 'infinity'", "restore_roles_hindered"),
        ("ALTER ROLE some_reader CONNECTION LIMIT 0", "ALTER ROLE some_reader CONNECTION LIMIT -1",
         "restore_roles_hindered"),
        ("ALTER ROLE some_reader NOINHERIT", "ALTER ROLE some_reader INHERIT",
         "restore_roles_hindered"),
        ("ALTER ROLE some_reader SET search_path = elsewhere", "ALTER ROLE some_reader RESET ALL",
         "restore_roles_hindered"),
    ):  # fmt: skip
        server.execute(change.encode())
        status, said = asm("restore", *line, at=fresh)
        assert (status, said["code"]) == (2, code), change
        assert "some_reader" in said["message"]
        server.execute(undo.encode())
    status, said = asm("restore", *line, at=fresh)
    assert (status, said["ok"]) == (0, True), said


def test_an_empty_database_that_is_another(
    server: psycopg.Connection, asm: Asm, fresh: Settings, tmp_path: Path
) -> None:
    line = (tmp_path / "backup", "--keys", tmp_path / "keys")
    status, said = asm("backup", *line)
    assert status == 0, said
    name = fresh.admin_database_url.rpartition("/")[2]
    for like, named in (
        ("OWNER some_reader", "OWNER some_reader"),
        ("LOCALE 'C'", "LC_COLLATE C,"),
    ):
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0 {like}".encode())
        status, said = asm("restore", *line, at=fresh)
        assert (status, said["code"]) == (2, "restore_database_differs"), said
        assert named in said["message_en"]
        assert not fresh.secrets_dir.exists()
        server.execute(f"DROP DATABASE {name}".encode())
    status, said = asm("restore", *line, at=fresh)
    assert (status, said["ok"]) == (0, True), said


def test_the_order_of_texts_comes_back(asm: Asm, fresh: Settings, tmp_path: Path) -> None:
    """ICU's, too; and a locale that this machine has not is named."""
    line = (tmp_path / "backup", "--keys", tmp_path / "keys")
    status, said = asm("backup", *line)
    assert status == 0, said
    name = fresh.admin_database_url.rpartition("/")[2]
    manifest = tmp_path / "backup" / "backup.json"
    written = json.loads(manifest.read_bytes())
    for locale in ({"collate": "xx_YY.UTF-8"}, {"provider": "i", "locale": "vi"}):
        database = written["database"] | locale
        manifest.write_text(json.dumps(written | {"database": database, "seal": ""}))
        status, said = asm("restore", *line, "--unsealed", at=fresh)
        if "collate" in locale:
            assert (status, said["code"]) == (2, "restore_locale_missing"), said
            assert "xx_YY.UTF-8" in said["message"]
    assert (status, said["ok"]) == (0, True), said
    with psycopg.connect(fresh.admin_database_url) as connection:
        row = connection.execute(
            "SELECT datlocprovider::text FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
    assert row == ("i",)
    # And is backed up as what it is.
    keys = {"ASM_SECRETS_DIR": str(fresh.secrets_dir)}
    status, said = asm("backup", tmp_path / "again", at=fresh, **keys)
    assert status == 0, said
    again = json.loads((tmp_path / "again" / "backup.json").read_bytes())["database"]
    assert (again["provider"], again["locale"]) == ("i", "vi")
