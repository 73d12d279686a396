"""The Redis-compatible server: a bell and no memory, but one that strangers must not ring."""

from contextlib import aclosing
from typing import Any, Final
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from asm.install.doctor.context import CONNECT_S, DoctorContext, NotReachedError
from asm.install.doctor.finding import Finding, fine, first_of, warning, wrong

#: Blocking moves and streams as the queue uses them.
_OLDEST: Final = (6, 0)
#: Beside the keys that the worker uses.
_TRIED: Final = "asm:doctor"
_KEPT_S: Final = 60
#: In the server's own words → the name of the finding.
_SAID: Final = {
    "DB index": "no_such_number",
    "MISCONF": "cannot_save",
    "AUTH": "refused",
}


async def look_at_redis(context: DoctorContext) -> list[Finding]:
    """It answers to the password that we have, and takes what is written."""
    check = "redis.reached"
    if not context.settings.redis_url:
        return [wrong(check, "not_given")]
    try:
        async with aclosing(_client(context)) as redis:
            await redis.ping()
            # A copy of another server, or one that is full, answers like any other.
            await redis.set(_TRIED, "1", ex=_KEPT_S)
            await redis.delete(_TRIED)
    except ValueError:
        return [wrong(check, "address")]
    except (RedisError, OSError, TimeoutError) as error:
        return [wrong(check, _why(error))]
    return [fine(check)]


async def look_at_redis_set_up(context: DoctorContext) -> list[Finding]:
    """It asks for a password, forgets nothing by itself and is not too old."""
    check = "redis.set_up"
    try:
        async with aclosing(_client(context)) as redis:
            await redis.ping()
            info: Any = await redis.info()
    except (RedisError, OSError, TimeoutError, ValueError) as error:
        raise NotReachedError("away") from error
    version = tuple(int(part) for part in str(info.get("redis_version", "0")).split(".")[:2])
    policy = info.get("maxmemory_policy", "noeviction")
    open_to_all = not urlsplit(context.settings.redis_url).password
    return first_of(
        check,
        warning(check, "no_password") if open_to_all else None,
        warning(check, "forgets", policy=policy) if policy != "noeviction" else None,
        warning(check, "old", version=".".join(map(str, version))) if version < _OLDEST else None,
    )


def _why(error: Exception) -> str:
    """The name of the finding."""
    match error:
        case AuthenticationError():
            return "refused"
        case NoPermissionError():
            return "not_allowed"
        case ReadOnlyError():
            return "read_only"
        case OutOfMemoryError():
            return "full"
        case ResponseError():
            said = str(error)
            return next((what for sign, what in _SAID.items() if sign in said), "away")
        case _:
            return "away"


def _client(context: DoctorContext) -> Any:
    return Redis.from_url(
        context.settings.redis_url, socket_connect_timeout=CONNECT_S, socket_timeout=CONNECT_S
    )
