"""Whether a process can work with the database that it was given: asked once, before it serves."""

from typing import Final

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from asm.db.revisions import known_revisions
from asm.db.standing import HAS_SCHEMA, OLDEST_VERSION, REVISION, VERSION
from asm.db.unavailable import DATABASE_UNAVAILABLE
from asm.errors import Misconfigured
from asm.locales.texts import both

_POSTGIS: Final = text("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'postgis')")
log = structlog.get_logger()


async def require_fit(engine: AsyncEngine) -> bool:
    """Raises Misconfigured when the server is too old, or the schema absent or older than this
    program. A newer one is lived with. A database that is away is not waited for: False, it was
    not asked.
    """
    try:
        async with engine.connect() as connection:
            refusal = await _refusal_of(connection)
    except DATABASE_UNAVAILABLE as error:
        log.warning("database_not_looked_at", error=type(error).__name__)
        return False
    if refusal is not None:
        raise refusal
    return True


async def _refusal_of(connection: AsyncConnection) -> Misconfigured | None:
    version = (await connection.execute(VERSION)).scalar_one()
    if version < OLDEST_VERSION:
        return _message_of("database.version:too_old", version=version // 10000)
    if not (await connection.execute(HAS_SCHEMA)).scalar_one():
        return _message_of("database.schema:none")
    if not (await connection.execute(_POSTGIS)).scalar_one():
        return _message_of("database.ready:postgis_gone")
    revision = (await connection.execute(REVISION)).scalar_one_or_none()
    known = known_revisions()
    if revision is None:
        return _message_of("database.schema:none")
    if revision in known and revision != max(known):
        return _message_of("database.schema:behind", revision=revision, newest=max(known))
    return None


def _message_of(text_id: str, **facts: object) -> Misconfigured:
    """As `asm doctor` tells it."""
    return Misconfigured("database_unfit_of", said=both("doctor", text_id, facts))
