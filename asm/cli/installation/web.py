"""`asm web`: pages and interface, from the command line."""

import os
import sys

import typer

from asm.settings import read_settings, require

web_app = typer.Typer()


@web_app.command("web")
def web() -> None:
    """Serve the pages and the interface until told to stop."""
    settings = read_settings()
    require(settings.database_url, "ASM_DATABASE_URL")
    require(settings.redis_url, "ASM_REDIS_URL")
    # The server is a process of its own kind: this one becomes it, keeping its pid, and with it the
    # sockets that systemd passed.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "asm.server"])  # noqa: S606 -- no shell wanted
