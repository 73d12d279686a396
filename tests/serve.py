"""Serve the application the way production does, on a free port, for browsers and kill tests."""

import os
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import BinaryIO

import httpx

from asm.settings import Settings
from local.machine.ports import any_free_port
from tests.prepared_servers import ServerMaker

READY_WITHIN_S = 120
#: For clients that ask over and over on this machine: to read the list of whom the world trusts
#: takes longer than the answer.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def environment(settings: Settings, port: int) -> dict[str, str]:
    """The environment of a process that runs with `settings` on `port`."""
    return {
        **os.environ,
        "ASM_DATABASE_URL": settings.database_url,
        "ASM_WORKER_DATABASE_URL": settings.worker_database_url,
        "ASM_ADMIN_DATABASE_URL": settings.admin_database_url,
        "ASM_REDIS_URL": settings.redis_url,
        "ASM_SECRETS_DIR": str(settings.secrets_dir),
        "ASM_DATA_DIR": str(settings.data_dir),
        "ASM_HOST": "127.0.0.1",
        "ASM_PORT": str(port),
        "ASM_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ASM_METRICS_PORT": str(settings.metrics.port or ""),
        "ASM_WORKER_METRICS_PORT": str(settings.metrics.worker_port or ""),
        # Not that of whoever runs the tests: what is forked has no children.
        "WEB_CONCURRENCY": str(settings.web_workers),
    }


@contextmanager
def running(
    command: list[str],
    env: Mapping[str, str],
    output: BinaryIO | None = None,
    descriptors: tuple[int, ...] = (),
) -> Iterator[subprocess.Popen[bytes]]:
    """A child process that is ended, by its own pid, when the block is left. What it prints goes
    to `output`, or where the tests print; it inherits `descriptors`.
    """
    with subprocess.Popen(
        command, env=dict(env), stdout=output, stderr=output, pass_fds=descriptors
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def serve(settings: Settings, output: BinaryIO | None = None) -> Iterator[str]:
    """Yield the base address once /health/live answers. `output` takes what the server prints."""
    port = any_free_port()
    env = environment(settings, port)
    if output is None and settings.web_workers == 1:
        with _forked(env) as ended:
            yield _ready(port, ended)
        return
    with running([sys.executable, "-m", "asm.server"], env, output) as process:
        yield _ready(port, process.poll)


def _ready(port: int, ended: Callable[[], int | None]) -> str:
    """The address of a server, once it answers; `ended` tells how it came to an end."""
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + READY_WITHIN_S
    with httpx.Client(verify=NO_CERTIFICATES) as client:
        while (code := ended()) is None:
            try:
                if client.get(f"{address}/health/live").status_code == 200:
                    return address
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.05)
    raise RuntimeError(f"the server ended with {code}")


#: The one of this run, once it is needed.
_makers: list[ServerMaker] = []


@contextmanager
def _forked(env: Mapping[str, str]) -> Iterator[Callable[[], int | None]]:
    """How the server came to an end, or None while it runs."""
    _makers[:] = [each for each in _makers if each.lives]
    if not _makers:
        _makers.append(ServerMaker(env))
    maker = _makers[0]
    pid = maker.start(env)
    try:
        yield partial(maker.exit_code, pid)
    finally:
        # Where it is gone its servers end by themselves, and another is made when it is needed.
        with suppress(OSError, EOFError):
            maker.end(pid)
