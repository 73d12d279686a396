"""Serve the application the way production does, on a free port, for browsers and kill tests."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO

import httpx

from asm.local.ports import any_free_port
from asm.settings import Settings

READY_WITHIN_S = 60


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
    }


@contextmanager
def running(
    command: list[str], env: Mapping[str, str], output: BinaryIO | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A child process that is ended, by its own pid, when the block is left. What it prints goes
    to `output`, or where the tests print.
    """
    with subprocess.Popen(command, env=dict(env), stdout=output, stderr=output) as process:
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
    """Yield the base address once /health/live answers."""
    port = any_free_port()
    command = [
        sys.executable, "-m", "uvicorn", "asm.app:create_app", "--factory",
        "--host", "127.0.0.1", "--port", str(port), "--no-access-log",
    ]  # fmt: skip
    with running(command, environment(settings, port), output) as process:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + READY_WITHIN_S
        while True:
            if process.poll() is not None:
                raise RuntimeError(f"the server ended with {process.returncode}")
            try:
                if httpx.get(f"{address}/health/live").status_code == 200:
                    break
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.1)
        yield address
