"""What is running, remembered in `.asm/state.json` between commands."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from asm.errors import ConfigurationError
from local.layout import Layout, write_private
from local.machine.processes import Started, is_running

PARTS = ("postgres", "valkey", "simulator", "web", "worker")


@dataclass(slots=True)
class State:
    """`supervisor` is the `demo` that watches the parts, None after `up --detach`."""

    file: Path
    url: str = ""
    supervisor: Started | None = None
    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, Started] = field(default_factory=dict)
    external: list[str] = field(default_factory=list)

    def save(self) -> None:
        known = {key: value for key, value in asdict(self).items() if key != "file"}
        write_private(self.file, json.dumps(known, indent=2))

    def record(self, process: Started) -> None:
        self.processes[process.name] = process
        self.save()

    def forget(self, name: str) -> None:
        self.processes.pop(name, None)
        self.save()

    def is_up(self) -> bool:
        """Whether it is in somebody's hands: a live supervisor's, or left on and complete.

        Parts whose supervisor was killed are not up, even if all of them still run.
        """
        if self.supervisor is not None:
            return is_running(self.supervisor)
        ours = [part for part in PARTS if part not in self.external]
        return all(part in self.processes and is_running(self.processes[part]) for part in ours)


def load_state(layout: Layout) -> State:
    """The remembered state; an empty one when there is none or a power cut has eaten the file."""
    state = State(layout.state_file)
    try:
        known = json.loads(layout.state_file.read_text(encoding="utf-8"))
        state.url = known["url"]
        state.supervisor = Started(**known["supervisor"]) if known["supervisor"] else None
        state.ports = dict(known["ports"])
        state.processes = {name: Started(**item) for name, item in known["processes"].items()}
        state.external = list(known["external"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        # Nothing in it is needed: leftovers of the database are found through its data folder.
        return State(layout.state_file)
    return state


@contextmanager
def exclusive(layout: Layout) -> Iterator[None]:
    """Hold the right to start or stop parts; ConfigurationError when another command holds it.

    The kernel drops the lock with the process, so a killed command leaves nothing to clean.
    """
    with (layout.home / "lock").open("a", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigurationError(
                "another command is starting or stopping this installation"
            ) from error
        yield
