"""A few lasting processes with limits, for work on untrusted bytes that is too frequent to start a
process each time (asm.intake.sandbox.sandbox does that).

A worker that runs out of memory or time, or dies, costs the one job it had; the next job gets a
fresh one. Nothing is written: a worker may not even create a file.
"""

import asyncio
import atexit
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, TypeVar

import msgspec

from asm.intake.sandbox.pool_child import LENGTH, Answer, read_message
from asm.intake.sandbox.sandbox import LimitExceeded
from asm.intake.sandbox.sandbox_child import OUT_OF_MEMORY

T = TypeVar("T")
_LOG: Final = logging.getLogger(__name__)

# Starting Python and loading a library from a slow disk are not the job's time.
_START_S: Final = 60
_EXIT_S: Final = 5
# Threads and their heaps take address space by the number of cores; a limit must fit any machine.
_ENVIRONMENT: Final = {
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
# Leaks of native libraries end here.
_JOBS_PER_WORKER: Final = 500


class PoolLimits(msgspec.Struct, frozen=True, kw_only=True):
    """`memory_mb` bounds a worker's address space; `cpu_s` and `wall_s` one job. `waiting`: how
    many jobs may stand in line before more are turned away. An idle worker ends after `idle_s`.
    """

    workers: int = 2
    memory_mb: int = 512
    cpu_s: int = 10
    wall_s: int = 20
    waiting: int = 16
    idle_s: int = 300


class WorkerPool:
    """Runs `module:function(data, **keywords)` in at most `limits.workers` processes."""

    def __init__(self, job: str, limits: PoolLimits) -> None:
        self.job = job
        self.limits = limits
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._all: set[_Worker] = set()
        self._places = threading.BoundedSemaphore(limits.workers + limits.waiting)
        self._threads = ThreadPoolExecutor(limits.workers, thread_name_prefix="pool")
        atexit.register(self.close)

    async def run(self, data: bytes, answer: type[T], **keywords: Any) -> T:
        """The job's answer; the event loop stays free. `keywords` are plain values.

        Raises LimitExceeded: `busy` when too many are waiting, else what the job ran into.
        """
        if not self._places.acquire(blocking=False):
            raise LimitExceeded("busy")
        message = msgspec.msgpack.encode([data, keywords])
        work = self._threads.submit(self._ask, message)
        # Also when it is cancelled while it waits.
        work.add_done_callback(lambda _: self._places.release())
        return _decoded(await asyncio.wrap_future(work), answer)

    def pids(self) -> list[int]:
        """The processes that are there now, busy or idle."""
        return [worker.process.pid for worker in self._all if worker.alive()]

    def close(self) -> None:
        """End every worker. Jobs that still come start new ones."""
        for worker in list(self._all):
            self._drop(worker)

    def _ask(self, message: bytes) -> bytes:
        worker = self._take()
        try:
            reply = worker.ask(message)
        except _Retired:
            # It had been idle for too long and left just now.
            self._drop(worker)
            return self._ask(message)
        except BaseException:
            self._drop(worker)
            raise
        if worker.jobs >= _JOBS_PER_WORKER:
            self._drop(worker)
        else:
            self._idle.put(worker)
        return reply

    def _take(self) -> "_Worker":
        with suppress(queue.Empty):
            while True:
                worker = self._idle.get_nowait()
                if worker.alive():
                    return worker
                self._drop(worker)
        worker = _Worker(self.job, self.limits)
        self._all.add(worker)
        return worker

    def _drop(self, worker: "_Worker") -> None:
        self._all.discard(worker)
        worker.end()


class _Retired(Exception):  # noqa: N818 -- nothing went wrong
    """The worker ended by itself before it took the job."""


class _Worker:
    """One process; at any time at most one thread talks to it."""

    def __init__(self, job: str, limits: PoolLimits) -> None:
        self.job = job
        self.jobs = 0
        self._wall_s = limits.wall_s
        command = [sys.executable, "-m", "asm.intake.sandbox.pool_child", job]
        command += [str(limits.memory_mb), str(limits.cpu_s), str(limits.idle_s)]
        # No shell, no part of the command from outside, no environment of ours.
        self.process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        self._started = False

    def alive(self) -> bool:
        return self.process.poll() is None

    def ask(self, message: bytes) -> bytes:
        """The reply to one job. Raises LimitExceeded; the worker is of no more use then."""
        if not self._started:
            self._within(_START_S, None)
            self._started = True
        self.jobs += 1
        return self._within(self._wall_s, message)

    def _within(self, seconds: float, message: bytes | None) -> bytes:
        late = threading.Event()

        def kill() -> None:
            late.set()
            self.process.kill()

        timer = threading.Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        try:
            reply = self._exchange(message)
        finally:
            timer.cancel()
        if reply is None:
            raise LimitExceeded("time") if late.is_set() else self._ended()
        return reply

    def _exchange(self, message: bytes | None) -> bytes | None:
        out, back = self.process.stdin, self.process.stdout
        if out is None or back is None:  # both were asked for
            return None
        try:
            if message is not None:
                out.write(LENGTH.pack(len(message)) + message)
                out.flush()
            return read_message(back)
        except OSError:
            return None

    def _ended(self) -> Exception:
        """What the exit status means; a native library out of memory aborts (SIGABRT), and the
        kernel out of memory kills.
        """
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_EXIT_S)
        status = self.process.poll()
        if status == 0:
            return _Retired()
        if status in {OUT_OF_MEMORY, -signal.SIGABRT, -signal.SIGKILL}:
            return LimitExceeded("memory")
        if status == -signal.SIGXCPU:
            return LimitExceeded("time")
        # A fault of ours and not of the file: seen by an operator, without what the file held.
        _LOG.error("worker for %s ended with status %s", self.job, status)
        return LimitExceeded("crash")

    def end(self) -> None:
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self.process.wait()


def _decoded(reply: bytes, answer: type[T]) -> T:
    try:
        said = msgspec.msgpack.decode(reply, type=Answer)
        if said.fault is None:
            return msgspec.msgpack.decode(said.value, type=answer)
        _LOG.error("a job failed in its worker: %s", said.fault)
    except msgspec.DecodeError:
        _LOG.error("a worker's answer is not what was asked for")
    raise LimitExceeded("crash")
