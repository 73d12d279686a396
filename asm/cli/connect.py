"""How commands reach the database: at the address that a variable holds, and in words when it
cannot be reached, lets nobody in or is not of this version. No other file here makes an engine.
"""

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import structlog
from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.cli.console import SetUpError, is_of_disk
from asm.db.error_kinds import is_away, sqlstate
from asm.db.session import make_engine
from asm.db.unavailable import DATABASE_UNAVAILABLE
from asm.errors import ConfigurationError
from asm.settings import async_url, read_settings, require
from asm.variables.given import VariablesInvalid

API: Final = "ASM_DATABASE_URL"
WORKER: Final = "ASM_WORKER_DATABASE_URL"
ADMIN: Final = "ASM_ADMIN_DATABASE_URL"


#: No such table, column, function, object, schema; no such role to act as.
_BEHIND: Final = frozenset({"42P01", "42703", "42883", "42704", "3F000", "22023"})
#: Classes of SQLSTATE: link lost; out of disk, memory or connections; starting or going down.
_AWAY: Final = frozenset({"08", "53", "57"})


def address_in(variable: str) -> str:
    """The address that a variable holds. Raises ConfigurationError when it is not set, or none."""
    try:
        settings = read_settings()
    except VariablesInvalid as error:
        if variable in error.wrong:
            raise SetUpError("database_address", variable=variable) from error
        raise
    addresses = {
        API: settings.database_url,
        WORKER: settings.worker_database_url,
        ADMIN: settings.admin_database_url,
    }
    address = require(addresses[variable], variable)
    try:
        make_url(async_url(address))
    except (ConfigurationError, ArgumentError, ValueError) as error:
        raise SetUpError("database_address", variable=variable) from error
    return address


@asynccontextmanager
async def engine_at(variable: str, *, name: str, pool_size: int = 10) -> AsyncIterator[AsyncEngine]:
    """An engine for the time of the block, in which a failure of the database is a SetUpError."""
    _log_beside_the_answer()
    engine = make_engine(address_in(variable), pool_size=pool_size, name=name)
    try:
        with explained(variable):
            yield engine
    finally:
        await engine.dispose()


async def reach(variable: str) -> None:
    """Let the database in `variable` answer once. Raises SetUpError when it does not."""
    async with (
        engine_at(variable, name="asm-reach", pool_size=1) as engine,
        engine.connect() as connection,
    ):
        await connection.execute(text("SELECT 1"))


@contextmanager
def explained(variable: str) -> Iterator[None]:
    """Turn a failure of the database into a SetUpError that names the variable to look at."""
    try:
        yield
    except DATABASE_UNAVAILABLE as error:
        if getattr(error, "filename", None) or is_of_disk(error):
            raise  # of a file, which says so itself
        raise _error_of(error, variable) from error


def _error_of(error: BaseException, variable: str) -> SetUpError:
    state = sqlstate(error)
    if state.startswith("28"):
        return SetUpError("database_login_refused", variable=variable)
    if exact := _error_of_state(state, variable):
        return exact
    if state in _BEHIND:
        return SetUpError("database_behind", variable=variable)
    if state[:2] in _AWAY or is_away(error):
        return SetUpError("database_away", variable=variable)
    return SetUpError("database_failed", variable=variable, state=state or type(error).__name__)


def _error_of_state(state: str, variable: str) -> SetUpError | None:
    match state:
        case "3D000":
            return SetUpError("database_unknown", variable=variable)
        case "42501":
            return SetUpError("database_right_missing", variable=variable)
        case "53100":
            return SetUpError("database_disk_full")
        case "55P03":
            return SetUpError("database_busy")
    return None


def _log_beside_the_answer() -> None:
    """Standard output is for the one document alone."""
    if not structlog.is_configured():
        structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
