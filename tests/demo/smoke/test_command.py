"""`asm smoke` as a command: last word, exit code, and that it leaves things as they were."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from asm.demo.smoke.command import smoke_app
from typer.testing import CliRunner

from asm.demo.smoke import command
from asm.demo.smoke.http import SmokeFailure
from asm.errors import ConfigurationError
from local import processes
from local.layout import Layout
from local.state import State


class Installation:
    """Stands for local.up: remembers what it was told, and starts nothing."""

    def __init__(self, *, running: bool) -> None:
        self.running = running
        self.told: list[str] = []

    def up(self, *, detach: bool) -> None:
        assert detach
        self.told.append("up")
        self.running = True

    def down(self) -> None:
        self.told.append("down")
        self.running = False

    def state(self, _: Layout) -> State:
        state = State(Path("/nowhere"), url="http://127.0.0.1:1")
        if self.running:
            # This test's own process surely runs.
            state.supervisor = processes.identify("demo", os.getpid())
        else:
            state.supervisor = processes.Started("demo", os.getpid(), 0.0)
        return state


def installed(monkeypatch: pytest.MonkeyPatch, *, running: bool) -> Installation:
    there = Installation(running=running)
    monkeypatch.setattr(command, "installation", there)
    monkeypatch.setattr(command, "load_state", there.state)
    monkeypatch.setattr(command, "read_accounts", lambda _: [])
    monkeypatch.setattr(command, "walk", lambda *_: None)
    return there


def test_it_stops_what_it_started(monkeypatch: pytest.MonkeyPatch) -> None:
    there = installed(monkeypatch, running=False)
    result = CliRunner().invoke(smoke_app)
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "OK")
    assert there.told == ["up", "down"]


def test_it_leaves_a_running_demo_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    there = installed(monkeypatch, running=True)
    assert CliRunner().invoke(smoke_app).exit_code == 0
    assert there.told == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (SmokeFailure("the ward sees nobody"), "FAILED: the ward sees nobody"),
        (ConfigurationError("no PostgreSQL"), "FAILED: no PostgreSQL"),
        (KeyboardInterrupt(), "FAILED: interrupted"),
    ],
)
def test_a_failure_is_said_and_still_cleaned_up(
    fault: BaseException, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = installed(monkeypatch, running=False)

    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(command, "walk", fail)
    result = CliRunner().invoke(smoke_app)
    assert (result.exit_code, result.output.splitlines()[-1]) == (1, said)
    assert there.told == ["up", "down"]


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder that the database's user may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="asm-smoke-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_from_nothing_to_ok_and_back_to_nothing(data_dir: Path) -> None:
    taken = ("DATABASE_URL", "REDIS_URL", "ASM_PORT", "ASM_PG_PORT", "ASM_REDIS_PORT")
    env = {name: value for name, value in os.environ.items() if name not in taken}
    env["ASM_DATA_DIR"] = str(data_dir)
    asm = [sys.executable, "-m", "asm"]
    done = subprocess.run([*asm, "smoke"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "OK"
    status = subprocess.run([*asm, "status"], env=env, capture_output=True, check=False)
    assert status.returncode == 3
    assert not processes.processes_inside(data_dir / "postgres" / "data")
