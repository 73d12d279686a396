"""What the walk asks of whoever shows how far it is."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol


class WalkProgress(Protocol):
    """Shows lines, and steps with their outcome."""

    def say(self, text: str = "") -> None:
        """Show `text` as it is."""

    def step(self, title: str) -> AbstractContextManager[Callable[[str], None]]:
        """Show `title` while the body runs; the body may call the note with the outcome."""
