"""The process in which untrusted bytes are parsed: limits first, then the work, then the answer.

Run as `python -m asm.intake.sandbox.sandbox_child MODULE:FUNCTION MEMORY_MB CPU_S`; the arguments
come in as MessagePack `[data, keywords]` and the answer leaves the same way.
"""

import importlib
import resource
import sys
from typing import Any, Final

import msgspec

OUT_OF_MEMORY: Final = 3


def limit(memory_mb: int, cpu_s: int) -> None:
    """Bound this process: address space, processor time, no files written, no core dump."""
    memory = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(arguments: list[str]) -> int:
    """Do the one job; the exit status is 0, or OUT_OF_MEMORY, or what Python or a signal makes."""
    target, memory_mb, cpu_s = arguments
    module, _, function = target.partition(":")
    work: Any = getattr(importlib.import_module(module), function)
    data, keywords = msgspec.msgpack.decode(sys.stdin.buffer.read())
    limit(int(memory_mb), int(cpu_s))
    try:
        answer = msgspec.msgpack.encode(work(data, **keywords))
    except MemoryError:
        return OUT_OF_MEMORY
    sys.stdout.buffer.write(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
