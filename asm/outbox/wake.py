"""Tell the worker that something waits. Only a bell: it may be lost, the worker sweeps anyway."""

import asyncio

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

#: A list with at most one element: rings that nobody has answered yet are one ring.
WAKE_KEY = "asm:bell"
#: Nobody waits for a ring, so a first connection on a busy machine may take its time.
WAKE_TIMEOUT_S = 0.25
#: A busy evening rings ten times a second for each web process, not once for each declaration.
QUIET_S = 0.1
log = structlog.get_logger()


class Wake:
    """Rings in the background: `ring` neither waits for the Redis server nor fails with it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waking: asyncio.Task[None] | None = None
        self._again = False
        self._reachable = True

    async def wake_worker(self) -> None:
        """Ask for a ring, to be called after the commit; returns at once."""
        if self._waking is None or self._waking.done():
            self._waking = asyncio.create_task(self._wake_until_quiet())
        else:
            self._again = True

    async def close(self) -> None:
        """Let the last ring out."""
        if self._waking is not None:
            await self._waking

    async def _wake_until_quiet(self) -> None:
        self._again = True
        while self._again:
            self._again = False
            await self._wake_once()
            await asyncio.sleep(QUIET_S)

    async def _wake_once(self) -> None:
        try:
            async with asyncio.timeout(WAKE_TIMEOUT_S):
                async with self._redis.pipeline(transaction=False) as pipe:
                    pipe.lpush(WAKE_KEY, "1")
                    pipe.ltrim(WAKE_KEY, 0, 0)
                    await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            # Once for each outage: the sweeper does the work meanwhile.
            if self._reachable:
                log.warning("bell_not_heard", error=type(error).__name__)
            self._reachable = False
        else:
            self._reachable = True
