"""Counts tries, so that nobody guesses, and nobody locks a house out by guessing.

    counted = await throttle.count_try(SIGN_IN, origin, login)   # raises TooMany
    ... the slow look at what was sent ...
    await throttle.succeeded(counted, account_id)                # only when it was right

A try is counted before it is looked at: eight at once count eight, and one that is broken off has
counted. While a counter is blocked nothing is looked at, not even what is right, and nothing more
is counted, so that hammering on does not lengthen the wait. Who tries from a device or network that
is known of the account has a counter of their own, which strangers do not reach.

The throttle has transactions of its own: what it counts stays when the request is undone. Call it
before the request's own session is used, or a connection is held for nothing.
"""

import hashlib
import hmac
import math
import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from asm.accounts.own.sign_in_name import same_name
from asm.accounts.throttling.limits import SIGN_IN, Count, Limit, Purpose, after_try, taken_back
from asm.accounts.throttling.origin import RequestOrigin
from asm.audit.trail import record
from asm.db.actor_kinds import STRANGER
from asm.db.statements import read_statements
from asm.errors import TooMany, field_error

#: For how long a network in which an account signed in is known of it.
KNOWN_NETWORK_DAYS: Final = 30
#: For how long a device is (`asm.worker.upkeep` removes what is older, and browsers do).
KNOWN_DEVICE_DAYS: Final = 180
#: Of each kind and account.
MOST_KNOWN: Final = 20

_SQL = read_statements(__name__)
_KNOWN_ORIGIN = text(_SQL["known_origin"])
_BLOCKED_UNTIL = text(_SQL["blocked_until"])
_LOCK_COUNTS = text(_SQL["lock_counts"])
_WRITE_COUNTS = text(_SQL["write_counts"])
_FORGET_COUNTS = text(_SQL["forget_counts"])
_REMEMBER_ORIGIN = text(_SQL["remember_origin"])
_FORGET_ORIGINS = text(_SQL["forget_origins"])
log = structlog.get_logger()


class Counted(msgspec.Struct, frozen=True):
    """One counter of a try. `what`: network, pair, subject or known."""

    what: str
    key: bytes
    limit: Limit


class CountedTry(msgspec.Struct, frozen=True, kw_only=True):
    """A try that was let through. `account_id`: whose login the subject is, for the trail alone.
    `known`: from a device or network that is known of the account.
    """

    purpose: Purpose
    origin: RequestOrigin
    counters: tuple[Counted, ...]
    account_id: UUID | None = None
    known: bool = False


