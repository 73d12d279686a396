"""A real worker process and a Redis-compatible server of its own, to be killed at will."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import make_sessions
from asm.settings import Settings
from local.machine import processes
from local.machine.ports import any_free_port
from local.machine.processes import Started
from local.valkey import launch_valkey, valkey_url, wait_for_valkey
from tests.serve import environment

PATIENCE_S = 90.0
COMMAND = [sys.executable, "-m", "asm", "worker"]
QUICK = [sys.executable, "-P", str(Path(__file__).with_name("quick_worker.py"))]


async def until(true: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait for a condition; slow machines only wait longer."""
    deadline = time.monotonic() + PATIENCE_S
    while not await true():
        assert time.monotonic() < deadline, f"still waiting: {what}"
        await asyncio.sleep(0.05)


@dataclass
class WorkerProcess:
    """`asm worker` as a child, with all that it says in `log`."""

    child: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        self.child.kill()
        self.child.wait()

    async def end(self) -> int:
        """SIGTERM, and the exit code."""
        self.child.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.child.wait, PATIENCE_S)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")


@contextmanager
def worker_process(settings: Settings, command: Sequence[str] = COMMAND) -> Iterator[WorkerProcess]:
    log = settings.data_dir / f"worker-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            command, env=environment(settings, 8000), stdout=output, stderr=subprocess.STDOUT
        )
    worker = WorkerProcess(child, log)
    try:
        yield worker
    finally:
        if child.poll() is None:
            worker.kill()


@dataclass
class OwnRedis:
    """A server that only this test uses."""

    folder: Path
    port: int = field(default_factory=any_free_port)
    password: str = "own-redis-password"
    server: Started | None = None

    @property
    def url(self) -> str:
        return valkey_url(self.port, self.password)

    def start(self) -> None:
        log = self.folder / "own-valkey.log"
        self.server = launch_valkey(self.port, self.password, log=log)
        wait_for_valkey(self.server, self.port, self.password, log=log)

    def kill(self) -> None:
        if self.server is not None:
            child = processes._children[self.server.pid]
            child.kill()
            child.wait()  # it has threads: seen dead is not yet gone
            processes.stop(self.server)  # which forgets it
            self.server = None


@asynccontextmanager
async def holding_stay(admin_engine: AsyncEngine, stay_id: object) -> AsyncIterator[None]:
    """Hold a stay's row, so that a worker that wants it stops in the middle of its batch."""
    async with make_sessions(admin_engine).begin() as session:
        # A worker may take its time to start on a busy machine.
        await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        await session.execute(text("SELECT FROM stay WHERE id = :id FOR UPDATE"), {"id": stay_id})
        yield


async def count(engine: AsyncEngine, query: str) -> int:
    async with make_sessions(engine)() as session:
        return int((await session.execute(text(query))).scalar_one())


async def stuck_in_batch(engine: AsyncEngine) -> bool:
    """Whether the worker waits for a row that somebody else holds. Its own parts wait for each
    other too, for a moment: two of them look for times of trouble as soon as it has started.
    """
    query = (
        "SELECT count(*) FROM pg_stat_activity AS worker, "
        "unnest(pg_blocking_pids(worker.pid)) AS holding "
        "JOIN pg_stat_activity AS holder ON holder.pid = holding "
        "WHERE worker.datname = current_database() AND worker.application_name = 'asm-worker' "
        "AND worker.wait_event IN ('transactionid', 'tuple') "
        "AND holder.application_name <> 'asm-worker'"
    )
    return await count(engine, query) > 0


async def outbox_empty(engine: AsyncEngine) -> bool:
    return await count(engine, "SELECT count(*) FROM outbox") == 0
