"""Reading what strangers send in processes of their own, with bounded memory, time and bytes.

A few hundred kilobytes can unpack to gigabytes or keep a parser busy for minutes; here that costs
the one task and its process, and never the web process. What may run, and with which limits, stands
in `asm.intake.sandbox.sandbox_tasks`. Nothing is written: a process may not even create a file.
"""

import asyncio
import atexit
import logging
import os
import secrets
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, Literal, TypeVar

import msgspec

from asm.intake.sandbox.sandbox_child import (
    OUT_OF_MEMORY,
    Answer,
    Order,
    read_message,
    write_message,
)
from asm.intake.sandbox.sandbox_tasks import SandboxLine, SandboxTask

T = TypeVar("T")
_LOG: Final = logging.getLogger(__name__)
LimitKind = Literal["memory", "time", "size", "crash", "busy"]

# Starting Python and loading a library from a slow disk are not the task's time.
_START_S: Final = 60
_EXIT_S: Final = 5
_TOKEN_BYTES: Final = 8
# Threads and their heaps take address space by the number of cores; a limit must fit any machine.
_ENVIRONMENT: Final = {
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


class LimitExceeded(Exception):  # noqa: N818 -- reads as what it says
    """A task ran out of memory, time or bytes, its process died, or too many were waiting; `kind`
    says which.
    """

    def __init__(self, kind: LimitKind) -> None:
        super().__init__(kind)
        self.kind: LimitKind = kind


class Sandbox:
    """Runs tasks in at most `line.processes` processes at once."""

    def __init__(self, line: SandboxLine) -> None:
        self.line = line
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._slots = threading.BoundedSemaphore(line.processes + line.waiting)
        self._threads = ThreadPoolExecutor(line.processes, thread_name_prefix="sandbox")
        atexit.register(self.close)

    async def run(self, task: SandboxTask, data: bytes, answer: type[T], **keywords: Any) -> T:
        """The task's answer; the event loop stays free. `keywords` travel as JSON would tell them.

        Raises LimitExceeded: `busy` when too many are waiting, else what the task ran into.
        """
        if len(data) > task.bytes_in:
            raise LimitExceeded("size")
        if not self._slots.acquire(blocking=False):
            raise LimitExceeded("busy")
        work = self._threads.submit(self._ask, task, data, answer, msgspec.to_builtins(keywords))
        # Also when it is cancelled while it waits.
        work.add_done_callback(lambda _: self._slots.release())
        return await asyncio.wrap_future(work)

    def pids(self) -> list[int]:
        """The processes that are there now, busy or idle."""
        return [worker.process.pid for worker in list(self._all) if worker.alive()]

    def close(self) -> None:
        """End every process. Tasks that still come start new ones."""
        for worker in list(self._all):
            self._drop(worker)

    def _ask(self, task: SandboxTask, data: bytes, answer: type[T], keywords: dict[str, Any]) -> T:
        worker = self._take(task)
        try:
            reply = worker.ask(data, keywords)
        except _Retired:
            self._drop(worker)
            if worker.tasks > 1:  # it had been idle for too long and left just now
                return self._ask(task, data, answer, keywords)
            # A fresh one has no reason to leave but the task, and would leave again.
            _LOG.error("the process for %s left without an answer", task.function)
            raise LimitExceeded("crash") from None
        except BaseException:
            self._drop(worker)
            raise
        self._give_back(worker)
        return _decoded(reply, answer)

    def _take(self, task: SandboxTask) -> "_Worker":
        """A process that does this task: an idle one, or a new one in the place of others."""
        with self._lock:
            idle, self._idle = self._idle, []
            fit = next((worker for worker in idle if worker.task == task and worker.alive()), None)
            for worker in idle:
                if worker is fit:
                    continue
                full = len(self._all) >= self.line.processes
                if not worker.alive() or (fit is None and full):
                    self._drop(worker)
                else:
                    self._idle.append(worker)
            if fit is None:
                fit = _Worker(task)
                self._all.add(fit)
            return fit

    def _give_back(self, worker: "_Worker") -> None:
        if worker.tasks >= worker.task.tasks:
            self._drop(worker)
        else:
            with self._lock:
                self._idle.append(worker)

    def _drop(self, worker: "_Worker") -> None:
        self._all.discard(worker)
        worker.end()


class _Retired(Exception):  # noqa: N818 -- nothing went wrong
    """The process ended by itself before it took the task."""


class _Worker:
    """One process for one kind of task; at any time at most one thread talks to it."""

    def __init__(self, task: SandboxTask) -> None:
        self.task = task
        self.tasks = 0
        command = [sys.executable, "-P", "-m", "asm.intake.sandbox.sandbox_child"]
        # No shell, no part of the command from outside, no environment of ours.
        self.process = subprocess.Popen(  # noqa: S603
            [*command, msgspec.json.encode(task).decode()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        self._started = False

    def alive(self) -> bool:
        return self.process.poll() is None

    def ask(self, data: bytes, keywords: dict[str, Any]) -> Answer:
        """The reply to one task. Raises LimitExceeded; the process is of no more use then."""
        if not self._started:
            self._within(_START_S, None)
            self._started = True
        self.tasks += 1
        order = Order(token=secrets.token_bytes(_TOKEN_BYTES), data=data, keywords=keywords)
        reply = self._within(self.task.wall_s, msgspec.msgpack.encode(order))
        with suppress(msgspec.DecodeError):
            answer = msgspec.msgpack.decode(reply, type=Answer)
            if answer.token == order.token:
                return answer
        _LOG.error("the process for %s answers something else", self.task.function)
        raise LimitExceeded("crash")

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
        except OverflowError:
            raise LimitExceeded("size") from None
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
                write_message(out, message)
            return read_message(back, self.task.bytes_out)
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
        _LOG.error("the process for %s ended with status %s", self.task.function, status)
        return LimitExceeded("crash")

    def end(self) -> None:
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self.process.wait()


def _decoded(reply: Answer, answer: type[T]) -> T:
    if reply.error is None:
        with suppress(msgspec.DecodeError):
            return msgspec.msgpack.decode(reply.value, type=answer)
    _LOG.error("a task failed in its process: %s", reply.error or "its answer has another shape")
    raise LimitExceeded("crash")
