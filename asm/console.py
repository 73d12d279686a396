"""How commands speak: one JSON document on standard output, a refusal on standard error."""

import asyncio
import json
import sys
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import msgspec
import typer

from asm.errors import Refusal

T = TypeVar("T")


def say(value: object) -> None:
    """Print one JSON document in UTF-8."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2)
    sys.stdout.write(text.decode() + "\n")


def say_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print columns that line up, for people."""
    lines = [list(head), *([("-" if cell is None else str(cell)) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


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
