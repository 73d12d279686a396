"""The load generator: wrk, from the system's packages, with one script for everything measured."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asm.errors import ConfigurationError
from load_tests.crowd import CrowdAccount
from local.machine import apt

SCRIPT = Path(__file__).with_name("declare.lua")
WARM_UP_S = 2


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One run. Latencies in ms, as wrk sees them: it waits for an answer before it asks again, so
    they are those of as many clients as there are connections, not of an open evening.
    """

    per_second: float
    p50_ms: float
    p99_ms: float
    answered: int
    refused: int
    broken: int


def provide_wrk(log: Path) -> str:
    """The program, installed if need be."""
    program = shutil.which("wrk")
    if program:
        return program
    if apt.privilege() is None:
        raise ConfigurationError("wrk is needed: apt-get install wrk")
    apt.install(["wrk"], log)
    installed = shutil.which("wrk")
    if installed is None:
        raise ConfigurationError("the package wrk brought no wrk")
    return installed


def write_hosts(path: Path, hosts: Sequence[CrowdAccount]) -> None:
    """The file that the script reads."""
    path.write_text("".join(f"{p.facility_id} {p.token}\n" for p in hosts), encoding="ascii")


def run_wrk(
    address: str, hosts_file: Path, *, connections: int = 64, seconds: float = 10
) -> Measured:
    """Declare for `seconds` over `connections` at once."""
    arrived = datetime.now(UTC) - timedelta(minutes=20)
    done = subprocess.run(
        [provide_wrk(hosts_file.parent / "apt.log"), "-t1", f"-c{connections}", f"-d{seconds:.0f}s",
         "--timeout", "10s", "-s", str(SCRIPT), address],
        env={
            **os.environ,
            "ASM_BENCH_PLACES": str(hosts_file),
            "ASM_BENCH_ARRIVED": arrived.isoformat(timespec="seconds"),
            "ASM_BENCH_LEAVES": (arrived + timedelta(days=2)).isoformat(timespec="seconds"),
        },
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        raise ConfigurationError(f"wrk failed: {done.stdout[-500:]} {done.stderr[-500:]}")
    figures = json.loads(lines[-1])
    good = figures["requests"] - figures["refused"]
    return Measured(
        per_second=good / figures["seconds"],
        p50_ms=figures["p50_ms"],
        p99_ms=figures["p99_ms"],
        answered=good,
        refused=figures["refused"],
        broken=figures["broken"],
    )
