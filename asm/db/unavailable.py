"""The database is away, restarting or refusing: whoever works in rounds tries again in the next."""

from typing import Final

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

DATABASE_UNAVAILABLE: Final = (
    SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
)
