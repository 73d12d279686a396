"""Runs `asm.analytics.seasons.fit` in a process of its own: one at a time, and not for ever."""

import asyncio
import os
import sys
from typing import Final

import msgspec
import structlog

from asm.analytics.seasons.fit import FitAnswer, FitRequest

log = structlog.get_logger()
#: Three years take two seconds on an idle core. A page waits, and its transaction with it.
TIMEOUT_S: Final = 12.0
_PROGRAM: Final = (sys.executable, "-m", "asm.analytics.seasons.fit")
_ENVIRONMENT: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
#: 200 MB while it lasts: who comes meanwhile is shown the naive forecast and does not wait.
_RUNNING: Final = asyncio.Semaphore(1)


async def fit_apart(
    request: FitRequest, program: tuple[str, ...] = _PROGRAM, timeout_s: float | None = None
) -> FitAnswer | None:
    """None: another fit is running, or this one failed or took too long, which the log says.
    `timeout_s` defaults to TIMEOUT_S.
    """
    timeout_s = TIMEOUT_S if timeout_s is None else timeout_s
    if _RUNNING.locked():
        return None
    async with _RUNNING:
        process = await asyncio.create_subprocess_exec(
            *program,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_environment(),
        )
        try:
            output, _ = await asyncio.wait_for(
                process.communicate(msgspec.json.encode(request)), timeout_s
            )
            if process.returncode:
                log.warning("forecast_failed", status=process.returncode)
                return None
            return msgspec.json.decode(output, type=FitAnswer)
        except TimeoutError:
            log.warning("forecast_took_too_long", seconds=timeout_s)
            return None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def _environment() -> dict[str, str]:
    """Without our variables: numbers of nights need no database and no key."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASM_")}
    return kept | _ENVIRONMENT
