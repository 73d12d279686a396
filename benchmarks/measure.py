"""Timing on a machine that others use too: medians, the share of it that was taken, a table."""

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

#: Above this share of the processors taken by others a rate is no finding.
CROWDED = 0.1
_CROWDED_MEANS = (
    "NO VERDICT: on a crowded machine a program with many processes gets more of it than one with "
    "few, so the rates cannot be compared; what each declaration takes of the processors can"
)


@dataclass(frozen=True)
class Row:
    """One figure beside a peer's, measured in the same run."""

    what: str
    ours: float
    unit: str
    peer: str = ""
    theirs: float | None = None
    more_is_better: bool = False

    @property
    def ratio(self) -> str:
        """How many times better (above 1) or worse (below 1) than the peer."""
        if self.theirs is None or not self.ours or not self.theirs:
            return ""
        times = self.ours / self.theirs if self.more_is_better else self.theirs / self.ours
        return f"{times:.2f}×"


def per_second(work: Callable[[], object], *, seconds: float, repetitions: int = 5) -> float:
    """Calls per second: the median of `repetitions`, each of `seconds` / `repetitions` or more."""
    rates = []
    for _ in range(repetitions):
        calls, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds / repetitions:
            for _ in range(50):
                work()
            calls += 50
        rates.append(calls / spent)
    return statistics.median(rates)


def p50_ms(work: Callable[[], object], *, times: int) -> float:
    """The median of `times` calls in milliseconds, after one that is not counted."""
    work()
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent) * 1000


class ForeignCpu:
    """The share of all processors that other programs used between start and `share()`."""

    def __init__(self) -> None:
        self._me = psutil.Process()
        self._start = time.monotonic()
        self._busy, self._own = self._machine(), self._ours()

    def share(self) -> float:
        """0 to 1."""
        taken = (self._machine() - self._busy) - (self._ours() - self._own)
        return max(0.0, taken / (time.monotonic() - self._start) / (os.cpu_count() or 1))

    def _machine(self) -> float:
        times = psutil.cpu_times()
        return float(sum(times) - times.idle - getattr(times, "iowait", 0.0))

    def _ours(self) -> float:
        """This process, its children and those that have ended."""
        return cpu_seconds(self._me.pid)


def cpu_seconds(pid: int) -> float:
    """Processor seconds that a process and all below it have spent, the ended ones included: each
    living process tells what it collected of its own ended children.
    """
    total = 0.0
    me = psutil.Process(pid)
    for process in (me, *me.children(recursive=True)):
        try:
            spent = process.cpu_times()
        except psutil.NoSuchProcess:
            continue  # ended between the list and the look; its parent tells at the next one
        total += spent.user + spent.system + spent.children_user + spent.children_system
    return total


def memory_mb(pid: int) -> tuple[float, float]:
    """A process's memory now and at its most."""
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    )
    return int(status["VmRSS"].split()[0]) / 1024, int(status["VmHWM"].split()[0]) / 1024


def conditions(packages: Sequence[str], foreign: ForeignCpu) -> list[str]:
    """Machine, versions, and how much of the machine others took."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = psutil.virtual_memory().total / 2**30
    share = foreign.share()
    warning = [_CROWDED_MEANS] if share > CROWDED else []
    return [
        f"machine: {model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}",
        f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {_version(name)}" for name in packages),
        f"processor time taken by others during the run: {share:.0%} of all cores",
        *warning,
    ]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def print_table(rows: Sequence[Row]) -> None:
    """A Markdown table."""
    lines = ["| what | ours | peer in the same run | peer's | better by |", "|---|---|---|---|---|"]
    for row in rows:
        theirs = "" if row.theirs is None else f"{_shown(row.theirs)} {row.unit}"
        lines.append(
            f"| {row.what} | {_shown(row.ours)} {row.unit} | {row.peer} | {theirs} | {row.ratio} |"
        )
    sys.stdout.write("\n".join(lines) + "\n")


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.3g}"
