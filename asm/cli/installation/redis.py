"""`asm redis`: this installation's own Redis-compatible server, from the command line."""

import os
from pathlib import Path
from typing import Annotated

import typer

from asm.errors import Conflict
from asm.install.steps.redis_server import redis_program

redis_app = typer.Typer()


@redis_app.command("redis")
def redis(
    settings: Annotated[Path, typer.Argument(help="The file that it reads.")] = Path(
        "/etc/asm/redis.conf"
    ),
) -> None:
    """Run this installation's own Redis-compatible server until told to stop."""
    program = redis_program()
    if program is None:
        raise Conflict("install_no_redis_program")
    # Whoever may not read it is told so here; the program would say less.
    settings.open(encoding="utf-8").close()
    os.execv(program, [str(program), str(settings.absolute())])  # noqa: S606 -- no shell wanted
