"""Looks at the arguments of every process, which everybody on a machine can read."""

import threading
from collections.abc import Collection
from pathlib import Path
from types import TracebackType

EVERY_S = 0.03


class ArgumentSampler:
    """While the block runs: which secrets stood in whose arguments."""

    def __init__(self, secrets: Collection[str]) -> None:
        self._secrets = [secret.encode() for secret in secrets]
        self._known: dict[str, bytes] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self.shown: set[str] = set()
        #: The names of the programs that were looked at; numbers of processes come again.
        self.programs: set[str] = set()

    def look_for(self, secrets: Collection[str]) -> None:
        """For these, too, from now on."""
        self._secrets = [*self._secrets, *(secret.encode() for secret in secrets)]

    def __enter__(self) -> "ArgumentSampler":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _look_on(self) -> None:
        while not self._ended.wait(EVERY_S):
            for folder in Path("/proc").iterdir():
                if folder.name.isdigit():
                    self._look(folder)

    def _look(self, folder: Path) -> None:
        try:
            arguments = (folder / "cmdline").read_bytes()
        except OSError:
            return  # it has ended meanwhile
        if self._known.get(folder.name) == arguments:
            return
        self._known[folder.name] = arguments
        program = arguments.split(b"\0")[0].decode("utf-8", "replace")
        self.programs.add(program.rpartition("/")[2])
        if any(secret in arguments for secret in self._secrets):
            # Without the secret itself: this is printed when the test fails.
            self.shown.add(program)
