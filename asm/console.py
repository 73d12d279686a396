"""How commands speak: one JSON document on standard output, a refusal on standard error."""

import asyncio
import json
import sys
from collections.abc import Coroutine, Sequence
from typing import Any, Final, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from asm.errors import Refusal

T = TypeVar("T")
#: Wider than any table: what reads a pipe counts columns, not the width of a window.
_UNWRAPPED: Final = 1_000_000


def say(value: object) -> None:
    """Print one JSON document in UTF-8."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2)
    sys.stdout.write(text.decode() + "\n")


def say_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print columns that line up, for people: folded to the width of a terminal; elsewhere a line
    each, without colours.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*("-" if cell is None else str(cell) for cell in row))
    terminal = sys.stdout.isatty()
    console = Console(
        force_terminal=terminal,
        width=None if terminal else _UNWRAPPED,
        markup=False,
        emoji=False,
        highlight=False,
    )
    with console.capture() as said:
        console.print(table)
    for line in said.get().splitlines():
        sys.stdout.write(line.rstrip() + "\n")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; a refusal becomes one JSON object on stderr and exit code 2."""
    try:
        return asyncio.run(work)
    except Refusal as refusal:
        sys.stderr.write(
            json.dumps(
                {
                    "code": refusal.code,
                    "message": refusal.message,
                    "message_en": refusal.message_en,
                    "errors": refusal.errors,
                    "outcome": msgspec.to_builtins(refusal.outcome),
                },
                ensure_ascii=False,
                indent=2,
            )
            + "\n"
        )
        raise typer.Exit(2) from refusal
