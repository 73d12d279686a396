"""Commands as an operator gives them, and a place to restore to."""

import asyncio
import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from asm.__main__ import app
from asm.settings import Settings
from local.postgres.installation import find_installation
from tests.cli.commands_given import elsewhere, last_object
from tests.serve import environment
from tests.services import TestServices

BACKUP = "ASM_BACKUP_DATABASE_URL"
#: Status, and what was answered: on standard output, or else the complaint.
Asm = Callable[..., tuple[int, dict[str, Any]]]
Process = Callable[..., Coroutine[Any, Any, tuple[int, dict[str, Any]]]]

#: Goes on only when it is told to: the backup, or what is restored, is then half-way.
WAITING = """#!/bin/sh
case "$1" in --version) exec {real} --version;; esac
echo $$ > {begun}
until [ -e {go_on} ]; do sleep 0.05; done
exec {real} "$@"
"""


@dataclass(frozen=True, kw_only=True)
class HalfWay:
    """PostgreSQL's programs in `folder` wait until `go_on`."""

    folder: Path

    async def reached(self, task: asyncio.Task[Any]) -> int:
        """Wait until one of them was begun; the number of its process."""
        while not (begun := self.folder / "begun").exists() or not begun.read_text():
            assert not task.done(), task.result()
            await asyncio.sleep(0.02)
        return int(begun.read_text())

    def go_on(self) -> None:
        (self.folder / "go-on").touch()


@pytest.fixture
def half_way(tmp_path_factory: pytest.TempPathFactory) -> HalfWay:
    installation = find_installation()
    assert installation
    folder = tmp_path_factory.mktemp("programs")
    for name in ("pg_dump", "pg_restore"):
        real = installation.program(name)
        program = folder / name
        program.write_text(
            WAITING.format(real=real, begun=folder / "begun", go_on=folder / "go-on")
        )
        program.chmod(0o755)
    return HalfWay(folder=folder)


@pytest.fixture
def asm(settings: Settings) -> Asm:
    """`asm …` in this process, at the database of the test unless told otherwise."""

    def run(
        *line: str | Path, at: Settings | None = None, **variables: str
    ) -> tuple[int, dict[str, Any]]:
        env = variables_of(at or settings) | variables
        done = CliRunner().invoke(app, [str(part) for part in line], env=env)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return answered(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def asm_process(settings: Settings) -> Process:
    """The same as a process of its own, while the test goes on."""

    async def run(
        *line: str | Path, at: Settings | None = None, **variables: str
    ) -> tuple[int, dict[str, Any]]:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "asm", *map(str, line)),
            env=variables_of(at or settings) | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        written, said = await child.communicate()
        return answered(child.returncode, written.decode(), said.decode())

    return run


def variables_of(settings: Settings) -> dict[str, str]:
    return environment(settings, 8000) | {BACKUP: settings.admin_database_url}


def answered(status: int | None, written: str, said: str) -> tuple[int, dict[str, Any]]:
    return status or 0, json.loads(written) if written else last_object(said)


@pytest.fixture
def fresh(settings: Settings, services: TestServices, tmp_path: Path) -> Iterator[Settings]:
    """The same server, a database that is not there yet, and no keys."""
    name = f"asm_restored_{uuid.uuid4().hex[:8]}"
    (tmp_path / "fresh").mkdir()
    yield replace(elsewhere(settings, path=f"/{name}"), secrets_dir=tmp_path / "fresh" / "secrets")
    with psycopg.connect(services.admin_url("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )
