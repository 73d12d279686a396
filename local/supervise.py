"""Watching the parts of a demo that runs in the foreground."""

import time
from collections.abc import Callable, Mapping
from typing import NoReturn

from asm.errors import ConfigurationError
from local.machine.processes import Started, is_running
from local.machine.progress import Progress
from local.state import State

LOOK_EVERY_S = 0.5
RESTARTS_ALLOWED = 5
WITHIN_S = 60.0


def watch(
    state: State, starters: Mapping[str, Callable[[], Started]], progress: Progress
) -> NoReturn:
    """Start a part again when it ends by itself; give up when that happens too often.

    Returns only by an exception: KeyboardInterrupt to stop, ConfigurationError to give up.
    """
    restarts: list[float] = []
    while True:
        time.sleep(LOOK_EVERY_S)
        for name, process in list(state.processes.items()):
            if is_running(process):
                continue
            now = time.monotonic()
            restarts = [*(moment for moment in restarts if now - moment < WITHIN_S), now]
            if len(restarts) > RESTARTS_ALLOWED:
                raise ConfigurationError(
                    f"{name} keeps ending; its log is {state.file.parent / 'log' / name}.log"
                )
            progress.say(f"{name} has ended; starting it again.")
            state.record(starters[name]())