class Throttle:
    """One for each process; the counters are the database's. `key` hashes what is counted."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], key: bytes) -> None:
        self._sessions = sessions
        self._key = hmac.digest(key, b"asm throttle", hashlib.sha256)
        #: Blocks since the start by purpose and what was counted, for the figures.
        self.blocks: Counter[tuple[str, str]] = Counter()

    async def count_try(
        self, purpose: Purpose, origin: RequestOrigin, subject: str | None = None
    ) -> CountedTry:
        """Count a try and let it through. Raises TooMany, with the wait, while one of its counters
        is blocked: the same for a subject that exists and one that does not.
        """
        subject = None if subject is None else same_name(subject)
        async with self._sessions.begin() as session:
            counted = await self._counters(session, purpose, origin, subject)
            keys = [each.key for each in counted.counters]
            row = (await session.execute(_BLOCKED_UNTIL, {"keys": keys})).one()
            _refuse_while_blocked(purpose, row.blocked_until, row.now)
            await self._count(session, counted)
        return counted

    async def succeeded(
        self, counted: CountedTry, account_id: UUID | None = None, device: str | None = None
    ) -> None:
        """It was right: what the same person did wrong before is forgotten, and of the counters
        that are shared this one try is taken back. With `account_id`, whose sign-in it was, its
        network and the `device` that gets the cookie are known of it from now on.
        """
        own = [each.key for each in counted.counters if each.what in {"pair", "known"}]
        shared = [each for each in counted.counters if each.what not in {"pair", "known"}]
        async with self._sessions.begin() as session:
            if shared:
                counts = await _locked(session, [each.key for each in shared])
                await _write(
                    session,
                    {each.key: taken_back(each.limit, *counts[each.key]) for each in shared},
                )
            await session.execute(_FORGET_COUNTS, {"keys": own})
            if account_id is not None:
                await self._remember(session, counted.origin, account_id, device)

    async def know(self, origin: RequestOrigin, account_id: UUID, device: str) -> None:
        """Network and device of who has just opened the account (committed), or proved by a code
        that it is theirs, are known of it from now on.
        """
        async with self._sessions.begin() as session:
            await self._remember(session, origin, account_id, device)

    async def _counters(
        self, session: AsyncSession, purpose: Purpose, origin: RequestOrigin, subject: str | None
    ) -> CountedTry:
        account = None
        if purpose.known is not None and subject is not None:
            account = await self._known(session, origin, subject)
            if account is not None and (account.device or account.network):
                return self._known_try(purpose, origin, subject, account)
        parts = {"network": [origin.network]}
        if subject is not None:
            parts |= {"pair": [origin.network, subject], "subject": [subject]}
        counters = [
            Counted(what, self._hash(purpose.name, what, *parts[what]), limit)
            for what, limit in purpose.limits()
            if what in parts
        ]
        return CountedTry(
            purpose=purpose,
            origin=origin,
            counters=tuple(counters),
            account_id=None if account is None else account.account_id,
        )

    def _known_try(
        self, purpose: Purpose, origin: RequestOrigin, subject: str, account: Any
    ) -> CountedTry:
        if account.device:
            key = self._hash(purpose.name, "device", device_hash(origin.device).hex(), subject)
        else:
            # The counter that there was before the network was known.
            key = self._hash(purpose.name, "pair", origin.network, subject)
        return CountedTry(
            purpose=purpose,
            origin=origin,
            counters=(Counted("known", key, purpose.known or purpose.limits()[0][1]),),
            account_id=account.account_id,
            known=True,
        )

    async def _known(self, session: AsyncSession, origin: RequestOrigin, subject: str) -> Any:
        rows = await session.execute(
            _KNOWN_ORIGIN,
            {
                "subject": subject,
                "device": device_hash(origin.device),
                "network": self._network_hash(origin),
                "days": KNOWN_NETWORK_DAYS,
            },
        )
        return rows.one_or_none()

    async def _count(self, session: AsyncSession, counted: CountedTry) -> None:
        counts = await _locked(session, [each.key for each in counted.counters])
        now = max((now for _, now in counts.values()), default=None)
        if now is None:
            return
        # They may have been blocked since they were looked at.
        blocked = [count.blocked_until for count, _ in counts.values() if count.blocked_until]
        _refuse_while_blocked(counted.purpose, max(blocked, default=None), now)
        new = {each.key: after_try(each.limit, *counts[each.key]) for each in counted.counters}
        await _write(session, new)
        for each in counted.counters:
            if new[each.key].blocked_until is not None:
                await self._say_blocked(session, counted, each.what)

    async def _say_blocked(self, session: AsyncSession, counted: CountedTry, what: str) -> None:
        """One entry for each block, and a block ends: nobody fills the trail with tries."""
        self.blocks[counted.purpose.name, what] += 1
        log.warning("tries_blocked", purpose=counted.purpose.name, counter=what)
        await record(
            session,
            actor_id=None,
            actor_role=STRANGER,
            action="tries.blocked",
            subject_id=None if what == "network" else counted.account_id,
            details={"purpose": counted.purpose.name, "counter": what},
        )

    async def _remember(
        self, session: AsyncSession, origin: RequestOrigin, account_id: UUID, device: str | None
    ) -> None:
        hashes = {"network": self._network_hash(origin)}
        if device is not None:
            hashes["device"] = device_hash(device)
        await session.execute(
            _REMEMBER_ORIGIN,
            {
                "account_id": account_id,
                "kinds": list(hashes),
                "hashes": list(hashes.values()),
            },
        )
        await session.execute(_FORGET_ORIGINS, {"account_id": account_id, "most": MOST_KNOWN})

    def _network_hash(self, origin: RequestOrigin) -> bytes:
        return self._hash("known network", origin.network)

    def _hash(self, *parts: str) -> bytes:
        """Keyed: addresses and logins are few enough to be tried out otherwise. What people type
        stands last, so that no two lists of parts are the same text.
        """
        return hmac.digest(self._key, "\x1f".join(parts).encode(errors="replace"), hashlib.sha256)[
            :16
        ]


def fresh_device() -> str:
    """The secret of a device cookie: 256 random bits, of which the hash is stored."""
    return secrets.token_urlsafe(32)


def device_hash(device: str | None) -> bytes:
    """What is stored of a device; of none it is a hash that no device has."""
    return hashlib.sha256((device or "").encode()).digest()


def _refuse_while_blocked(purpose: Purpose, blocked_until: datetime | None, now: datetime) -> None:
    wait = (blocked_until or now) - now
    if wait <= timedelta():
        return
    seconds = math.ceil(wait.total_seconds())
    raise _too_many(purpose, seconds, math.ceil(seconds / 60))


def _too_many(purpose: Purpose, seconds: int, minutes: int) -> TooMany:
    if purpose is not SIGN_IN:
        error = field_error("", "too_many_tries", minutes=minutes)
        return TooMany("too_many_tries", errors=[error], retry_after_s=seconds, minutes=minutes)
    error = field_error("", "too_many_tries", text="too_many_sign_ins", minutes=minutes)
    return TooMany(
        "too_many_tries",
        text="too_many_sign_ins",
        errors=[error],
        retry_after_s=seconds,
        minutes=minutes,
    )


async def _locked(
    session: AsyncSession, keys: Sequence[bytes]
) -> dict[bytes, tuple[Count, datetime]]:
    """Each counter and the database's clock, held until the transaction ends."""
    rows = await session.execute(_LOCK_COUNTS, {"keys": list(keys)})
    return {row.key: (Count(row.empty_at, row.blocked_until), row.now) for row in rows}


async def _write(session: AsyncSession, counts: dict[bytes, Count]) -> None:
    await session.execute(
        _WRITE_COUNTS,
        {
            "keys": list(counts),
            "empty_at": [count.empty_at for count in counts.values()],
            "blocked_until": [count.blocked_until for count in counts.values()],
        },
    )
