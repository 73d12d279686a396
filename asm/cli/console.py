"""How commands speak, the same for all of them.

Answers: one JSON document on standard output (`--table`, where there is one, prints columns for
people). A refusal, or a fault in how things are set up, is one JSON object on standard error with a
stable `code`, `message` and `message_en`; passwords and addresses are never in it. What a command
does meanwhile is told on standard error, before that object.

| exit | meaning |
|---|---|
| 0 | done, and all of it |
| 1 | the answer is no, or not for all: the document on standard output says what and why |
| 2 | nothing was done: refused, not set up, the database away (JSON), or mistyped (in words) |
| 3 | `asm receipt verify` alone: genuine proof of an attempt, which is no receipt |
| 70 | a fault in the program itself, with the trace that a report of it needs |
| 130 | interrupted |

`asm code`, `area`, `addresses` and `plates` are asked questions, and take a refusal for an answer:
it stands on standard output with `"ok": false`, and they end with 1. `asm worker` and `simulator`
run until they are told to stop, and log; `asm smoke` tells its walk in words and ends with OK or
FAILED, 0 or 1.
"""

import asyncio
import errno
import sys
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from asm.cli.installation.env_file import closed_env_file
from asm.errors import (
    ConfigurationError,
    KeyFileMissing,
    Misconfigured,
    Refusal,
    VariableMissing,
)
from asm.variables.given import VariablesInvalid

T = TypeVar("T")
#: Wider than any table: what reads a pipe counts columns, not the width of a window.
_UNWRAPPED: Final = 1_000_000
_OF_DISKS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO})
NO: Final = 1
NOTHING_DONE: Final = 2
PROGRAM_ERROR: Final = 70


class SetUpError(Misconfigured):
    """What the command needs is not as it should be; the messages say where to look."""


def say(value: object) -> None:
    """Print one JSON document in UTF-8."""
    sys.stdout.flush()
    sys.stdout.buffer.write(_document(value))
    sys.stdout.flush()


def say_answer(answer: dict[str, Any]) -> None:
    """Print the one object and end with the status that its `ok` means."""
    say(answer)
    raise typer.Exit(0 if answer["ok"] else NO)


def refused(refusal: Refusal, **more: Any) -> dict[str, Any]:
    """A refusal as the answer to a question, with `more` beside it."""
    return {
        "ok": False,
        "code": refusal.code,
        "message": refusal.message,
        "message_en": refusal.message_en,
        "errors": refusal.errors,
        **more,
    }


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


def say_progress(line: str) -> None:
    """Say on standard error what is being done."""
    sys.stderr.write(line + "\n")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end. What it raises is told by `answering`, which stands around every command."""
    return asyncio.run(work)


@contextmanager
def answering() -> Iterator[None]:
    """End with 2 and one JSON object on standard error where nothing could be done."""
    try:
        yield
    except Refusal as refusal:
        _complain(refusal, errors=refusal.errors, outcome=refusal.outcome)
        raise typer.Exit(NOTHING_DONE) from refusal
    except ConfigurationError as error:
        _complain(error if isinstance(error, Misconfigured) else _set_up_error(error))
        raise typer.Exit(NOTHING_DONE) from error
    except OSError as error:
        if error.filename is None and not is_of_disk(error):
            raise
        _complain(_file_error(error))
        raise typer.Exit(NOTHING_DONE) from error


def _complain(error: Refusal | Misconfigured, **more: object) -> None:
    said = {"code": error.code, "message": error.message, "message_en": error.message_en, **more}
    sys.stderr.flush()
    sys.stderr.buffer.write(_document(said))
    sys.stderr.flush()


def _set_up_error(error: ConfigurationError) -> SetUpError:
    closed = closed_env_file() if isinstance(error, VariableMissing | KeyFileMissing) else None
    if closed is not None:
        return SetUpError("not_set_up", text="settings_file_unreadable", file=closed)
    match error:
        case VariableMissing(variable=variable, example=example):
            return SetUpError(
                "not_set_up", text="variable_missing", variable=variable, example=example
            )
        case VariablesInvalid(message=reason):
            return SetUpError(
                "not_set_up", text="variables_wrong", reason=reason, reason_en=str(error)
            )
        case KeyFileMissing(file=file):
            return SetUpError("not_set_up", text="key_file_missing", file=file)
        case _:
            return SetUpError("not_set_up", reason=str(error))


def is_of_disk(error: BaseException) -> bool:
    """Whether a disk is full, closed to writing or broken; no connection fails so."""
    return isinstance(error, OSError) and error.errno in _OF_DISKS


def _file_error(error: OSError) -> SetUpError:
    named = [str(each) for each in (error.filename, error.strerror) if each]
    return SetUpError("file_not_usable", what=": ".join(named))


def _document(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
