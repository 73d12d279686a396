"""What every command says when it cannot do its work: one JSON object on standard error, 2, and no
trace; never a password or an address.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from typer.testing import CliRunner

from asm.__main__ import COMMANDS, app, load
from asm.settings import Settings
from local.machine.ports import any_free_port
from tests.cli.commands_given import (
    ADMIN,
    ALONE,
    ASKING,
    WRONG,
    complaint,
    elsewhere,
    last_object,
    leaves,
    line_of,
    started,
)
from tests.conftest import Database
from tests.serve import environment
from tests.services import TestServices


def test_every_command_is_known_here() -> None:
    assert set(leaves()) == set(ASKING) | ALONE
    assert not set(ASKING) & ALONE


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_what_the_command_says(name: str) -> None:
    command, line = load(name), COMMANDS[name][1]
    assert command.name == name
    assert " ".join(command.help.split()).startswith(line)


def test_only_one_file_connects() -> None:
    folder = Path(sys.modules["asm.cli.console"].__file__ or "").parent
    connecting = {
        file.name for file in folder.glob("*.py") if "make_engine" in file.read_text("utf-8")
    }
    assert connecting == {"connect.py"}


def test_a_wrong_password_is_said_by_every_command(
    settings: Settings, files: dict[str, str]
) -> None:
    wrong = elsewhere(settings, password=WRONG)
    for name, (variable, _) in ASKING.items():
        said = complaint(wrong, *line_of(name, files))
        assert (name, said["code"]) == (name, "database_login_refused")
        assert variable in said["message"]
        assert variable in said["message_en"]
        assert WRONG not in str(said)


def test_a_database_that_is_away_is_said_by_every_command(
    settings: Settings, files: dict[str, str]
) -> None:
    away = elsewhere(settings, port=any_free_port())
    for name, (variable, _) in ASKING.items():
        said = complaint(away, *line_of(name, files))
        assert (name, said["code"]) == (name, "database_away")
        assert variable in said["message_en"]


def test_a_database_without_the_schema_is_said_by_every_command(
    unmigrated: Settings, files: dict[str, str]
) -> None:
    for name in ASKING.keys() - {"migrate"}:
        said = complaint(unmigrated, *line_of(name, files))
        assert (name, said["code"]) == (name, "database_behind")
        assert "asm migrate" in said["message_en"]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"user": "nobody_here"}, "database_login_refused"),
        ({"path": "/none_of_the_name"}, "database_unknown"),
        ({"port": "door"}, "database_address"),
    ],
    ids=["role", "database", "address"],
)
@pytest.mark.parametrize("name", ["outbox status", "migrate"])
def test_an_address_that_is_not_right(
    name: str, parts: dict[str, str], code: str, settings: Settings, files: dict[str, str]
) -> None:
    said = complaint(elsewhere(settings, **parts), *line_of(name, files))
    assert said["code"] == code
    assert ADMIN in said["message_en"]


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_an_address_as_other_programs_write_it(settings: Settings, scheme: str) -> None:
    """Both drivers and PostgreSQL's own programs take it: with TLS or not is said in one way."""
    address = settings.admin_database_url.partition("://")[2]
    for mode in ("disable", "require"):
        other = replace(settings, admin_database_url=f"{scheme}://{address}?sslmode={mode}")
        for line in (("account", "list"), ("migrate",), ("doctor", "--only", "database")):
            done = CliRunner().invoke(app, line, env=environment(other, 1))
            # The server of the tests has no TLS.
            away = "database_away" in done.stderr or '"what": "away"' in done.stdout
            assert (away, done.exit_code not in {0, 1}) == (
                mode == "require", mode == "require" and line[0] != "doctor",
            ), (line, mode, done.stdout, done.stderr)  # fmt: skip


def test_an_address_of_several_servers(settings: Settings) -> None:
    """As libpq and the asyncpg driver both take it, its words escaped or not."""
    parts = urlsplit(settings.admin_database_url)
    before = f"postgresql://{parts.username}:{parts.password}@{parts.path}"
    servers = f"host={parts.hostname},{parts.hostname}&port={parts.port},{parts.port}"
    others = "ssl%6Dode=disable&target_session_attrs=primary"
    other = replace(settings, admin_database_url=f"{before}?{servers}&{others}")
    for line in (("account", "list"), ("migrate",)):
        done = CliRunner().invoke(app, line, env=environment(other, 1))
        assert done.exit_code == 0, (line, done.stdout, done.stderr)


def test_a_login_of_another_right(settings: Settings) -> None:
    wrong = replace(settings, admin_database_url=settings.database_url)
    assert complaint(wrong, "outbox", "status")["code"] == "database_right_missing"


