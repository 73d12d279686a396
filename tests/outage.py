"""A database that is away for a while."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from tests.conftest import Database
from tests.services import TestServices


@asynccontextmanager
async def database_away(services: TestServices, database: Database) -> AsyncIterator[None]:
    """Everybody's connections end, and nobody gets another before the block ends."""
    admin_url = services.admin_url("postgres")
    async with await psycopg.AsyncConnection.connect(admin_url, autocommit=True) as admin:
        await admin.execute(f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS false".encode())
        await admin.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s",
            (database.name,),
        )
        try:
            yield
        finally:
            await admin.execute(f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS true".encode())
