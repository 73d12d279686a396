"""Parsing what strangers send in a process of its own, with bounded memory, processor and time.

A few hundred kilobytes can unpack to gigabytes or keep a parser busy for minutes; here that costs
one short-lived child and never the web process.
"""

import asyncio
import logging
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from functools import partial
from typing import Any, Final, Literal, TypeVar

import msgspec

from asm.intake.sandbox.sandbox_child import OUT_OF_MEMORY
from asm.intake.sheets.address_list import AddressListReading, too_heavy
from asm.intake.sheets.sheet_rules import FILE_RULES
from asm.intake.sheets.workbook import WorkbookReading

T = TypeVar("T")
_LOG: Final = logging.getLogger(__name__)
LimitKind = Literal["memory", "time", "crash", "busy"]

# Starting Python and waiting for a slow disk are not the parser's time.
_START_S: Final = 10
# Two children at once are enough for people who upload by hand, and bound the memory to 1 GB.
_POOL: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="sandbox")


class LimitExceeded(Exception):  # noqa: N818 -- reads as what it says
    """The child ran out of memory or time, or died, or none was free; `kind` says which."""

    def __init__(self, kind: LimitKind) -> None:
        super().__init__(kind)
        self.kind: LimitKind = kind


def run_limited(
    func_name: str,
    data: bytes,
    answer: type[T],
    *,
    memory_mb: int = 512,
    cpu_s: int = 10,
    **keywords: Any,
) -> T:
    """Call `module:function` with `data` and `keywords` in a child and return its answer.

    `keywords` travel as MessagePack, so they are plain values. The child gets no environment but
    the module path. Blocks up to `cpu_s` plus the time to start. Raises LimitExceeded.
    """
    command = [sys.executable, "-m", "asm.intake.sandbox.sandbox_child", func_name]
    command += [str(memory_mb), str(cpu_s)]
    try:
        # No shell, and no part of the command comes from outside.
        done = subprocess.run(  # noqa: S603
            command,
            input=msgspec.msgpack.encode([data, keywords]),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            timeout=cpu_s + _START_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise LimitExceeded("time") from None
    if done.returncode != 0:
        kind = _kind_of(done.returncode)
        if kind == "crash":
            # A fault of ours and not of the file: seen by an operator, without what the file held.
            _LOG.error("sandboxed job %s ended with status %s", func_name, done.returncode)
        raise LimitExceeded(kind)
    try:
        return msgspec.msgpack.decode(done.stdout, type=answer)
    except msgspec.DecodeError:
        raise LimitExceeded("crash") from None


def _kind_of(status: int) -> LimitKind:
    """What an exit status means; a native parser out of memory aborts (SIGABRT)."""
    if status in {OUT_OF_MEMORY, -6}:
        return "memory"
    # SIGXCPU, then SIGKILL at the hard limit.
    return "time" if status in {-24, -9} else "crash"


async def read_workbook_limited(
    data: bytes,
    today: date,
    now: datetime | None = None,
    *,
    memory_mb: int = 512,
    cpu_s: int = 10,
) -> WorkbookReading:
    """`asm.intake.sheets.xlsx.read_workbook` for bytes from outside: a bomb becomes a problem,
    not a crash, and the event loop stays free.
    """
    work = partial(
        run_limited,
        "asm.intake.sandbox.sandbox_jobs:read_workbook_job",
        data,
        WorkbookReading,
        memory_mb=memory_mb,
        cpu_s=cpu_s,
        today=today.isoformat(),
        now=now.isoformat() if now is not None else None,
    )
    try:
        return await asyncio.get_running_loop().run_in_executor(_POOL, work)
    except LimitExceeded:
        return WorkbookReading(problems=[FILE_RULES["workbook.too_heavy"].problem()])


async def read_address_list_limited(
    data: bytes, *, memory_mb: int = 512, cpu_s: int = 20
) -> AddressListReading:
    """`asm.intake.sheets.address_list.read_address_list` for bytes from outside."""
    work = partial(
        run_limited,
        "asm.intake.sandbox.sandbox_jobs:read_address_list_job",
        data,
        AddressListReading,
        memory_mb=memory_mb,
        cpu_s=cpu_s,
    )
    try:
        return await asyncio.get_running_loop().run_in_executor(_POOL, work)
    except LimitExceeded:
        return AddressListReading(unreadable=too_heavy())
