import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from asm.errors import ConfigurationError
from local.machine import processes
from local.machine.interrupts import stop_on_signals, uninterrupted
from local.machine.processes import Started, identify, is_running, spawn, stop, wait_until

PATIENCE_S = 90.0
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
IGNORE = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
STUBBORN = [sys.executable, "-c", f"{IGNORE}; print('deaf', flush=True); time.sleep(600)"]


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    processes.stop_children()


def test_a_process_is_started_and_stopped(tmp_path: Path) -> None:
    process = spawn("sleeper", SLEEP, log=tmp_path / "log")
    assert is_running(process)
    assert stop(process)
    assert not is_running(process)
    assert not psutil.pid_exists(process.pid)


def test_stopping_twice_does_nothing(tmp_path: Path) -> None:
    process = spawn("sleeper", SLEEP, log=tmp_path / "log")
    stop(process)
    assert not stop(process)


def test_a_later_process_with_the_same_id_is_left_alone(tmp_path: Path) -> None:
    process = spawn("sleeper", SLEEP, log=tmp_path / "log")
    long_ago = replace(process, started_at=process.started_at - 3600)
    assert not is_running(long_ago)
    assert not stop(long_ago)
    assert is_running(process)


def test_a_killed_process_is_not_running(tmp_path: Path) -> None:
    process = spawn("sleeper", SLEEP, log=tmp_path / "log")
    os.kill(process.pid, signal.SIGKILL)
    wait_until_gone(process)
    assert not is_running(process)
    assert not stop(process)


def test_who_does_not_listen_is_made_to_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = spawn("stubborn", STUBBORN, log=log)
    wait_until(
        lambda: b"deaf" in log.read_bytes(),
        process,
        timeout_s=PATIENCE_S,
        log=log,
        what="Stubborn",
    )
    assert stop(process, grace_s=0.2)
    assert not is_running(process)


def test_waiting_ends_with_the_log_when_the_process_ends(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = spawn("failing", ["sh", "-c", "echo no such ward; exit 1"], log=log)
    with pytest.raises(ConfigurationError, match=r"(?s)The part stopped.*no such ward"):
        wait_until(lambda: False, process, timeout_s=PATIENCE_S, log=log, what="The part")


def test_waiting_has_an_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = spawn("sleeper", SLEEP, log=log)
    with pytest.raises(ConfigurationError, match="not ready"):
        wait_until(lambda: False, process, timeout_s=0.1, log=log, what="The part")


def test_logs_are_closed_to_others_and_do_not_grow_for_ever(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    log.write_bytes(b"x" * (processes.LOG_LIMIT_BYTES + 1))
    stop(spawn("sleeper", SLEEP, log=log))
    assert log.stat().st_size < 1000
    assert log.stat().st_mode & 0o077 == 0
    assert (tmp_path / "part.log.1").exists()


def test_a_signal_while_a_process_is_being_started_waits() -> None:
    reached = []

    def interrupted_start() -> None:
        with stop_on_signals(), uninterrupted():
            signal.raise_signal(signal.SIGTERM)
            reached.append("the end of the start")

    with pytest.raises(KeyboardInterrupt):
        interrupted_start()
    assert reached


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stop_on_signals(), uninterrupted():
        pass
    assert signal.getsignal(signal.SIGTERM) is before


def test_processes_are_found_by_the_folder_they_stand_in(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"], cwd=tmp_path) as child:
        assert [process.pid for process in processes.processes_inside(tmp_path)] == [child.pid]
        child.kill()


def test_a_process_that_is_gone_can_still_be_named() -> None:
    gone = identify("gone", 2**22 + 1)  # above the largest id that Linux gives
    assert not is_running(gone)


def wait_until_gone(process: Started) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while is_running(process):
        assert time.monotonic() < deadline
        time.sleep(0.01)
