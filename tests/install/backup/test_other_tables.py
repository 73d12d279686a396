"""Tables and settings that a house has beside ASM's come along, whatever they are called."""

from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from asm.install.backup.manifest import read_manifest
from asm.settings import Settings
from tests.install.backup.conftest import Asm

NAMES = ("a%b:c", "%s", "%(name)s", 'in "quotes"')
LIST = 'public, "$user", "with, comma", "in ""quotes"""'
SETTING = "%d of 100% :off"


@pytest.fixture
def odd(settings: Settings) -> Settings:
    with psycopg.connect(settings.admin_database_url, autocommit=True) as connection:
        for name in NAMES:
            table = sql.Identifier(name)
            connection.execute(sql.SQL("CREATE TABLE {} AS SELECT 7 AS kept").format(table))
        database = sql.Identifier(connection.info.dbname)
        statement = sql.SQL("ALTER DATABASE {} SET house.note = {}")
        connection.execute(statement.format(database, SETTING))
        # A list is no text with commas in it.
        statement = sql.SQL("ALTER DATABASE {} SET search_path = {}")
        connection.execute(statement.format(database, sql.SQL(LIST)))
    return settings


def test_signs_in_names_are_no_parameters(
    asm: Asm, odd: Settings, fresh: Settings, tmp_path: Path
) -> None:
    folder, keys = tmp_path / "backup", tmp_path / "keys"
    status, written = asm("backup", folder, "--keys", keys)
    assert status == 0, written
    counted = read_manifest(folder).rows
    assert [counted[f"public.{name}"] for name in NAMES] == [1] * len(NAMES)
    status, restored = asm("restore", folder, "--keys", keys, at=fresh)
    assert status == 0, restored
    with psycopg.connect(fresh.admin_database_url) as connection:
        note = connection.execute("SELECT current_setting('house.note')").fetchone()
        assert note == (SETTING,)
        assert connection.execute("SHOW search_path").fetchone() == (LIST,)
        for name in NAMES:
            select = sql.SQL("SELECT kept FROM {}").format(sql.Identifier(name))
            assert connection.execute(select).fetchone() == (7,)
