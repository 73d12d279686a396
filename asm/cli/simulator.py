"""`asm simulator`: a stand-in for the national population service, for trials and tests."""

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from asm.cli.console import say_progress
from asm.demo.population.app import Simulator
from asm.identity.population import read_token
from asm.settings import read_settings

#: The simulator answers this machine alone.
HOST = "127.0.0.1"
PORT = 8790
simulator_app = typer.Typer()


@simulator_app.command("simulator")
def simulator(
    port: Annotated[int, typer.Option(envvar="ASM_SIMULATOR_PORT", min=1, max=65535)] = PORT,
    token_file: Annotated[
        Path | None, typer.Option(help="Holds the bearer token; made when it is missing.")
    ] = None,
) -> None:
    """Answer for a population database of invented people, until told to stop."""
    file = token_file or read_settings().population_token_file
    _make_token(file)
    config = uvicorn.Config(
        Simulator(read_token(file)),
        host=HOST,
        port=port,
        lifespan="off",
        access_log=False,
        log_level="warning",
        # A question that hangs must not keep the process from ending.
        timeout_graceful_shutdown=1,
    )
    say_progress(f"The simulated population service is at http://{HOST}:{port}")
    uvicorn.Server(config).run()


def _make_token(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="ascii") as opened:
        opened.write(secrets.token_urlsafe(32) + "\n")
