"""`asm restore` is killed half-way: nothing goes on without it, and nobody takes it for whole."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from asm.settings import Settings
from local.postgres.installation import find_installation
from tests.install.backup.conftest import Asm, HalfWay, variables_of

#: It has committed everything, and what is left to do is ours.
DONE_AND_WAITING = """#!/bin/sh
case "$1" in --version) exec {real} --version;; esac
{real} "$@"
echo $$ > {begun}
while true; do sleep 0.05; done
"""


@pytest.fixture
def backup(asm: Asm, tmp_path: Path) -> Path:
    status, said = asm("backup", tmp_path / "backup", "--keys", tmp_path / "keys")
    assert status == 0, said
    return tmp_path / "backup"


async def killed_half_way(backup: Path, fresh: Settings, half_way: HalfWay) -> None:
    """Returns when what it had begun has ended, too."""
    line = ["restore", str(backup), "--keys", str(backup.parent / "keys")]
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "asm", *line),
        env=variables_of(fresh) | {"ASM_PG_BINDIR": str(half_way.folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    program = await half_way.reached(asyncio.create_task(child.wait()))
    os.kill(child.pid, signal.SIGKILL)
    await child.wait()
    await asyncio.to_thread(wait_for_the_end, program)
    (half_way.folder / "begun").unlink()


def wait_for_the_end(pid: int) -> None:
    until = time.monotonic() + 30
    while lives(pid):
        assert time.monotonic() < until
        time.sleep(0.02)


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


async def test_nothing_goes_on_without_it(
    backup: Path, asm: Asm, fresh: Settings, half_way: HalfWay
) -> None:
    await killed_half_way(backup, fresh, half_way)
    line = ("restore", backup, "--keys", backup.parent / "keys")
    status, said = await asyncio.to_thread(asm, *line, at=fresh)
    assert (status, said["ok"]) == (0, True), said
    with psycopg.connect(fresh.admin_database_url) as connection:
        row = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
            " WHERE datname = current_database()"
        ).fetchone()
    assert row == (None,)


async def test_what_was_not_compared_is_not_taken_for_whole(
    backup: Path, asm: Asm, fresh: Settings, half_way: HalfWay
) -> None:
    installation = find_installation()
    assert installation
    program, begun = half_way.folder / "pg_restore", half_way.folder / "begun"
    real = installation.program("pg_restore")
    program.write_text(DONE_AND_WAITING.format(real=real, begun=begun))
    await killed_half_way(backup, fresh, half_way)
    line = ("restore", backup, "--keys", backup.parent / "keys")
    status, said = await asyncio.to_thread(asm, *line, at=fresh)
    assert (status, said["code"]) == (2, "restore_broken_off")
    assert "DROP DATABASE" in said["message"]
