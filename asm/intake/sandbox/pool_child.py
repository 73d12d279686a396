"""One lasting worker: limits first, then job after job from standard input, answers to its output.

Run as `python -m asm.intake.sandbox.pool_child MODULE:FUNCTION MEMORY_MB CPU_S IDLE_S`. A message
is four bytes of length and MessagePack: `[data, keywords]` in, `Answer` out; the first one out is
empty and says that the worker is ready. It ends with its parent, and when idle for IDLE_S.
"""

import importlib
import math
import os
import resource
import select
import struct
import sys
import traceback
from typing import IO, Any, Final

import msgspec

from asm.intake.sandbox.sandbox_child import OUT_OF_MEMORY

LENGTH: Final = struct.Struct(">I")
# Whoever declares a stay goes before whoever has a picture read.
_NICE: Final = 5
_LONGEST: Final = 32_000_000


class Answer(msgspec.Struct, array_like=True):
    """`value` is the encoded answer; `fault` says which error came from where, without its text,
    which may repeat what the data held.
    """

    value: bytes = b""
    fault: str | None = None


def read_message(stream: IO[bytes]) -> bytes | None:
    """The next message, or None at the end of the stream or when it is longer than any may be."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    if length > _LONGEST:
        return None
    body = stream.read(length)
    return body if len(body) == length else None


def limit(memory_mb: int) -> None:
    """Bound this process: address space, no file created or grown, no core dump."""
    memory = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_NICE)


def allow(cpu_s: int) -> None:
    """Grant `cpu_s` seconds of processor time from now on; SIGXCPU ends the process after them."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(used.ru_utime + used.ru_stime) + cpu_s
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def answer_to(work: Any, message: bytes) -> bytes:
    """Do one job. Raises MemoryError; every other error becomes part of the answer."""
    data, keywords = msgspec.msgpack.decode(message)
    try:
        answer = Answer(value=msgspec.msgpack.encode(work(data, **keywords)))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 -- told to the parent, which logs it
        at = traceback.extract_tb(error.__traceback__)[-1]
        answer = Answer(fault=f"{type(error).__name__} at {at.filename}:{at.lineno}")
    return msgspec.msgpack.encode(answer)


def main(arguments: list[str]) -> int:
    """Serve until told to stop; the exit status is 0, OUT_OF_MEMORY, or what a signal makes."""
    target, memory_mb, cpu_s, idle_s = arguments
    inbox, outbox = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # What a library prints must not get among the answers.
    os.dup2(2, 1)
    module, _, function = target.partition(":")
    work = getattr(importlib.import_module(module), function)
    limit(int(memory_mb))
    reply = b""
    while True:
        outbox.write(LENGTH.pack(len(reply)) + reply)
        outbox.flush()
        if not select.select([inbox], [], [], int(idle_s))[0]:
            return 0
        message = read_message(inbox)
        if message is None:
            return 0
        allow(int(cpu_s))
        try:
            reply = answer_to(work, message)
        except MemoryError:
            return OUT_OF_MEMORY


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
