"""Statements for the hottest path, through the driver itself: what SQLAlchemy does around a
statement (compiling, cursors, a switch of stacks) takes longer there than the statement.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, NewType

import asyncpg
import msgspec
from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError
from sqlalchemy.ext.asyncio import AsyncSession

#: Structs whose fields are columns of one table; they stand beside it, in `model.py`.
Rows = Sequence[msgspec.Struct]
#: Bytes as PostgreSQL reads them in text: `\\x` and hexadecimal digits.
Hexed = NewType("Hexed", str)
_BEGIN: Final = text("SELECT 1")


def insert_of(table: Table, row: type[msgspec.Struct], parameter: str) -> str:
    """INSERT of any number of `row`s that travel as one JSON document (`as_json`): the statement is
    the same, and so planned once, whatever their number.

    Written are the columns of the table that `row` has, in the table's order; the others get the
    database's default. Raises TypeError for a field that is no column.
    """
    columns = [column.name for column in table.columns]
    strangers = set(row.__struct_fields__) - set(columns)
    if strangers:
        raise TypeError(f"{row.__name__} has fields that {table.fullname} lacks: {strangers}")
    names = ", ".join(name for name in columns if name in row.__struct_fields__)
    return (
        f"INSERT INTO {table.fullname} ({names}) SELECT {names} "  # noqa: S608 -- names of our tables
        f"FROM json_populate_recordset(NULL::{table.fullname}, CAST({parameter} AS json))"
    )


def as_json(rows: Rows) -> str:
    """Rows as `insert_of` takes them: column → value, bytes as `hexed`."""
    return msgspec.json.encode(rows).decode()


def hexed(raw: bytes) -> Hexed:
    """Bytes for a column of a row."""
    return Hexed("\\x" + raw.hex())


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
            rows: Sequence[asyncpg.Record] = await self._driver.fetch(statement, *values)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise await self._as_sqlalchemy(statement, error) from error
        return rows

    async def copy_out(
        self,
        statement: str,
        *values: Any,
        output: Callable[[bytes], Coroutine[Any, Any, None]],
        delimiter: str,
    ) -> int:
        """The rows of a SELECT as CSV, in pieces as the database writes them: no row becomes an
        object here. Returns how many there were.
        """
        try:
            done: str = await self._driver.copy_from_query(
                statement, *values, output=output, format="csv", delimiter=delimiter
            )
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise await self._as_sqlalchemy(statement, error) from error
        return int(done.removeprefix("COPY "))

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
