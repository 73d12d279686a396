"""Whoever owns the database is not its server's superuser, and a backup makes nobody so."""

from pathlib import Path

import psycopg
import pytest

from asm.settings import Settings
from tests.install.backup.conftest import Asm

#: Better matches for the very types of calls than PostgreSQL's own, which take any.
TRAPS = """
CREATE TABLE trapped (by_whom text);
GRANT ALL ON trapped TO PUBLIC;
CREATE FUNCTION public.format(a text, b name, c name) RETURNS text LANGUAGE plpgsql AS $$
BEGIN INSERT INTO public.trapped VALUES (current_user); RETURN pg_catalog.format(a, b, c); END $$;
CREATE FUNCTION public.format(a text, b text, c text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN INSERT INTO public.trapped VALUES (current_user); RETURN pg_catalog.format(a, b, c); END $$;
CREATE FUNCTION public.jsonb_build_object(a text, b text, c text, d text) RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN INSERT INTO public.trapped VALUES (current_user);
RETURN pg_catalog.jsonb_build_object(a, b, c, d); END $$;
"""


@pytest.fixture
def trapped(settings: Settings) -> Settings:
    with psycopg.connect(settings.admin_database_url, autocommit=True) as connection:
        connection.execute(TRAPS)
    return settings


def test_a_backup_runs_no_function_of_the_owner_s(
    asm: Asm, trapped: Settings, fresh: Settings, tmp_path: Path
) -> None:
    folder, keys = tmp_path / "backup", tmp_path / "keys"
    status, written = asm("backup", folder, "--keys", keys)
    assert status == 0, written
    status, restored = asm("restore", folder, "--keys", keys, at=fresh)
    assert status == 0, restored
    for database in (trapped, fresh):
        with psycopg.connect(database.admin_database_url) as connection:
            # The control: for whoever looks into `public`, it is the trap that answers.
            assert connection.execute("SELECT by_whom FROM trapped").fetchall() == []
            connection.execute("SELECT format('%I.%I', n.nspname, n.nspname) FROM pg_namespace n")
            assert connection.execute("SELECT count(*) > 0 FROM trapped").fetchone() == (True,)
            connection.rollback()
