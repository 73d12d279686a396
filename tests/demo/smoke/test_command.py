"""The walk as a command: last word, exit code, and that it leaves things as they were."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from asm.__main__ import app
from asm.cli import smoke as asm_smoke
from asm.demo.smoke.http import SmokeFailure
from asm.errors import ConfigurationError
from asm.settings import Settings
from local import smoke as local_smoke
from local.__main__ import local_app
from local.layout import Layout
from local.machine import processes
from local.state import State
from tests.serve import environment


class Installation:
    """Stands for local.up: remembers what it was told, and starts nothing."""

    def __init__(self, *, running: bool) -> None:
        self.running = running
        self.calls: list[str] = []

    def up(self, *, detach: bool) -> None:
        assert detach
        self.calls.append("up")
        self.running = True

    def down(self) -> None:
        self.calls.append("down")
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
    monkeypatch.setattr(local_smoke, "installation", there)
    monkeypatch.setattr(local_smoke, "load_state", there.state)
    monkeypatch.setattr(local_smoke, "read_accounts", lambda _: [])
    monkeypatch.setattr(local_smoke, "walk", lambda *_: None)
    return there


def walked() -> tuple[int, str]:
    """Status and last line of `python -m local smoke`, in this process."""
    result = CliRunner().invoke(local_app, ["smoke"])
    return result.exit_code, result.output.splitlines()[-1]


def test_it_stops_what_it_started(monkeypatch: pytest.MonkeyPatch) -> None:
    there = installed(monkeypatch, running=False)
    assert walked() == (0, "OK")
    assert there.calls == ["up", "down"]


def test_it_leaves_a_running_demo_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    there = installed(monkeypatch, running=True)
    assert walked() == (0, "OK")
    assert there.calls == []


FAILURES = pytest.mark.parametrize(
    ("fault", "said"),
    [
        (SmokeFailure("the ward sees nobody"), "FAILED: the ward sees nobody"),
        (ConfigurationError("no PostgreSQL"), "FAILED: no PostgreSQL"),
        (KeyboardInterrupt(), "FAILED: interrupted"),
    ],
)


def raising(fault: BaseException) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise fault

    return fail


@FAILURES
def test_a_failure_is_said_and_still_cleaned_up(
    fault: BaseException, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = installed(monkeypatch, running=False)
    monkeypatch.setattr(local_smoke, "walk", raising(fault))
    assert walked() == (1, said)
    assert there.calls == ["up", "down"]


@FAILURES
def test_at_an_address_it_ends_with_the_same_word(
    fault: BaseException, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asm_smoke, "walk", raising(fault))
    # CliRunner runs the command in this process, whose SIGTERM is not the command's to change.
    monkeypatch.setattr(asm_smoke.signal, "signal", lambda *_: None)
    result = CliRunner().invoke(app, ["smoke", "--url", "http://127.0.0.1:9"])
    assert (result.exit_code, result.output.splitlines()[-1]) == (1, said)


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_it_walks_at_an_address(
    live_server: str, passwords: Mapping[str, str], settings: Settings, tmp_path: Path
) -> None:
    accounts = [{"login": name, "password": word, "role": "x"} for name, word in passwords.items()]
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps(accounts), encoding="utf-8")
    command = [sys.executable, "-m", "asm", "smoke", "--url", live_server, "--accounts", str(file)]
    done = subprocess.run(
        command, env=environment(settings, 8000), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "OK"
    assert "NOT DONE" not in done.stdout
