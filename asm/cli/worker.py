"""`asm worker`: the background worker, from the command line, and whether it lives."""

import os
import sys
from typing import Annotated

import typer

from asm.cli.console import run, say_answer
from asm.settings import read_settings, require

worker_app = typer.Typer()


@worker_app.command("worker")
def worker(
    *,
    healthy: Annotated[
        bool,
        typer.Option("--healthy", help="Say whether this machine's worker lives (0) or not (1)."),
    ] = False,
    pid: Annotated[
        int | None, typer.Option(help="With --healthy: of several workers here, this process.")
    ] = None,
) -> None:
    """Run the background worker until it is told to stop."""
    if healthy:
        from asm.cli.installation.worker_sign import sign_of_life  # noqa: PLC0415 -- a worker starts without it

        say_answer(run(sign_of_life(pid)))
    settings = read_settings()
    require(settings.worker_database_url, "ASM_WORKER_DATABASE_URL")
    require(settings.redis_url, "ASM_REDIS_URL")
    # The worker is a process of its own kind: this one becomes it, keeping its pid. -P, in all that
    # we start: no module is taken from the working folder, which others may write to.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "asm.worker"])  # noqa: S606 -- no shell wanted
