"""Engines and sessions. A session is one transaction: it commits before the reply leaves."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType

from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from asm.settings import async_url

POOL_WAIT_S = 2


def make_engine(
    url: str,
    *,
    pool_size: int = 10,
    name: str = "asm",
    limits: Mapping[str, str] = MappingProxyType({}),
    ask_first: bool = True,
) -> AsyncEngine:
    """Connect with asyncpg; parameters never show in logs or errors (they may be personal).

    `limits` replaces settings of each connection, such as `statement_timeout` in milliseconds.
    `ask_first` False: for who tries again on a fresh connection when one turns out to be dead.
    """
    return create_async_engine(
        async_url(url),
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_S,
        # Asks a pooled connection whether it lives (0.1 ms): after a restart of the server the
        # first declaration must not fail on every process and pool once.
        pool_pre_ping=ask_first,
        connect_args={
            "timeout": 5,
            "server_settings": {
                "application_name": name,
                "timezone": "UTC",
                "statement_timeout": "15000",
                "idle_in_transaction_session_timeout": "30000",
                "jit": "off",
                **limits,
            },
        },
    )


def make_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions over `engine` whose objects stay readable after the commit."""
    return async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def one_transaction(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """A session over `engine` for work outside a web request: it commits at the end, or is undone
    by an exception.
    """
    async with make_sessions(engine)() as session:
        yield session
        await session.commit()
