"""`asm worker`: the background worker, from the command line."""

import os
import sys

import typer

from asm.settings import read_settings, require

worker_app = typer.Typer()


@worker_app.command("worker")
def worker() -> None:
    """Run the background worker until it is told to stop."""
    settings = read_settings()
    require(settings.worker_database_url, "ASM_WORKER_DATABASE_URL")
    require(settings.redis_url, "ASM_REDIS_URL")
    # The worker is a process of its own kind: this one becomes it, keeping its pid.
    os.execv(sys.executable, [sys.executable, "-m", "asm.worker"])  # noqa: S606 -- no shell wanted
