"""A receipt says that the stay is on disk. Settings with which that may be untrue are refused."""

from collections.abc import Collection
from typing import Final

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.error_kinds import DATABASE_ERRORS
from asm.errors import ConfigurationError

#: The settings with which what was acknowledged may be lost, if one is off.
MUST_BE_ON: Final = ("fsync", "full_page_writes", "synchronous_commit")
_LOOSE: Final = text(
    "SELECT name FROM unnest(CAST(:names AS text[])) AS name WHERE current_setting(name) = 'off'"
).bindparams(names=list(MUST_BE_ON))
log = structlog.get_logger()


async def require_durable(engine: AsyncEngine) -> None:
    """Raises ConfigurationError when the server may lose what it has committed. A server that is
    away is asked again by the first batch.
    """
    try:
        async with engine.connect() as connection:
            loose = (await connection.execute(_LOOSE)).scalars().all()
    except DATABASE_ERRORS as error:
        log.warning("durability_not_checked", error=type(error).__name__)
        return
    refuse_loose(loose)


def refuse_loose(loose: Collection[str]) -> None:
    """Raises ConfigurationError naming the settings, unless there are none."""
    if loose:
        raise ConfigurationError(
            f"PostgreSQL runs with {', '.join(sorted(loose))} off: what it acknowledges may be "
            f"lost, so no receipt may be given. Switch it on."
        )
