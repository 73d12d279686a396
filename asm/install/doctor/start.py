"""What a web process asks before it becomes a server: a fault is then one line and no trace."""

import asyncio
from typing import Final

import structlog

from asm.install.belonging.check_start import check_start
from asm.install.belonging.public_passwords import public_host
from asm.settings import Settings

#: Who is away for longer is asked again when the application starts.
_PATIENCE_S: Final = 20.0
log = structlog.get_logger()


async def require_startable(settings: Settings) -> None:
    """Raises ConfigurationError for what would keep the application from starting. A database that
    is away is not waited for.
    """
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await check_start(settings.database_url, settings.secrets_dir, public_host(settings))
    except TimeoutError:
        log.warning("database_not_looked_at", error="TimeoutError")
