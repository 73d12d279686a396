"""What the web processes count. No label holds personal data.

One process keeps its figures to itself. Those that share a port keep them in files of memory, each
in its own (Prometheus's client calls it the multiprocess mode), so that whichever is asked adds up
all of them, and what an ended one counted stays: a sum that falls would look like a new beginning.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from asm.imports.declare_workbook import ImportOutcome
from asm.stays.declaration import Outcome

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OUTCOMES: Final = ("accepted", "late", "merged", "changed", "refused")
#: Routes times methods times statuses are fewer.
_MOST_KEPT: Final = 4096
#: Where Prometheus's client looks for the folder, by its own wish.
_FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"


class CountedHere:
    """The figures of this process; in `folder`, beside those of its siblings."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "asm_requests", "Requests by route, method and status.", ["route", "method", "status"],
            registry=self.registry,
        )  # fmt: skip
        self.duration = Histogram(
            "asm_request_seconds", "Time to answer by route and method.", ["route", "method"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
            registry=self.registry,
        )  # fmt: skip
        declarations = Counter(
            "asm_declarations",
            "Guests declared by what became of them; accepted counts late ones too.",
            ["outcome"], registry=self.registry,
        )  # fmt: skip
        self.outcomes = {outcome: declarations.labels(outcome) for outcome in _OUTCOMES}
        self._blocks = Gauge(
            "asm_blocked_tries", "Times since the start at which a door was closed to tries, by "
            "what was tried and what was counted.", ["purpose", "counter"],
            registry=self.registry, multiprocess_mode="sum",
        )  # fmt: skip
        self._queue = Gauge(
            "asm_write_queue_rows", "Guests that wait in the web processes for the next commit.",
            registry=self.registry, multiprocess_mode="livesum",
        )  # fmt: skip
        self._processes = Gauge(
            "asm_web_processes", "Web processes that serve.", registry=self.registry,
            multiprocess_mode="livesum",
        )  # fmt: skip
        self._processes.set(1)
        self._meters: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def meters(self, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        """What counts and what times such a request."""
        known = self._meters.get((route, method, status))
        if known is None:
            known = self.requests.labels(route, method, status), self.duration.labels(route, method)
            if len(self._meters) < _MOST_KEPT:
                self._meters[route, method, status] = known
        return known

    def note_waiting(self, rows: int, blocks: Mapping[tuple[str, str], int]) -> None:
        """Keep what is as it is at this moment."""
        self._queue.set(rows)
        for (purpose, counter), number in blocks.items():
            self._blocks.labels(purpose, counter).set(number)

    def collect(self) -> Iterator[Metric]:
        """The figures of this process, or of all that share the folder."""
        # A folder that somebody took away is no reason to say nothing.
        if self.folder is None or not self.folder.is_dir():
            yield from self.registry.collect()
            return
        forget_ended(self.folder)
        together = MultiProcessCollector(None, path=str(self.folder))  # type: ignore[no-untyped-call]
        yield from together.collect()  # type: ignore[no-untyped-call]


def forget_ended(folder: Path) -> None:
    """Take what is true of living processes alone away from those that have ended."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        if not is_alive(pid):
            mark_process_dead(pid, path=str(folder))  # type: ignore[no-untyped-call]


def is_alive(pid: int) -> bool:
    """Whether such a process runs, whoever's it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class _Current:
    """Which figures this process counts into: there are others once they are shared."""

    counted = CountedHere()


def counted_here() -> CountedHere:
    """The figures of this process."""
    return _Current.counted


def share_figures(folder: Path) -> None:
    """Count into `folder` from now on, where the siblings of this process do."""
    os.environ[_FOLDER_VARIABLE] = str(folder)
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]
    _Current.counted = CountedHere(folder)


def measure_request(scope: Mapping[str, Any], status: int, seconds: float) -> None:
    """Count and time a request under the template of its route, never its address."""
    request_method = str(scope.get("method"))
    method = request_method if request_method in _METHODS else "other"
    route = scope.get("path_template") or "unmatched"
    count, duration = _Current.counted.meters(route, method, status)
    count.inc()
    duration.observe(seconds)


def count_outcome(outcome: Outcome | ImportOutcome) -> None:
    """Count what became of the guests of one declaration; resends and dry runs count nothing."""
    if outcome.replayed or outcome.dry_run:
        return
    parts = outcome.results if isinstance(outcome, Outcome) else outcome.rows
    late = sum(
        part.status == "accepted" and part.receipt is not None and not part.receipt.on_time
        for part in parts
    )
    outcomes = _Current.counted.outcomes
    outcomes["accepted"].inc(outcome.accepted)
    outcomes["late"].inc(late)
    outcomes["merged"].inc(outcome.merged)
    outcomes["changed"].inc(outcome.changed)
    outcomes["refused"].inc(outcome.rejected)
