"""Statements for the hottest path, through the driver itself: what SQLAlchemy does around a
statement (compiling, cursors, a switch of stacks) takes longer there than the statement.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import asyncpg
import msgspec
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError
from sqlalchemy.ext.asyncio import AsyncSession

Rows = Sequence[Mapping[str, Any]]
_BEGIN: Final = text("SELECT 1")


def insert_of(table: str, columns: Sequence[str], parameter: str) -> str:
    """INSERT of any number of rows that travel as one JSON document (`as_json`): the statement is
    the same, and so planned once, whatever their number. Names are constants of the caller.
    """
    names = ", ".join(columns)
    return (
        f"INSERT INTO {table} ({names}) SELECT {names} "  # noqa: S608 -- as the docstring says
        f"FROM json_populate_recordset(NULL::{table}, CAST({parameter} AS json))"
    )


def as_json(rows: Rows) -> str:
    """Rows as `insert_of` takes them: column → value, bytes in hexadecimal."""
    return msgspec.json.encode(rows).decode()


class Direct:
    """The driver's connection of a session, inside the session's own transaction. Not to be kept
    beyond it. Fails as the session does: with SQLAlchemy's exceptions, without parameters.
    """

    def __init__(self, session: AsyncSession, driver: asyncpg.Connection) -> None:
        self._session = session
        self._driver = driver

    async def fetch(self, statement: str, *values: Any) -> Sequence[asyncpg.Record]:
        """All rows. Placeholders are `$1` and so on; the driver keeps the prepared statement."""
        try:
            found: Sequence[asyncpg.Record] = await self._driver.fetch(statement, *values)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise await self._as_sqlalchemy(statement, error) from error
        return found

    async def _as_sqlalchemy(self, statement: str, error: Exception) -> DBAPIError:
        lost = self._driver.is_closed()
        if lost:
            await (await self._session.connection()).invalidate()
        kind: type[DBAPIError] = DBAPIError
        if isinstance(error, asyncpg.IntegrityConstraintViolationError):
            kind = IntegrityError
        elif not isinstance(error, asyncpg.PostgresError):
            kind = InterfaceError
        return kind(statement, None, error, hide_parameters=True, connection_invalidated=lost)


async def direct(session: AsyncSession) -> Direct:
    """The way past SQLAlchemy, in the transaction that `session` is in (or begins now)."""
    raw = await (await session.connection()).get_raw_connection()
    driver: Any = raw.driver_connection
    if not driver.is_in_transaction():
        # SQLAlchemy opens its transaction with its own first statement, and with no other.
        await session.execute(_BEGIN)
    return Direct(session, driver)