@pytest.fixture
def owned(services: TestServices, unmigrated: Settings) -> Iterator[Settings]:
    """An empty database whose owner is no superuser, as a hosted one is given out."""
    with psycopg.connect(services.admin_url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE plain_owner LOGIN PASSWORD '{WRONG}'")
        connection.execute("ALTER DATABASE asm_empty OWNER TO plain_owner")
        owner = elsewhere(unmigrated, user="plain_owner", password=WRONG)
        yield replace(unmigrated, admin_database_url=owner.admin_database_url)
        connection.execute("ALTER DATABASE asm_empty OWNER TO CURRENT_USER")
        with psycopg.connect(services.admin_url("asm_empty"), autocommit=True) as inside:
            inside.execute("DROP OWNED BY plain_owner")
        connection.execute("DROP ROLE plain_owner")


def test_an_owner_who_is_no_superuser_is_told_what_to_ask_for(
    services: TestServices, owned: Settings
) -> None:
    """The answer names the statements that help; with them done the rest goes through."""
    said = complaint(owned, "migrate")
    assert said["code"] == "database_roles_missing"
    statements = (
        "GRANT asm_owner, asm_keeper, asm_worker TO plain_owner; "
        "CREATE EXTENSION postgis SCHEMA public;"
    )
    assert statements in said["message"]
    assert statements in said["message_en"]
    with psycopg.connect(services.admin_url("asm_empty"), autocommit=True) as superuser:
        roles, postgis = statements.split("; ")
        superuser.execute(roles)
        said = complaint(owned, "migrate")
        assert said["code"] == "database_postgis_missing"
        assert postgis in said["message"]
        superuser.execute(postgis)
    done = started(owned, "migrate")
    assert done.returncode == 0, done.stderr
    for line in (("areas", "init"), ("outbox", "status"), ("account", "list")):
        done = started(owned, *line)
        assert done.returncode == 0, (line, done.stderr)


def test_a_migration_says_which_logins_may_not_sign_in_yet(
    services: TestServices, unmigrated: Settings
) -> None:
    with psycopg.connect(services.admin_url("postgres"), autocommit=True) as connection:
        connection.execute("ALTER ROLE asm_worker NOLOGIN")
        try:
            said = json.loads(started(unmigrated, "migrate").stdout)
        finally:
            connection.execute("ALTER ROLE asm_worker LOGIN")
    assert (said["logins"], said["closed_logins"]) == ([], ["asm_worker"])
    assert "ASM_WORKER_DB_PASSWORD" in said["message"]
    assert "ASM_API_DB_PASSWORD" not in said["message"]
    assert "ASM_WORKER_DB_PASSWORD" in said["message_en"]
    again = json.loads(started(unmigrated, "migrate").stdout)
    assert again == {
        "ok": True, "revision": "head", "logins": [], "closed_logins": [], "installation": "real",
    }  # fmt: skip


def test_new_keys_say_where_they_are(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    answer = json.loads(started(replace(settings, secrets_dir=folder), "keys", "init").stdout)
    assert answer["folder"] == str(folder)
    assert sorted(answer["made"]) == sorted(path.name for path in folder.iterdir())


def test_a_missing_address_names_the_variable(settings: Settings, files: dict[str, str]) -> None:
    bare = replace(settings, database_url="", worker_database_url="", admin_database_url="")
    for name, (variable, _) in ASKING.items():
        if name != "area map-old":  # which then answers from what is published
            said = complaint(bare, *line_of(name, files))
            assert (name, said["code"]) == (name, "not_set_up")
            assert said["message_en"].startswith(f"{variable} is not set")
            assert "is not set" not in said["message"]
            assert f"{variable}=postgresql://" in said["message"]
    assert "ASM_WORKER_DATABASE_URL" in complaint(bare, "worker")["message_en"]
    assert "ASM_REDIS_URL" in complaint(replace(settings, redis_url=""), "worker")["message_en"]


@pytest.mark.parametrize("name", ["receipt keys", "import", "keys rotate", "watchlist load"])
def test_keys_that_are_missing_or_cannot_be_read(
    name: str, settings: Settings, files: dict[str, str], tmp_path: Path
) -> None:
    line = name.split() if name in ALONE else line_of(name, files)
    said = complaint(replace(settings, secrets_dir=tmp_path / "none"), *line)
    assert said["code"] == "not_set_up"
    assert "ASM_SECRETS_DIR" in said["message_en"]
    assert "asm keys init" in said["message_en"]
    assert "is missing" not in said["message"]
    # A folder that root, too, cannot look into: it is none.
    said = complaint(replace(settings, secrets_dir=Path(files["codes"])), *line)
    assert said["code"] == "not_set_up"
    assert "cannot be read" in said["message_en"]


@pytest.mark.parametrize("name", ["migrate", "import", "outbox status", "area of", "plates"])
def test_the_real_command_leaves_no_trace(
    name: str, settings: Settings, files: dict[str, str]
) -> None:
    for parts, code in (
        ({"password": WRONG}, "database_login_refused"),
        ({"port": any_free_port()}, "database_away"),
    ):
        done = started(elsewhere(settings, **parts), *line_of(name, files))
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        said = last_object(done.stderr)
        assert said["code"] == code
        for secret in (WRONG, urlsplit(settings.database_url).password, "postgresql://"):
            assert str(secret) not in done.stderr
        assert "Traceback" not in done.stderr


def test_the_real_command_on_an_unmigrated_database(
    unmigrated: Settings, database: Database
) -> None:
    behind = started(unmigrated, "outbox", "status")
    assert (behind.returncode, json.loads(behind.stderr)["code"]) == (2, "database_behind")
    migrated = started(unmigrated, "migrate")
    assert (migrated.returncode, json.loads(migrated.stdout)["ok"]) == (0, True), migrated.stderr
    whole = started(unmigrated, "outbox", "status")
    assert (whole.returncode, json.loads(whole.stdout)["depth"]["dead"]) == (0, 0)


def test_a_fault_of_ours_is_no_answer(settings: Settings) -> None:
    program = (
        "import asm.__main__ as it; it.COMMANDS['outbox'] = ('asm.cli.nowhere:app', '');"
        "import sys; sys.argv = ['asm', 'outbox', 'status']; it.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (70, "")
    assert "Traceback" in done.stderr


def test_a_mistyped_command_is_told_in_words() -> None:
    done = CliRunner().invoke(app, ["outbxo"])
    assert done.exit_code == 2
    assert "outbox" in done.stderr
