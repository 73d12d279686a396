"""Let open streams end when the server is told to stop: it waits for answers that are under way."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_ENDING: Final = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def ending_streams(end: Callable[[], None]) -> Iterator[None]:
    """Call `end` on SIGTERM or SIGINT, and then what was called before. Outside the main thread,
    where nobody receives signals, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _ENDING}

    def on_signal(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(end)
        earlier: Any = before[signal.Signals(number)]
        if callable(earlier):
            earlier(number, frame)

    replaced = [number for number in _ENDING if callable(before[number])]
    for number in replaced:
        signal.signal(number, on_signal)
    try:
        yield
    finally:
        for number in replaced:
            if signal.getsignal(number) is on_signal:
                signal.signal(number, before[number])
