"""Counts tries, so that nobody guesses.

    counted = await throttle.count_try(CODE, origin, code_id)    # raises TooMany
    ... the slow look at what was sent ...
    await throttle.succeeded(counted)                            # only when it was right

A try is counted before it is looked at: eight at once count eight, and one that is broken off has
counted. While a counter is blocked nothing is looked at, not even what is right, and nothing more
is counted, so that hammering on does not lengthen the wait. What signs in by a password goes by
`asm.accounts.throttling.sign_in_tries`, so that nobody locks a house out by guessing.

The throttle has transactions of its own: what it counts stays when the request is undone. Call it
before the request's own session is used, or a connection is held for nothing.
"""

import hashlib
import hmac
import math
from collections import Counter
from datetime import timedelta
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from asm.accounts.own.sign_in_name import same_name
from asm.accounts.throttling import counters
from asm.accounts.throttling.counters import Counted
from asm.accounts.throttling.known_origins import device_hash, remember_origin
from asm.accounts.throttling.limits import Purpose
from asm.accounts.throttling.origin import RequestOrigin
from asm.audit.trail import record
from asm.db.actor_kinds import STRANGER
from asm.errors import TooMany, field_error

log = structlog.get_logger()


class CountedTry(msgspec.Struct, frozen=True):
    """A try that was let through, by what was counted of it."""

    counters: tuple[Counted, ...]


class Throttle:
    """One for each process; the counters are the database's. `key` hashes what is counted."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], key: bytes) -> None:
        self.sessions = sessions
        self._key = hmac.digest(key, b"asm throttle", hashlib.sha256)
        #: Blocks since the start by purpose and what was counted, for the figures.
        self.blocks: Counter[tuple[str, str]] = Counter()

    async def count_try(
        self, purpose: Purpose, origin: RequestOrigin, subject: str | None = None
    ) -> CountedTry:
        """Count a try and let it through. Raises TooMany, with the wait, while one of its counters
        is blocked: the same for a subject that exists and one that does not.
        """
        counted = self.counters_of(purpose, origin, subject)
        async with self.sessions.begin() as session:
            _refuse_while_blocked(await counters.waits(session, counted))
            held = await counters.hold(session, counted)
            # They may have been blocked since they were looked at.
            _refuse_while_blocked(counters.waits_of_held(held))
            for each in await counters.count(session, held, counted):
                await self.say_blocked(session, purpose, each.what)
        return CountedTry(counted)

    async def succeeded(self, counted: CountedTry) -> None:
        """It was right: what the same person did wrong before is forgotten, and of the counters
        that are shared this one try is taken back.
        """
        own = [each for each in counted.counters if each.what == "pair"]
        shared = [each for each in counted.counters if each.what != "pair"]
        async with self.sessions.begin() as session:
            await counters.take_back(session, await counters.hold(session, shared), shared)
            await counters.forget(session, own)

    async def know(self, origin: RequestOrigin, account_id: UUID, device: str) -> None:
        """Network and device of who has just opened the account (committed), or proved by a code
        that it is theirs, are known of it from now on.
        """
        async with self.sessions.begin() as session:
            await remember_origin(session, account_id, self.network_hash(origin), device)

    def counters_of(
        self, purpose: Purpose, origin: RequestOrigin, subject: str | None
    ) -> tuple[Counted, ...]:
        """What is counted of a try from anywhere."""
        parts = {"network": [origin.network]}
        if subject is not None:
            subject = same_name(subject)
            parts |= {"pair": [origin.network, subject], "subject": [subject]}
        return tuple(
            Counted(what, self.hash(purpose.name, what, *parts[what]), limit)
            for what, limit in purpose.limits()
            if what in parts
        )

    async def say_blocked(
        self, session: AsyncSession, purpose: Purpose, what: str, account_id: UUID | None = None
    ) -> None:
        """One entry for each block, and a block ends: nobody fills the trail with tries.
        `account_id`: whose login it is, for the trail alone.
        """
        self.blocks[purpose.name, what] += 1
        log.warning("tries_blocked", purpose=purpose.name, counter=what)
        await record(
            session,
            actor_id=None,
            actor_role=STRANGER,
            action="tries.blocked",
            subject_id=None if what == "network" else account_id,
            details={"purpose": purpose.name, "counter": what},
        )

    def network_hash(self, origin: RequestOrigin) -> bytes:
        """What is stored of a network that is known of an account."""
        return self.hash("known network", origin.network)

    def origin_hashes(self, origin: RequestOrigin) -> tuple[bytes, bytes]:
        """What is stored of network and device of a request."""
        return self.network_hash(origin), device_hash(origin.device)

    def hash(self, *parts: str) -> bytes:
        """Keyed: addresses and logins are few enough to be tried out otherwise. What people type
        stands last, so that no two lists of parts are the same text.
        """
        return hmac.digest(self._key, "\x1f".join(parts).encode(errors="replace"), hashlib.sha256)[
            :16
        ]


def seconds_and_minutes(wait: timedelta) -> tuple[int, int]:
    """How long to wait, for software and for people."""
    seconds = math.ceil(wait.total_seconds())
    return seconds, math.ceil(seconds / 60)


def _too_many(wait: timedelta) -> TooMany:
    seconds, minutes = seconds_and_minutes(wait)
    error = field_error("", "too_many_tries", minutes=minutes)
    return TooMany("too_many_tries", errors=[error], retry_after_s=seconds, minutes=minutes)


def _refuse_while_blocked(waits: dict[bytes, timedelta]) -> None:
    if waits:
        raise _too_many(max(waits.values()))
