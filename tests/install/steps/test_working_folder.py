"""What the services may write to is nowhere a module comes from: who has taken over the pages gets
neither the worker's rights nor those of whoever installs.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from asm.install.steps.commands import run_asm
from asm.install.steps.env_files import write_env
from asm.install.steps.folders import OPERATOR, Folders, folders
from asm.intake.sandbox.sandbox import Sandbox
from asm.intake.sandbox.sandbox_tasks import SandboxLine
from tests.install.steps.conftest import bare_environment
from tests.intake.sandbox.test_sandbox import PROCESS

#: As the command `asm` begins, without what `python -m` would add.
AS_INSTALLED = (sys.executable, "-P", "-c", "from asm.__main__ import main; main()")
PROGRAM = Path(__file__).resolve().parents[3] / "asm"


@pytest.fixture
def where(tmp_path: Path) -> Folders:
    """An installation into whose data somebody has put a module of a name that all parts load."""
    there = folders(tmp_path)
    there.settings.mkdir(parents=True)
    there.secrets.mkdir(parents=True)
    write_env(there.env_file(OPERATOR), {"ASM_REDIS_URL": "redis://127.0.0.1:1"}, there,
              mode=0o600, replace=False)  # fmt: skip
    taken = f"open({str(tmp_path / 'taken')!r}, 'w').close(); raise SystemExit(77)"
    (there.data / "msgspec.py").write_text(taken, "utf-8")
    return there


@pytest.mark.parametrize(("name", "variable"), [("web", ""), ("worker", "WORKER_")])
def test_a_service_takes_no_module_from_there(where: Folders, name: str, variable: str) -> None:
    env = bare_environment() | {
        f"ASM_{variable}DATABASE_URL": "postgresql://a:b@127.0.0.1:1/asm",
        "ASM_REDIS_URL": "redis://127.0.0.1:1",
        "ASM_SECRETS_DIR": str(where.secrets),
    }
    with subprocess.Popen(
        [*AS_INSTALLED, name],
        env=env, cwd=where.data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = process.stdout.readline()
        process.kill()
    assert (b"worker_started" if name == "worker" else b"database_not_looked_at") in said
    assert not (where.root / "taken").exists()


def test_nor_does_a_command_of_the_installation(
    where: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(where.data)
    assert run_asm(where, "code", "encode", "21.03", "105.85")["ok"] is True
    assert not (where.root / "taken").exists()


async def test_nor_what_reads_files_of_strangers(
    where: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(where.data)
    sandbox = Sandbox(SandboxLine(processes=1))
    assert await sandbox.run(PROCESS, b"", int) != os.getpid()
    sandbox.close()
    assert not (where.root / "taken").exists()


def test_whatever_the_program_starts_of_itself_is_started_so() -> None:
    starts = [
        start
        for file in PROGRAM.rglob("*.py")
        for start in re.findall(r"\[\s*sys\.executable,[^\]]*", file.read_text("utf-8"))
    ]
    assert len(starts) >= 4
    assert [start for start in starts if '"-P"' not in start] == []
