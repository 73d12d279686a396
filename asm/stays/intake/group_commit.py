"""Many declarations, one commit: a transaction costs a write to the disk, whatever is in it.

Handlers hand their declarations to a queue and wait. Two writers take turns (one where there are
several web processes): each takes what has gathered meanwhile, without a timer, writes it with the
few statements that one declaration would take, commits, and only then wakes each handler with its
own answer. Whether they may is asked of the database in that same transaction
(`asm.accounts.standing`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.accounts.sessions import enter_again
from asm.accounts.standing import Entered, enter_as_members
from asm.db.base import vietnam_time
from asm.db.durable import refuse_loose
from asm.db.error_kinds import (
    DATABASE_ERRORS,
    is_away,
    is_deadlock,
    is_gone,
    is_locked_out,
    was_answered,
)
from asm.errors import ConfigurationError, not_found, still_running
from asm.facilities.scope import (
    facilities_entered,
    facility_in_scope,
    may_declare_for,
    require_member,
)
from asm.identity.vault.keyring import KeyRing
from asm.stays.declaration import Declaration, Outcome
from asm.stays.declare import AdmittedDeclaration, declare_together
from asm.stays.intake.fair_queue import FairQueue, Mark, QueueFull
from asm.stays.intake.idempotency import KeyRaced
from asm.stays.intake.queued_declaration import QueuedDeclaration
from asm.stays.intake.record_overflow import Refusals
from asm.stays.receipts.not_taken import Clock, not_taken, outcome_unknown, refuse_unsent, unsent_of

#: More only makes everyone wait longer: one statement is best at 20 to 100 rows.
GROUP_ROWS: Final = 100
#: About a second's work: who would wait longer is told so at once.
WAITING_ROWS: Final = 2000
WAITING_ROWS_OF_ONE: Final = 500
#: Larger ones (workbooks) have transactions of their own, a few at a time.
BULK_AT_ONCE: Final = 2
BULK_WAITING: Final = 8
#: While the database works for one batch, the next is made ready. Where several web processes
#: share a machine, the others' batches do that: there one writer each is enough.
WRITERS: Final = 2
PATIENCE_S: Final = 10.0
#: Of the writer's connections: who holds a lock for longer is another request's work.
LIMITS: Final = {"statement_timeout": "10000", "lock_timeout": "1500"}
_TRIES: Final = 3
_BETWEEN_TRIES_S: Final = 0.1
log = structlog.get_logger()
Declare = Callable[[Actor, Declaration], Awaitable[Outcome]]


class GroupCommit:
    """One for each process; `start` and `close` frame its life."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        writers: int = WRITERS,
        clock: Clock | None = None,
    ) -> None:
        self._sessions = sessions
        self._writers_wanted = writers
        self._queue: FairQueue[QueuedDeclaration] = FairQueue(
            most=WAITING_ROWS, most_of_one=WAITING_ROWS_OF_ONE
        )
        self._gathered = asyncio.Event()
        self._closing = False
        self._writers: list[asyncio.Task[None]] = []
        self._busy: set[Mark] = set()
        self._bulk = asyncio.Semaphore(BULK_AT_ONCE)
        self._bulk_waiting = 0
        self._clock = clock or Clock()
        self._refusals = Refusals(sessions, self._clock)

    @property
    def waiting_rows(self) -> int:
        """How many rows stand in line."""
        return self._queue.rows

    def start(self) -> None:
        """Begin to write."""
        self._writers = [asyncio.create_task(self._write_on()) for _ in range(self._writers_wanted)]
        self._refusals.start()

    async def close(self) -> None:
        """Write what waits, then end. Who comes afterwards is told to come again."""
        self._closing = True
        self._gathered.set()
        await asyncio.gather(*self._writers)
        await self._refusals.close()

    def door(self, vault: KeyRing, token_hash: bytes | None = None) -> Declare:
        """How a handler declares. What comes in through it was received now; while the database
        cannot be asked for keys, that it was sent is signed all the same.
        """
        received = self._clock.timer()

        async def declare(actor: Actor, declaration: Declaration) -> Outcome:
            try:
                keys = await vault.current()
            except DATABASE_ERRORS as error:
                if not (is_away(error) and may_declare_for(actor, declaration.facility_id)):
                    raise
                files, at = await vault.files(), self._clock.at(received)
                raise refuse_unsent(files, unsent_of(declaration), at) from error
            return await self.declare(
                QueuedDeclaration(
                    keys=keys,
                    actor=actor,
                    declaration=declaration,
                    token_hash=token_hash,
                    received=received,
                )
            )

        return declare

    async def declare(self, queued: QueuedDeclaration) -> Outcome:
        """The outcome, once it is durable. Hold no connection meanwhile.

        Raises as `declare_stays` does, and Unavailable: with a signed attempt when nothing was
        stored, without one when it cannot be known.
        """
        if not may_declare_for(queued.actor, queued.facility_id):
            await self._refuse(queued)
        if queued.declaration.dry_run:
            return await self._alone(queued)
        if self._closing:
            raise not_taken(queued, self._clock)
        if queued.rows > GROUP_ROWS:
            return await self._in_bulk(queued)
        return await self._in_line(queued)

    async def _in_line(self, queued: QueuedDeclaration) -> Outcome:
        try:
            self._queue.put(queued)
        except QueueFull as full:
            if full.for_all:
                self._refusals.note()
            raise not_taken(queued, self._clock) from None
        self._gathered.set()
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await queued.answer
        except TimeoutError:
            if self._queue.remove(queued):
                raise not_taken(queued, self._clock) from None
            raise outcome_unknown() from None
        except asyncio.CancelledError:
            self._queue.remove(queued)
            raise

    async def _refuse(self, queued: QueuedDeclaration) -> None:
        """Say why, in the words that any other handler would use."""
        async with self._sessions() as session:
            scope = Scope(session, queued.actor)
            await enter_again(scope)
            facility = await facility_in_scope(scope, queued.facility_id)
            require_member(queued.actor, facility)
        raise not_found("facility")

    async def _in_bulk(self, queued: QueuedDeclaration) -> Outcome:
        if self._bulk_waiting >= BULK_WAITING:
            raise not_taken(queued, self._clock)
        self._bulk_waiting += 1
        try:
            async with self._bulk:
                return await self._alone(queued)
        finally:
            self._bulk_waiting -= 1

    async def _alone(self, queued: QueuedDeclaration) -> Outcome:
        await self._write([queued])
        return await queued.answer

    async def _write_on(self) -> None:
        while not (self._closing and not self._queue.rows):
            await self._gathered.wait()
            batch = self._queue.take(GROUP_ROWS, self._busy)
            if not batch:
                self._gathered.clear()  # until somebody comes, or another batch has ended
                continue
            marks = {(queued.facility_id, queued.key) for queued in batch if queued.key}
            self._busy |= marks
            try:
                await self._write(batch)
            finally:
                self._busy -= marks
                self._gathered.set()

    async def _write(self, batch: Sequence[QueuedDeclaration]) -> None:
        """Write and wake. What sinks a batch sinks only the one that brought it."""
        try:
            answers = await self._insist(batch)
        except Exception as error:  # noqa: BLE001 -- the writer outlives all; each handler raises it
            if len(batch) > 1 and not is_gone(error):
                log.warning("batch_taken_apart", error=type(error).__name__, rows=len(batch))
                for queued in batch:
                    await self._write([queued])
                return
            answers = [self._failed(queued, error) for queued in batch]
        for queued, answer in zip(batch, answers, strict=True):
            if queued.answer.done():
                continue  # the client has gone; its resend will find the answer
            if isinstance(answer, Outcome):
                queued.answer.set_result(answer)
            else:
                queued.answer.set_exception(answer)

    def _failed(self, queued: QueuedDeclaration, error: Exception) -> Exception:
        if isinstance(error, KeyRaced) or is_locked_out(error):
            return still_running()
        if isinstance(error, ConfigurationError):
            log.critical("database_not_durable", exc_info=error)
            return not_taken(queued, self._clock)
        if not is_away(error):
            return error
        return outcome_unknown() if queued.maybe_stored else not_taken(queued, self._clock)

    async def _insist(self, batch: Sequence[QueuedDeclaration]) -> list[Outcome | Exception]:
        """Once more on a fresh connection, when somebody was first with a key, or after a deadlock.
        Safe after a lost COMMIT too: each key finds what it did.
        """
        for left in reversed(range(_TRIES)):
            try:
                return await self._commit(batch)
            except KeyRaced:
                if not left:
                    raise
            except DATABASE_ERRORS as error:
                if not left or not (is_gone(error) or is_deadlock(error)):
                    raise
                await asyncio.sleep(_BETWEEN_TRIES_S)
        raise KeyRaced

    async def _commit(self, batch: Sequence[QueuedDeclaration]) -> list[Outcome | Exception]:
        async with self._sessions() as session:
            entered = await enter_as_members(session, [queued.standing for queued in batch])
            self._clock.set(entered.now)
            refuse_loose(entered.loose)
            answers = await self._declare(session, batch, entered)
            if batch[0].declaration.dry_run:
                await session.rollback()
                return answers
            try:
                await session.commit()
            except DATABASE_ERRORS as error:
                for queued in batch:
                    queued.maybe_stored |= not was_answered(error)
                raise
        return [
            msgspec.structs.replace(answer, replayed=False)
            if queued.maybe_stored and isinstance(answer, Outcome)
            else answer
            for queued, answer in zip(batch, answers, strict=True)
        ]

    async def _declare(
        self, session: AsyncSession, batch: Sequence[QueuedDeclaration], entered: Entered
    ) -> list[Outcome | Exception]:
        """The outcome or refusal of each queued declaration, in order."""
        facilities = await facilities_entered(session, {queued.facility_id for queued in batch})
        refusals = [
            refusal or (None if queued.facility_id in facilities else not_found("facility"))
            for queued, refusal in zip(batch, entered.refusals, strict=True)
        ]
        clock = self._clock.timer()
        declarations = [
            AdmittedDeclaration(
                keys=queued.keys,
                # Nobody is late because of our queue: the time of waiting is taken off.
                actor=msgspec.structs.replace(
                    queued.actor,
                    now=vietnam_time(entered.now) - timedelta(seconds=clock - queued.received),
                ),
                facility=facilities[queued.facility_id],
                declaration=queued.declaration,
            )
            for queued, refusal in zip(batch, refusals, strict=True)
            if refusal is None
        ]
        answers = iter(await declare_together(session, declarations))
        return [refusal or next(answers) for refusal in refusals]
