"""Which proofs have been seen, so that none counts twice while its nonce is good.

They are remembered in Redis, by all processes together. While Redis is away each process remembers
by itself: declarations go on, and what one process has seen, another might take once more, with a
proof whose nonce is minutes old and a request that is the same (decision 65).
"""

import asyncio
import hashlib
import time
from collections.abc import Callable
from typing import Final

import structlog
from cachetools import TTLCache
from redis.asyncio import Redis
from redis.exceptions import RedisError

from asm.accounts.devices.nonces import WINDOW_S

PATIENCE_S: Final = 0.25
#: Who waits for a Redis that hangs waits once; the others do not, for so long.
_AWAY_S: Final = 5.0
_MOST: Final = 100_000
log = structlog.get_logger()


class ProofIds:
    """One for each process."""

    def __init__(self, redis: Redis, *, timer: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._timer = timer
        self._away_until: float | None = None
        self._own: TTLCache[str, bool] = TTLCache(_MOST, WINDOW_S, timer)

    async def is_first(self, jkt: str, proof_id: str) -> bool:
        """Whether the proof comes for the first time; from now on it has come."""
        name = hashlib.sha256(f"{jkt}\x1f{proof_id}".encode()).hexdigest()[:32]
        if name in self._own:
            return False
        if self._away_until is None or self._timer() >= self._away_until:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    kept = await self._redis.set(f"asm:proof:{name}", b"1", nx=True, ex=WINDOW_S)
            except (RedisError, OSError, TimeoutError) as error:
                if self._away_until is None:  # once for each outage
                    log.warning("proofs_kept_alone", error=type(error).__name__)
                self._away_until = self._timer() + _AWAY_S
            else:
                self._away_until = None
                return kept is not None
        self._own[name] = True
        return True
