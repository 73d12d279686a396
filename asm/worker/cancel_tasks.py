"""Ending tasks for certain."""

import asyncio
from collections.abc import Iterable
from typing import Any


async def cancel_tasks(tasks: Iterable[asyncio.Task[Any]], *, again_s: float) -> None:
    """Cancel until it is heard, and wait. A task may miss it once: `asyncio.wait_for` of Python
    3.11 drops a cancellation that comes as its wait ends, and all that is sent to Redis goes
    through it. `again_s`: longer than any of them needs to tidy up, which would be cut short.
    What the tasks raise is theirs.
    """
    ending = list(tasks)
    while left := [task for task in ending if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=again_s)
    await asyncio.gather(*ending, return_exceptions=True)
