"""Roles that are there already when a backup comes back."""

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
