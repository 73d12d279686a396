"""The whole platform on this machine, as an operator starts, kills and stops it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.layout import Layout
from local.machine.ports import any_free_port, is_free
from local.machine.processes import is_running, processes_inside
from local.state import PARTS, State, load_state

pytestmark = pytest.mark.slow

COMMANDS = [sys.executable, "-m", "local"]
#: What a run says that fills in the demo.
FILLED = "demo data"


class Machine:
    """One installation, away from the one in the checkout."""

    def __init__(self, folder: Path) -> None:
        self.layout = Layout(folder / ".asm")
        self.port = any_free_port()
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ASM_")},
            "ASM_DATA_DIR": str(self.layout.home),
            "ASM_PORT": str(self.port),
            # As in the shell of whoever runs a real installation.
            "ASM_REDIS_URL": "redis://127.0.0.1:1",
            "ASM_POPULATION_URL": "http://127.0.0.1:1",
        }
        for name in ("DATABASE_URL", "REDIS_URL"):
            self.env.pop(name, None)

    def asm(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMANDS, *arguments],
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )

    @property
    def state(self) -> State:
        return load_state(self.layout)

    def health(self) -> dict[str, object]:
        answer = httpx.get(f"http://127.0.0.1:{self.port}/health/ready", timeout=60)
        body: dict[str, object] = answer.json()
        return body


@pytest.fixture
def machine(open_folder: Path) -> Iterator[Machine]:
    opened = Machine(open_folder)
    yield opened
    opened.asm("down")
    link = opened.layout.postgres
    if link.is_symlink():
        shutil.rmtree(link.readlink())


def test_nothing_is_running_on_a_new_machine(machine: Machine) -> None:
    shown = machine.asm("status")
    assert shown.returncode == 3
    assert shown.stdout.count("stopped") == len(PARTS)
    assert machine.asm("down").stdout.strip() == "Nothing is running."


def test_smoke_from_nothing_then_up_twice_killed_up_again_and_down(machine: Machine) -> None:
    """One installation, filled once: to fill one in takes longer than all that is done with it."""
    _walked_from_nothing(machine)
    _up_twice(machine)

    for process in machine.state.processes.values():
        os.kill(process.pid, signal.SIGKILL)
    assert machine.asm("status").returncode == 3
    third = machine.asm("up", "--detach")
    assert third.returncode == 0, third.stdout + third.stderr
    assert FILLED not in third.stdout, "it was filled in already"
    assert machine.health()["status"] == "ok"

    running = machine.state.processes
    assert machine.asm("down").returncode == 0
    assert not [name for name, process in running.items() if is_running(process)]
    assert is_free(machine.port)


def _walked_from_nothing(machine: Machine) -> None:
    done = machine.asm("smoke")
    assert done.returncode == 0, done.stdout + done.stderr
    assert FILLED in done.stdout
    assert done.stdout.splitlines()[-1] == "OK"
    assert machine.asm("status").returncode == 3
    assert not processes_inside(machine.layout.home / "postgres" / "data")


def _up_twice(machine: Machine) -> None:
    first = machine.asm("up", "--detach")
    assert first.returncode == 0, first.stdout + first.stderr
    assert f"http://127.0.0.1:{machine.port}" in first.stdout
    accounts = json.loads(machine.layout.accounts_file.read_text(encoding="utf-8"))
    assert all(account["login"] in first.stdout for account in accounts)
    assert "Left alone: ASM_POPULATION_URL" in first.stdout
    assert machine.health()["status"] == "ok"
    running = machine.state.processes
    simulator = f"http://127.0.0.1:{machine.state.ports['simulator']}/health"
    assert httpx.get(simulator).status_code == 200

    second = machine.asm("up", "--detach")
    assert second.returncode == 0
    assert "Already running" in second.stdout
    assert machine.state.processes == running
    assert machine.asm("status").returncode == 0


def test_a_watched_run_replaces_what_is_killed_and_stops_all_at_sigterm(machine: Machine) -> None:
    command = [*COMMANDS, "up", "--no-seed"]
    with subprocess.Popen(
        command, env=machine.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as watched:
        assert watched.stdout is not None
        for line in watched.stdout:
            if "Ctrl-C stops it" in line:
                break
        killed = machine.state.processes["valkey"]
        os.kill(killed.pid, signal.SIGKILL)
        assert "valkey has ended; starting it again." in watched.stdout.readline()
        assert "Already running" in machine.asm("up").stdout, "one installation, one watcher"
        running = machine.state.processes
        assert running["valkey"] != killed
        assert "simulator" not in running, "nobody real is verified by a simulator"
        watched.send_signal(signal.SIGTERM)
        rest = watched.stdout.read()
    assert watched.returncode == 0
    assert "ASM has stopped." in rest
    assert not [name for name, process in running.items() if is_running(process)]


def test_a_part_that_cannot_start_takes_the_others_with_it(machine: Machine) -> None:
    # A damaged key: the database comes up, the processes that need the key refuse to start.
    machine.layout.prepare()
    (machine.layout.secrets / "vault.key").write_text("not a key\n")
    failed = machine.asm("up", "--detach", "--no-seed")
    assert failed.returncode == 1
    assert "vault.key" in failed.stdout + failed.stderr
    assert machine.state.processes == {}
    assert machine.asm("status").returncode == 3
