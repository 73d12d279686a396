"""What the checks look with: the settings, a clock, and at most one connection for each login."""

import asyncio
import ctypes
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from asm.db.error_kinds import sqlstate
from asm.db.session import make_engine
from asm.db.unavailable import DATABASE_UNAVAILABLE
from asm.errors import ConfigurationError
from asm.settings import Settings

#: For one connection to be opened, or one question to be answered.
CONNECT_S: Final = 5.0
ADMIN: Final = "ASM_ADMIN_DATABASE_URL"
API: Final = "ASM_DATABASE_URL"
WORKER: Final = "ASM_WORKER_DATABASE_URL"
#: SQLSTATE → why nobody gets in.
_REFUSALS: Final = {
    "3D000": "unknown_database",
    "42501": "kept_out",
    "53300": "no_room",
    "57P03": "starting",
}
#: What the C library's adjtimex() answers where nothing keeps the clock right.
_NOT_KEPT: Final = 5
_TIMEX_BYTES: Final = 512  # more than the structure has anywhere


class NotReachedError(Exception):
    """Nothing can be asked there; `why` is the name of a finding."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def kernel_says_kept() -> bool:
    """Whether the kernel counts its clock as kept right; yes where it cannot be asked."""
    try:
        answer = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return True
    return int(answer) != _NOT_KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorContext:
    """`clock` gives this machine's Unix time. `send_mail_to`: the mail server is given one mail."""

    settings: Settings
    environ: Mapping[str, str]
    #: Variables that cannot be used → why, in Vietnamese and English. `settings` are without them.
    unusable: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    clock: Callable[[], float] = time.time
    clock_is_kept: Callable[[], bool] = kernel_says_kept
    send_mail_to: str | None = None
    _engines: dict[str, AsyncEngine | NotReachedError] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def address(self, variable: str) -> str:
        """The database's address in a variable, or nothing."""
        settings = self.settings
        return {
            ADMIN: settings.admin_database_url,
            API: settings.database_url,
            WORKER: settings.worker_database_url,
        }[variable]

    async def engine(self, variable: str) -> AsyncEngine:
        """An engine that has answered once. Raises NotReachedError, the second time at once."""
        async with self._turn:
            if variable not in self._engines:
                self._engines[variable] = await _reached(self.address(variable))
        engine = self._engines[variable]
        if isinstance(engine, NotReachedError):
            raise engine
        return engine

    async def any_engine(self) -> AsyncEngine:
        """Of the login that sees most, for what each of them may ask. Raises NotReachedError."""
        for variable in (ADMIN, API):
            try:
                return await self.engine(variable)
            except NotReachedError:
                continue
        return await self.engine(WORKER)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """A connection of `any_engine`. What is done on it is not kept."""
        engine = await self.any_engine()
        async with engine.connect() as connection:
            yield connection

    async def close(self) -> None:
        """Close what was opened."""
        async with AsyncExitStack() as stack:
            for engine in self._engines.values():
                if isinstance(engine, AsyncEngine):
                    stack.push_async_callback(engine.dispose)


async def _reached(address: str) -> AsyncEngine | NotReachedError:
    if not address:
        return NotReachedError("not_given")
    try:
        engine = make_engine(
            address, pool_size=4, name="asm-doctor", limits={"statement_timeout": "8000"}
        )
    except (ConfigurationError, ArgumentError, ValueError):
        return NotReachedError("address")
    try:
        async with asyncio.timeout(CONNECT_S), engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except DATABASE_UNAVAILABLE as error:
        await engine.dispose()
        return NotReachedError(_why(error))
    return engine


def _why(error: BaseException) -> str:
    state = sqlstate(error)
    if state.startswith("28"):
        return "refused"
    return _REFUSALS.get(state, "away")
