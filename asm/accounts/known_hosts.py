"""Whose sign-in each one is, read ahead, so that every process knows every desk and every program,
also those that never spoke to it, when the database goes away.

Every few seconds a process reads the sign-ins that are new, every ten minutes all of them: then it
forgets what it knew before, also from who spoke to it. What ends in the process itself (signed out,
revoked, removed, disabled) is read again as soon as it is committed. What it knows decides nothing
and opens nothing: it says for whom an attempt is signed while the database cannot be asked
(`asm.stays.receipts.attempts`).
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import Select, Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from asm.accounts.actor import Actor
from asm.accounts.actor_cache import KNOWN_S, ActorCache
from asm.accounts.model import account
from asm.accounts.roles import HOST_ROLES
from asm.accounts.sessions import (
    DEVICE_COLUMNS,
    HOST_IDLE,
    account_columns,
    actor_of_row,
    on_device,
)
from asm.db.error_kinds import DATABASE_ERRORS

LOOK_EVERY_S: Final = 10.0
#: Between two readings of everything: so long somebody may still be known who signed out elsewhere.
ALL_EVERY_S: Final = 600.0
#: The newest of each door; about 300 bytes each.
MOST: Final = 200_000
#: How long the database is waited for when it is asked who sends: one that hangs is away too.
PATIENCE_S: Final = 5.0
_AT_ONCE: Final = 500
#: A sign-in is stamped when it is written and seen when that is committed.
_OVERLAP: Final = timedelta(minutes=1)
log = structlog.get_logger()


class KnownHosts:
    """Hosts by the hash of their sign-in: of one door, kept in `table` (sessions or tokens). One
    for each process; `start` and `close` frame its life. `on_now` is told the database's clock.
    """

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        table: Table,
        *,
        on_now: Callable[[datetime], None],
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._table = table
        self._devices = "device_id" in table.c
        self._on_now = on_now
        self._timer = timer
        self._seen = ActorCache(timer=timer)
        self._read: dict[bytes, Actor] = {}
        #: What was read of single accounts while all are being read: that is the later news.
        self._again: dict[UUID, dict[bytes, Actor]] = {}
        self._all_read: float | None = None
        self._last: tuple[datetime, float] | None = None
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read all, and go on reading."""
        await self.look()
        self._looking = asyncio.create_task(self._look_on())

    async def close(self) -> None:
        """End."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def put(self, hashed: bytes, actor: Actor) -> None:
        """The database has just said so."""
        self._seen.put(hashed, actor)

    def forget(self, hashed: bytes) -> None:
        """The database said otherwise."""
        self._seen.forget(hashed)
        self._read.pop(hashed, None)

    def find(self, hashed: bytes, facility_id: UUID) -> Actor | None:
        """Who worked for the facility when the database was last there, at most KNOWN_S ago. `now`
        is the database's clock of then, carried on by this process's.
        """
        seen = self._seen.find(hashed, facility_id)
        if seen is not None:
            return seen
        read = self._whose_read(hashed)
        return read if read is not None and facility_id in read.facility_ids else None

    def whose(self, hashed: bytes) -> Actor | None:
        """Who signed in so, as `find` knows it: hosts, and of others those this process has seen.
        For the head of a page that the database has no part in.
        """
        return self._seen.whose(hashed) or self._whose_read(hashed)

    def find_fresh(self, hashed: bytes, facility_id: UUID, longest_s: float) -> Actor | None:
        """Of whom the database said so itself at most `longest_s` seconds ago."""
        return self._seen.find(hashed, facility_id, longest_s)

    async def read_again(self, account_ids: Collection[UUID]) -> None:
        """Something of these accounts has ended: forget them, and read what is left of them. Where
        that cannot be read they stay forgotten until all are read. It never raises: the end is
        committed, and whoever asked for it must hear so.
        """
        self._seen.forget_accounts(account_ids)
        self._read = _without(self._read, account_ids)
        self._again |= {account_id: {} for account_id in account_ids}
        try:
            await self._read_what_is_left(account_ids)
        except DATABASE_ERRORS as error:
            log.warning("hosts_not_read", error=type(error).__name__)
        except Exception:
            log.exception("hosts_not_read")

    async def _read_what_is_left(self, account_ids: Collection[UUID]) -> None:
        async with asyncio.timeout(PATIENCE_S), self._sessions() as session:
            read = await self._sign_ins(session, None, account_ids)
        self._read |= read
        for hashed, actor in read.items():
            # `look` may have begun meanwhile, and it begins with nothing.
            self._again.setdefault(actor.id, {})[hashed] = actor

    async def look(self) -> None:
        """Read what is new, or all when that is due. Raises as the database does."""
        everything = self._all_read is None or self._timer() - self._all_read >= ALL_EVERY_S
        since = None if everything or self._last is None else self._last[0] - _OVERLAP
        began, self._again = self._timer(), {}
        async with self._sessions() as session:
            now: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
            read = await self._sign_ins(session, since)
        read = _without(read, self._again)
        for again in self._again.values():
            read |= again
        at = self._timer()
        self._on_now(now)
        self._last = (now, at)
        if everything:
            self._read, self._all_read = read, at
            self._seen.forget_before(began)
        else:
            self._read |= read

    def _whose_read(self, hashed: bytes) -> Actor | None:
        actor = self._read.get(hashed)
        if actor is None or self._last is None:
            return None
        shown, at = self._last
        age = self._timer() - at
        if age > KNOWN_S:
            return None
        return msgspec.structs.replace(actor, now=shown + timedelta(seconds=age))

    async def _sign_ins(
        self,
        session: AsyncSession,
        since: datetime | None,
        account_ids: Collection[UUID] | None = None,
    ) -> dict[bytes, Actor]:
        """In slices: a hundred thousand rows at once would stop the process for a moment."""
        read: dict[bytes, Actor] = {}
        accounts: dict[UUID, Actor] = {}
        stream = await session.stream(
            _query(self._table, since, account_ids), execution_options={"yield_per": _AT_ONCE}
        )
        async for rows in stream.partitions():
            for row in rows:
                if row.id not in accounts:
                    accounts[row.id] = actor_of_row(row)
                actor = accounts[row.id]
                read[row.token_hash] = on_device(actor, row) if self._devices else actor
        return read

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except DATABASE_ERRORS as error:
                log.warning("hosts_not_read", error=type(error).__name__)


def _without(read: Mapping[bytes, Actor], account_ids: Collection[UUID]) -> dict[bytes, Actor]:
    return {hashed: actor for hashed, actor in read.items() if actor.id not in account_ids}


def _query(
    table: Table, since: datetime | None, account_ids: Collection[UUID] | None
) -> Select[Any]:
    query = (
        account_columns()
        .add_columns(table.c.token_hash)
        .join_from(account, table, table.c.account_id == account.c.id)
        .where(account.c.role.in_(HOST_ROLES), table.c.expires_at > func.clock_timestamp())
        .order_by(table.c.created_at.desc())
        .limit(MOST)
    )
    if "device_id" in table.c:
        query = query.add_columns(*DEVICE_COLUMNS)
    if "revoked_at" in table.c:
        query = query.where(table.c.revoked_at.is_(None))
    if "last_seen_at" in table.c:
        query = query.where(table.c.last_seen_at > func.clock_timestamp() - HOST_IDLE)
    if account_ids is not None:
        query = query.where(account.c.id.in_(account_ids))
    return query if since is None else query.where(table.c.created_at > since)
