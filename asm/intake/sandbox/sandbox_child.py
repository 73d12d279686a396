"""The process in which untrusted bytes are read: limits first, then task after task from standard
input, answers to its output.

Run as `python -m asm.intake.sandbox.sandbox_child TASK`, the task as JSON. A message is four
bytes of length and MessagePack: `Order` in, `Answer` out; the first one out is empty and says that
the process is ready. It ends with its parent, after its number of tasks, and when idle too long.
"""

import importlib
import math
import os
import resource
import select
import struct
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import IO, Any, Final, get_type_hints

import msgspec

from asm.intake.sandbox.sandbox_tasks import SandboxTask

OUT_OF_MEMORY: Final = 3
LENGTH: Final = struct.Struct(">I")


class Order(msgspec.Struct, array_like=True):
    """One task. `token` comes back with the answer, so that what is left behind in the pipe is
    never taken for the answer to another; `keywords` are plain values.
    """

    token: bytes
    data: bytes
    keywords: dict[str, Any]


class Answer(msgspec.Struct, array_like=True):
    """`value` is the encoded answer; `error` says which one came from where, without its text,
    which may repeat what the data held.
    """

    token: bytes
    value: bytes = b""
    error: str | None = None


def write_message(stream: IO[bytes], body: bytes) -> None:
    """Send one message."""
    stream.write(LENGTH.pack(len(body)) + body)
    stream.flush()


def read_message(stream: IO[bytes], longest: int) -> bytes | None:
    """The next message, or None at the end of the stream. Raises OverflowError, with nothing more
    read, for one of more than `longest` bytes.
    """
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    if length > longest:
        raise OverflowError(length)
    body = stream.read(length)
    return body if len(body) == length else None


def limit(task: SandboxTask) -> None:
    """Bound this process: address space, no file created or grown, no core dump."""
    memory = task.memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(task.nice)


def allow(cpu_s: int) -> None:
    """Grant `cpu_s` seconds of processor time from now on; SIGXCPU ends the process after them."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(used.ru_utime + used.ru_stime) + cpu_s
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def answer_to(function: Callable[..., Any], hints: Mapping[str, Any], order: Order) -> Answer:
    """Do one task. Raises MemoryError; every other error becomes part of the answer."""
    try:
        keywords = {
            name: msgspec.convert(value, hints[name]) for name, value in order.keywords.items()
        }
        value = msgspec.msgpack.encode(function(order.data, **keywords))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 -- told to the parent, which logs it
        at = traceback.extract_tb(error.__traceback__)[-1]
        return Answer(
            token=order.token, error=f"{type(error).__name__} at {at.filename}:{at.lineno}"
        )
    return Answer(token=order.token, value=value)


def serve(task: SandboxTask, inbox: IO[bytes], outbox: IO[bytes]) -> None:
    """Answer until there are no more orders. Raises MemoryError."""
    module, _, name = task.function.partition(":")
    function = getattr(importlib.import_module(module), name)
    hints = get_type_hints(function)
    limit(task)
    reply = b""
    for _ in range(task.tasks):
        write_message(outbox, reply)
        if not select.select([inbox], [], [], task.idle_s)[0]:
            return
        # The parent has measured what it sends.
        message = read_message(inbox, sys.maxsize)
        if message is None:
            return
        allow(task.cpu_s)
        order = msgspec.msgpack.decode(message, type=Order)
        reply = msgspec.msgpack.encode(answer_to(function, hints, order))
    write_message(outbox, reply)


def main(arguments: list[str]) -> int:
    """Serve; the exit status is 0, OUT_OF_MEMORY, or what Python or a signal makes."""
    task = msgspec.json.decode(arguments[0], type=SandboxTask)
    inbox, outbox = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # What a library prints must not get among the answers.
    os.dup2(2, 1)
    try:
        serve(task, inbox, outbox)
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
