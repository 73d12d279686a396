"""Addresses of the database in the settings files: passwords that others chose, and hosts that are
more than a host.
"""

import json
from pathlib import Path

import pytest

from asm.install.steps.env_files import differences, read_env, same_value, write_env
from asm.install.steps.folders import OPERATOR, WEB, WORKER, Folders, folders
from asm.install.steps.settings_lines import (
    ADDRESSES,
    known_answers,
    known_secrets,
    settings_lines,
)
from asm.settings import read_settings
from tests.install.steps.conftest import Machine
from tests.install.steps.test_install import refusal

ESCAPED = "Geh%2Feim%40%3fX"
PASSWORD = "Geh/eim@?X"


@pytest.fixture
def where(tmp_path: Path) -> Folders:
    """Files of an earlier run, after a database's administrator chose the passwords."""
    there = folders(tmp_path)
    there.settings.mkdir(parents=True)
    for login, (file, variable) in ADDRESSES.items():
        user = "asm_admin" if login == "owner" else login
        address = f"postgresql://{user}:{ESCAPED}@127.0.0.1:5432/asm"
        lines = {"ASM_PUBLIC_URL": "https://a.vn", variable: address}
        write_env(there.env_file(file), lines, there, mode=0o600, replace=False)
    return there


def wanted(where: Folders) -> dict[str, dict[str, str]]:
    answers = known_answers(where)
    return settings_lines(answers, known_secrets(where, answers), where)


def test_a_password_of_any_signs_stays_what_it_is(where: Folders) -> None:
    for file in (WEB, WORKER, OPERATOR):
        lines = wanted(where)[file]
        assert differences(where.env_file(file), lines) == []
        write_env(where.env_file(file), lines, where, mode=0o600, replace=True)
    web = read_env(where.env_file(WEB))
    assert f":{ESCAPED}@" in web["ASM_DATABASE_URL"]
    assert read_settings(web).database_url.endswith(f":{ESCAPED}@127.0.0.1:5432/asm")
    # In a file that is new it is written so that it is read back.
    where.env_file(WEB).write_text(f"ASM_DATABASE_URL={web['ASM_DATABASE_URL']}\n", "utf-8")
    answers = known_answers(where)
    assert known_secrets(where, answers).logins["asm_api"] == PASSWORD
    fresh = answers.database.url("asm_api", PASSWORD)
    assert same_value(fresh, web["ASM_DATABASE_URL"])
    assert PASSWORD not in fresh


def test_tls_that_was_insisted_on_is_not_given_up(where: Folders) -> None:
    """Also where other lines are replaced, as for a certificate of the site."""
    for file in (WEB, WORKER, OPERATOR):
        path = where.env_file(file)
        text = path.read_text("utf-8").replace(":5432/asm", ":5432/asm?sslmode=verify-full")
        path.write_text(text, "utf-8")
        lines = wanted(where)[file]
        assert differences(path, lines) == []
        write_env(path, lines, where, mode=0o600, replace=True)
        assert ":5432/asm?sslmode=verify-full" in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "there"),
    [("ASM_PUBLIC_URL", "https://a.vn?y"), ("ASM_MAIL_FROM", "a@a.vn?y")],
)
def test_only_an_address_of_a_server_may_say_more(where: Folders, name: str, there: str) -> None:
    path, lines = where.env_file(WEB), {name: there.partition("?")[0]}
    path.write_text(f"{name}={there}\n", "utf-8")
    assert [each.there for each in differences(path, lines)] == [there]
    write_env(path, lines, where, mode=0o600, replace=True)
    assert read_env(path) == lines


@pytest.mark.parametrize("scheme", ["postgres", "postgresql+asyncpg", "rediss"])
def test_settings_of_a_connection_stay(where: Folders, scheme: str) -> None:
    path, address = where.env_file(WEB), f"{scheme}://db.example.vn:1/asm"
    path.write_text(f"ASM_X={address}?y=1&host=a,b&z=2\n", "utf-8")
    assert differences(path, {"ASM_X": address}) == []
    moved = f"{scheme}://asm_api:a-new-one@db2.example.vn:1/asm"  # with a new password
    (shown,) = differences(path, {"ASM_X": moved})
    assert shown.wanted == f"{scheme}://asm_api:…@db2.example.vn:1/asm?y=1&z=2"
    write_env(path, {"ASM_X": moved}, where, mode=0o600, replace=True)
    assert read_env(path) == {"ASM_X": f"{moved}?y=1&z=2"}


def test_what_is_shown_of_a_line_holds_no_password(where: Folders) -> None:
    file = where.env_file(WEB)
    file.write_text(f"ASM_DATABASE_URL=postgresql://asm_api:{PASSWORD}@db:5432/asm\n", "utf-8")
    (shown,) = differences(file, {"ASM_DATABASE_URL": "postgresql://asm_api:a@b/c@db:1/asm"})
    assert (shown.there, shown.wanted) == (
        "postgresql://asm_api:…@db:5432/asm", "postgresql://asm_api:…@db:1/asm",
    )  # fmt: skip


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1/asm\nASM_TRUSTED_PROXIES=0.0.0.0/0",
        "127.0.0.1/other",
        "someone@db.example.vn",
        "db.example.vn:6000",
    ],
)
def test_a_host_is_a_host_before_anything_is_written(machine: Machine, host: str) -> None:
    begun = ("install", "sql", "--root", str(machine.root))
    of_file = machine.answers().replace("[database]", f"[database]\nhost = {json.dumps(host)}")
    for done in (
        machine.asm(*begun, "--host", host),
        machine.asm(*begun, "--answers", "-", typed=of_file),
    ):
        refused = refusal(done)
        assert [each["pointer"] for each in refused["errors"]] == ["/database/host"]
    assert not machine.root.exists()
