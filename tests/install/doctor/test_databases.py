"""Databases in which ASM cannot live, or not well: each is really made, and each is told."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest

from asm.settings import Settings
from tests.cli.commands_given import WRONG, complaint, elsewhere, started
from tests.install.doctor.patient import examined, findings_of, messages_of
from tests.services import TestServices

NAME = "asm_elsewhere"


@contextmanager
def database_of(services: TestServices, settings: Settings, options: str) -> Iterator[Settings]:
    with psycopg.connect(services.admin_url("postgres"), autocommit=True) as superuser:
        superuser.execute(f"CREATE DATABASE {NAME} TEMPLATE template0 {options}".encode())
        try:
            yield elsewhere(settings, path=f"/{NAME}")
        finally:
            superuser.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def inside(services: TestServices, *statements: str) -> None:
    with psycopg.connect(services.admin_url(NAME), autocommit=True) as superuser:
        for statement in statements:
            superuser.execute(statement.encode())


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_an_encoding_without_vietnamese_letters(
    encoding: str, services: TestServices, settings: Settings
) -> None:
    with database_of(services, settings, f"ENCODING '{encoding}' LOCALE 'C'") as broken:
        assert "UTF8" in findings_of(broken, "database.ready")["encoding"]
        said = complaint(broken, "migrate")
    assert said["code"] == "database_encoding"
    assert "template0" in said["message"]


@pytest.mark.parametrize(
    ("locale", "what"),
    [
        ("LOCALE 'C'", "ascii"),
        ("LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'vi-VN'", "of_the_system"),
        ("LOCALE 'C.UTF-8'", None),
        ("LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'", None),
        ("LC_COLLATE 'C.UTF-8' LC_CTYPE 'C'", "ascii"),
    ],
)
def test_a_locale(
    locale: str, what: str | None, services: TestServices, settings: Settings
) -> None:
    with database_of(services, settings, f"ENCODING 'UTF8' {locale}") as other:
        _, document = examined(other, "--only", "database")
    assert set(messages_of(document, "database.locale")) == ({what} if what else set())
    assert messages_of(document, "database.ready") == {}  # the superuser here may make PostGIS
    assert set(messages_of(document, "database.schema")) == {"none"}


def test_another_order_since_the_database_was_made(
    services: TestServices, settings: Settings
) -> None:
    icu = "ENCODING 'UTF8' LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'vi-VN'"
    with database_of(services, settings, icu) as upgraded:
        inside(
            services,
            f"UPDATE pg_database SET datcollversion = '1.0' WHERE datname = '{NAME}'",
        )
        assert "REINDEX" in findings_of(upgraded, "database.locale")["order_changed"]


def test_postgis_elsewhere(services: TestServices, settings: Settings) -> None:
    with database_of(services, settings, "ENCODING 'UTF8' LOCALE 'C.UTF-8'") as other:
        inside(services, "CREATE SCHEMA gis", "CREATE EXTENSION postgis SCHEMA gis")
        said = findings_of(other, "database.ready")["postgis_elsewhere"]
        assert complaint(other, "migrate")["code"] == "database_postgis_elsewhere"
        inside(services, said[said.index("DROP") : said.rindex(";")])
        _, document = examined(other, "--only", "database")
    assert messages_of(document, "database.ready") == {}


def test_tables_of_another_program(services: TestServices, settings: Settings) -> None:
    with database_of(services, settings, "ENCODING 'UTF8' LOCALE 'C.UTF-8'") as other:
        inside(services, "CREATE TABLE one (a int)", "CREATE TABLE two (a int)")
        assert set(findings_of(other, "database.schema")) == {"foreign"}


#: Found before the server's own: it says that it is of another version.
OLDER = """
CREATE FUNCTION public.current_setting(text) RETURNS text LANGUAGE sql AS $$
SELECT CASE $1 WHEN 'server_version_num' THEN '130020' ELSE pg_catalog.current_setting($1) END $$
"""


def test_a_server_that_is_too_old(services: TestServices, settings: Settings) -> None:
    with database_of(services, settings, "ENCODING 'UTF8' LOCALE 'C.UTF-8'") as older:
        inside(services, OLDER, f"ALTER DATABASE {NAME} SET search_path = public, pg_catalog")
        said = findings_of(older, "database.version")
        assert "PostgreSQL 13" in said["too_old"]
        _, document = examined(older, "--only", "database")
        assert set(messages_of(document, "database.ready")) == {"not_reached"}
        assert complaint(older, "migrate")["code"] == "database_too_old"
        assert "PostgreSQL 13" in refused_start(older, "web")


def refused_start(settings: Settings, command: str) -> str:
    """The one line with which a process ends that cannot begin."""
    done = started(settings, command)
    assert done.returncode not in {0, 70}
    assert "Traceback" not in done.stderr
    # Whoever reads the log finds the reason there, as JSON like every line of it.
    logged = [json.loads(line) for line in done.stdout.splitlines()]
    assert "start_refused" in {line["event"] for line in logged}
    lines = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_a_worker_of_another_schema_says_so_and_ends(settings: Settings) -> None:
    with psycopg.connect(settings.admin_database_url, autocommit=True) as superuser:
        superuser.execute("UPDATE alembic_version SET version_num = '0004'")
    assert "asm migrate" in refused_start(settings, "worker")


def test_pages_without_a_schema_say_so_and_end(unmigrated: Settings) -> None:
    assert "asm migrate" in refused_start(unmigrated, "web")


def test_an_owner_with_the_least_rights(services: TestServices, settings: Settings) -> None:
    """No superuser, no maker of roles; nothing for PUBLIC; what is missing is told with the
    statements that give it.
    """
    with psycopg.connect(services.admin_url("postgres"), autocommit=True) as superuser:
        superuser.execute(f"CREATE ROLE barely LOGIN PASSWORD '{WRONG}'")
        try:
            with database_of(services, settings, "ENCODING 'UTF8' LOCALE 'C.UTF-8'") as bare:
                superuser.execute(f"REVOKE ALL ON DATABASE {NAME} FROM PUBLIC")
                superuser.execute(f"GRANT CONNECT ON DATABASE {NAME} TO barely")
                inside(services, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
                owner = elsewhere(bare, user="barely", password=WRONG).admin_database_url
                least = replace(bare, admin_database_url=owner)
                lacking = findings_of(least, "database.ready")
                assert set(lacking) == {"roles_missing", "grants_missing", "postgis_missing"}
                for message in lacking.values():
                    inside(services, *statements_in(message))
                assert findings_of(least, "database.ready") == {}
                assert started(least, "migrate").returncode == 0
                _, document = examined(least, "--only", "database")
                assert messages_of(document, "database.rights") == {}
                # The database is not the owner's, so he may not let the logins in.
                kept_out = messages_of(document, "database.roles")["kept_out"]
                inside(services, *statements_in(kept_out))
                _, document = examined(least, "--only", "database")
                assert messages_of(document, "database.logins") == {}
                inside(services, "DROP OWNED BY barely CASCADE")
        finally:
            superuser.execute("DROP OWNED BY barely")
            superuser.execute("DROP ROLE barely")


def statements_in(message: str) -> list[str]:
    return re.findall(r"(?:CREATE|GRANT|ALTER|DROP) [^;]+;", message)
