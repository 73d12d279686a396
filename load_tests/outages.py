"""What is done to the servers in the middle of a run: only to those that the run itself started."""

import signal
import threading
from collections.abc import Callable, Mapping
from typing import Any

import psutil


def redis_down(state: Mapping[str, Any]) -> None:
    """The Redis-compatible server dies and stays dead: whatever rang it must do without."""
    _process(state, "valkey").kill()


def postgres_crash(state: Mapping[str, Any]) -> None:
    """A backend is killed; PostgreSQL ends all others, recovers from its log and starts anew."""
    for child in _process(state, "postgres").children():
        if "asm_api" in " ".join(child.cmdline()):
            child.kill()
            return
    raise RuntimeError("no backend of the web process was found")


def population_hangs(state: Mapping[str, Any]) -> None:
    """The population service takes connections and answers nothing, until the end of the run."""
    _process(state, "simulator").send_signal(signal.SIGSTOP)


def let_go(state: Mapping[str, Any]) -> None:
    """Let a hanging service end with the rest."""
    _process(state, "simulator").send_signal(signal.SIGCONT)


#: Scenario → what happens in its middle.
OUTAGES: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
    "redis_down": redis_down,
    "postgres_restart": postgres_crash,
    "population_hangs": population_hangs,
}


def later(seconds: float, scenario: str, state: Mapping[str, Any]) -> threading.Timer | None:
    """Do to the servers in `seconds` what the scenario says; None where it says nothing."""
    outage = OUTAGES.get(scenario)
    if outage is None:
        return None
    timer = threading.Timer(seconds, lambda: (outage(state), print(f"now: {scenario}"))[0])
    timer.daemon = True
    timer.start()
    return timer


def _process(state: Mapping[str, Any], part: str) -> psutil.Process:
    known = state["processes"][part]
    process = psutil.Process(known["pid"])
    # After a crash the same id may belong to somebody else's program.
    if abs(process.create_time() - known["started_at"]) > 2:
        raise RuntimeError(f"{part} is not the process that was started")
    return process
