"""What a login finds in its database, before and after each step."""

import asyncio
from typing import Any, Final, Literal

import asyncpg
import msgspec

from asm.db.revisions import known_revisions
from asm.settings import plain_url

_WAIT_S: Final = 10.0
_FACTS: Final = """
SELECT current_setting('server_version_num')::int AS version,
       pg_encoding_to_char(encoding) AS encoding,
       (SELECT nspname::text FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
        WHERE extname = 'postgis') AS postgis_in,
       to_regclass('public.alembic_version') IS NOT NULL AS has_schema
FROM pg_database WHERE datname = current_database()
"""

Refused = Literal["away", "login", "unknown", "right"]


class SeenDatabase(msgspec.Struct, frozen=True, kw_only=True):
    """The database as a login sees it. `refused`: it did not get in, and why."""

    refused: Refused | None = None
    version: int = 0
    encoding: str = ""
    postgis_in: str | None = None
    has_schema: bool = False


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """What the schema holds, as the owner of the database sees it."""

    is_newest: bool
    wards: int
    administrators: int


def look(url: str) -> SeenDatabase:
    """Sign in at `url` and look."""
    return asyncio.run(_look(url))


def look_inside(url: str) -> Filled:
    """How far the schema is and what it holds; `url` is the owner's and lets in."""
    return asyncio.run(_look_inside(url))


async def _look(url: str) -> SeenDatabase:
    try:
        connection: Any = await asyncpg.connect(plain_url(url), timeout=_WAIT_S)
    except asyncpg.InvalidCatalogNameError:
        return SeenDatabase(refused="unknown")
    except asyncpg.InsufficientPrivilegeError:
        return SeenDatabase(refused="right")
    except asyncpg.InvalidAuthorizationSpecificationError:  # a wrong password is one, too
        return SeenDatabase(refused="login")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return SeenDatabase(refused="away")
    try:
        row = await connection.fetchrow(_FACTS)
        return SeenDatabase(**dict(row))
    finally:
        await connection.close()


async def _look_inside(url: str) -> Filled:
    connection: Any = await asyncpg.connect(plain_url(url), timeout=_WAIT_S)
    try:
        if not await connection.fetchval("SELECT to_regclass('public.alembic_version')::text"):
            return Filled(is_newest=False, wards=0, administrators=0)
        revision = await connection.fetchval("SELECT version_num FROM alembic_version")
        newest = max(known_revisions())
        if revision is None or revision < newest:
            return Filled(is_newest=False, wards=0, administrators=0)
        return Filled(
            # One that is newer than the program is left to `asm migrate`, which says so.
            is_newest=revision == newest,
            wards=await connection.fetchval("SELECT count(*) FROM ward"),
            administrators=await connection.fetchval(
                "SELECT count(*) FROM account WHERE role = 'administrator' AND disabled_at IS NULL"
            ),
        )
    finally:
        await connection.close()
