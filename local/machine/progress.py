"""Telling the operator what is being done: a spinner on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from rich.console import Console
from rich.markup import escape

Note = Callable[[str], None]


class Progress:
    """Prints steps with their duration in seconds."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(file=sys.stdout, highlight=False, soft_wrap=True)

    @property
    def interactive(self) -> bool:
        return self._console.is_terminal

    def say(self, text: str = "") -> None:
        """Print `text` as it is."""
        self._console.print(escape(text))

    @contextmanager
    def step(self, title: str) -> Iterator[Note]:
        """Show `title` while the body runs; the body may call the note with the outcome."""
        outcome = title
        began = time.monotonic()

        def note(text: str) -> None:
            nonlocal outcome
            outcome = text

        if not self.interactive:
            self.say(f"... {title}")
        spinner = self._console.status(f"{escape(title)} …") if self.interactive else nullcontext()
        try:
            with spinner:
                yield note
        except BaseException:
            self.say(f"NOT DONE: {title}")
            raise
        self.say(
            f"{'✓' if self.interactive else 'ok '} {outcome} ({time.monotonic() - began:.1f} s)"
        )
