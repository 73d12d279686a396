"""Each command with each login: the owner with the least rights does all that is his, and whoever
comes with another login, or to another database, is told so. Nobody gets a trace.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from typer.testing import CliRunner, Result

from asm.__main__ import app
from asm.settings import Settings
from tests.cli.commands_given import ADMIN, ASKING, WRONG, elsewhere, last_object, line_of
from tests.serve import environment
from tests.services import TestServices

OWNER = "least_owner"
#: What a command says whose login is another's.
OF_RIGHTS = {"database_right_missing", "database_roles_missing"}
#: Waits for half a minute, and is tried elsewhere.
SLOW = "keys rotate"


@pytest.fixture
def least(services: TestServices, settings: Settings) -> Iterator[Settings]:
    """The owner is a login that may use three roles and owns the database: no more."""
    name = urlsplit(settings.admin_database_url).path[1:]
    with psycopg.connect(services.admin_url("postgres"), autocommit=True) as superuser:
        superuser.execute(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{WRONG}'")
        superuser.execute(f"GRANT asm_owner, asm_keeper, asm_worker TO {OWNER}")
        superuser.execute(f'ALTER DATABASE "{name}" OWNER TO {OWNER}')
        yield settings
        superuser.execute(f'ALTER DATABASE "{name}" OWNER TO CURRENT_USER')
        superuser.execute(f"DROP ROLE {OWNER}")


def as_login(settings: Settings, login: str) -> Settings:
    """All addresses with the one login."""
    passwords = {
        urlsplit(url).username: urlsplit(url).password
        for url in (settings.database_url, settings.worker_database_url)
    }
    return elsewhere(settings, user=login, password=passwords.get(login, WRONG))


def answer(settings: Settings, *line: str) -> Result:
    return CliRunner().invoke(
        app, list(line), env=environment(settings, 1), input=f"{WRONG}\n{WRONG}\n"
    )


def code_of(done: Result) -> str | None:
    """Why nothing was done; None where something was. Anything else is a trace."""
    assert isinstance(done.exception, SystemExit | None), done.exception
    if done.exit_code != 2:
        assert done.exit_code in {0, 1}
        return None
    return str(last_object(done.stderr)["code"])


def test_the_owner_with_the_least_rights_does_all_of_it(
    least: Settings, files: dict[str, str]
) -> None:
    owner = as_login(least, OWNER)
    for name, (variable, _) in ASKING.items():
        if name == SLOW:
            continue
        code = code_of(answer(owner, *line_of(name, files)))
        assert code != "not_set_up"
        if variable == ADMIN:
            assert code not in OF_RIGHTS, name


@pytest.mark.parametrize("login", ["asm_api", "asm_worker"])
def test_the_other_logins_are_told_in_words(
    login: str, least: Settings, files: dict[str, str]
) -> None:
    codes = {
        name: code_of(answer(as_login(least, login), *line_of(name, files))) for name in ASKING
    }
    assert codes["migrate"] == "database_roles_missing"
    for name in ("areas init", "areas load", "keys rotate", "account code"):
        assert codes[name] == "database_right_missing", name
