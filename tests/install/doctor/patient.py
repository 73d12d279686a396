"""An installation as `asm doctor` sees it through the command."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import psycopg
from typer.testing import CliRunner

from asm.__main__ import app
from asm.settings import Settings
from tests.serve import environment

Findings = dict[str, set[tuple[str, str]]]


def as_superuser(settings: Settings, *statements: str) -> None:
    """Run them in the database of these settings."""
    with psycopg.connect(settings.admin_database_url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def name_of(settings: Settings) -> str:
    """Of the database."""
    return urlsplit(settings.admin_database_url).path[1:]


def examined(settings: Settings, *line: str, **variables: str) -> tuple[int, Any]:
    """The exit status and the document of `asm doctor`, with `variables` beside the settings."""
    env = environment(settings, 1) | variables
    done = CliRunner().invoke(app, ["doctor", *line], env=env)
    assert done.exit_code in {0, 1}, (done.stderr, done.exception)
    assert done.stderr == ""
    return done.exit_code, json.loads(done.stdout)


def messages_of(document: Any, check: str) -> dict[str, str]:
    """What was found in a check → the English message; empty where all is well."""
    return {
        each["what"]: each["message_en"]
        for each in document["findings"]
        if each["check"] == check and each["state"] != "ok"
    }


def findings_of(
    settings: Settings, check: str, *line: str, well: bool = False, **variables: str
) -> dict[str, str]:
    """What the command finds in one check. Asserts that it ends as it should: with 1 when something
    is wrong.
    """
    only = ("--only", check.partition(".")[0])
    status, document = examined(settings, *only, *line, **variables)
    assert document["ok"] is (status == 0)
    assert status == (0 if well else 1), document
    return messages_of(document, check)


def states(document: Any, *wanted: str) -> Sequence[str]:
    """The checks in one of these states."""
    return [each["check"] for each in document["findings"] if each["state"] in wanted]
