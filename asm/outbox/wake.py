"""Tell the worker that something waits. A wake may be lost: the worker drains by itself anyway."""

import asyncio
from contextlib import suppress

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

#: A list with at most one element: wakes that no worker has taken yet are one. The name is what
#: processes of the version before know it by.
WAKE_KEY = "asm:bell"
#: Nobody waits for a wake, so a first connection on a busy machine may take its time.
WAKE_TIMEOUT_S = 0.25
#: A busy evening wakes ten times a second for each web process, not once for each declaration.
QUIET_S = 0.1
log = structlog.get_logger()


class Wake:
    """Wakes in the background: `wake_worker` neither waits for Redis nor fails with it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waking: asyncio.Task[None] | None = None
        self._again = False
        self._reachable = True
        self._closing = asyncio.Event()

    async def wake_worker(self) -> None:
        """Ask for a wake, to be called after the commit; returns at once."""
        if self._waking is None or self._waking.done():
            self._waking = asyncio.create_task(self._wake_until_quiet())
        else:
            self._again = True

    async def close(self) -> None:
        """Let the last wake out, without the quiet after it."""
        self._closing.set()
        if self._waking is not None:
            await self._waking

    async def _wake_until_quiet(self) -> None:
        self._again = True
        while self._again:
            self._again = False
            await self._wake_once()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), QUIET_S)

    async def _wake_once(self) -> None:
        try:
            async with asyncio.timeout(WAKE_TIMEOUT_S):
                async with self._redis.pipeline(transaction=False) as pipe:
                    pipe.lpush(WAKE_KEY, "1")
                    pipe.ltrim(WAKE_KEY, 0, 0)
                    await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            # Once for each outage: the worker drains by itself meanwhile.
            if self._reachable:
                log.warning("bell_not_heard", error=type(error).__name__)
            self._reachable = False
        else:
            self._reachable = True
