"""In which order rows are locked, and every advisory lock of ASM.

**Rows.** Whoever locks several takes them in this order, so that no two wait for each other:

1. areas, then facilities, then memberships, accounts and codes: who is there and what they may do
2. the key of a change (`asm.stays.intake.idempotency`)
3. people whom a facility does not know yet, by their hash: to write one waits for who writes the
   same one
4. people who are known, by facility and reference, all of them in one statement: whom a declaration
   or a change finds, of whom it is now and of whom it comes to be (`asm.stays.write`,
   `asm.stays.arrivals.lock_stay`); the same for new index keys and for a change of areas
5. stays, and what hangs on them
6. the keys of declarations, with their answers

The worker's checks write stays without locking anybody. They, and one key told for a declaration
and for a change at once, may still meet in a deadlock: then one is undone and tried again
(`asm.stays.change`, `asm.stays.intake.group_commit`), and whatever is never tried again is answered
`still_running`, with when to come again.

**Advisory locks**: one list, so that no two kinds of work share a number by chance.

The numbers mean something to every process that runs, so one that is in use keeps its meaning, and
one that was given up is not given out again. During an upgrade the version before still runs:

- Until this list there were two meanings of 7265464, the rotation of keys and the messenger of
  flags. The rotation keeps it, as two rotations at once, an old version's and ours, would each make
  a next key. The messenger got a new one: when an old worker and a new one tell of flags at once,
  the same flag is told once all the same, as each message has a key.

All end with their transaction, but for `MIGRATE`, which outlives those of the migrations. These
write numbers: they import nothing, and must not change when this list does.
"""

from enum import IntEnum
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


class Lock(IntEnum):
    """What each number serialises."""

    #: Making the roles, which all databases of a server share. Only in the migrations.
    MAKE_ROLES = 7_265_460
    #: Migrations of one database. Only in the migrations.
    MIGRATE = 7_265_461
    #: Emptying the outbox: one leader at a time.
    LEAD_OUTBOX = 7_265_462
    #: Making partitions for the months to come.
    UPKEEP = 7_265_463
    #: Changes of the wrapped keys.
    ROTATE_KEYS = 7_265_464
    #: Telling officers of flags: one messenger at a time.
    WRITE_FLAG_MESSAGES = 7_265_465
    #: Raising and closing flags.
    SETTLE_FLAGS = 7_265_470
    #: Opening and ending incidents of intake.
    WATCH_INTAKE = 7_265_471
    #: Publishing and withdrawing releases.
    PUBLISH = 7_265_478
    #: Taking counts of a gate, each by itself (`hold_of`): two requests must not store intervals
    #: that overlap.
    COUNT_GATES = 7_265_479
    #: Declaring for houses of a ward (`hold_of`): their number is counted one after the other.
    ASSIST = 7_265_480
    #: Changing totals: following stays, opening a night, filling, rebuilding.
    COUNT_TOTALS = 7_265_472
    #: Comparing totals with stays.
    COMPARE_TOTALS = 7_265_473


_HOLD_OF: Final = text("SELECT pg_advisory_xact_lock(:lock, hashtext(CAST(:of AS text)))")
_HOLD: Final = text("SELECT pg_advisory_xact_lock(:lock)")
_TRY_TO_HOLD: Final = text("SELECT pg_try_advisory_xact_lock(:lock)")


async def hold(session: AsyncSession, lock: Lock) -> None:
    """Wait for the lock; it is held until the transaction ends."""
    await session.execute(_HOLD, {"lock": lock.value})


async def hold_of(session: AsyncSession, lock: Lock, of: UUID | str) -> None:
    """`hold` for one of many: who works at another does not wait (but for two of the same hash)."""
    await session.execute(_HOLD_OF, {"lock": lock.value, "of": str(of)})


async def try_to_hold(session: AsyncSession, lock: Lock) -> bool:
    """Hold the lock until the transaction ends, unless somebody else does."""
    done: bool = (await session.execute(_TRY_TO_HOLD, {"lock": lock.value})).scalar_one()
    return done
