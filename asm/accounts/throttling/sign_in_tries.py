"""Tries to sign in by a password, so that nobody guesses, and nobody locks a house out by guessing.

    tried = await count_sign_in(throttle, origin, login)         # raises TooMany
    ... the slow look at the password: of `tried.login`, and of who has the name ...
    await sign_in_succeeded(throttle, tried, opened, device)     # or
    raise sign_in_refused(tried)

1. A name may mean any number of accounts. Strangers are counted by the name that they typed,
   whether nobody or many answer to it: no answer depends on who has the name.
2. From a device or network that is known of an account, tries are counted by that account and
   device (or network), where strangers do not reach. What is known of one account says nothing of
   another with the same name.
3. An account whose counter is blocked is not compared, as if it were not there.
4. A right password says something of its own account alone. What it was compared with in vain stays
   counted, of strangers also where nothing was: otherwise whoever opens an account under another's
   name has tries without end, or learns whether somebody older has the name.
"""

from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.throttling import counters
from asm.accounts.throttling.counters import Counted
from asm.accounts.throttling.known_origins import (
    Among,
    Meant,
    accounts_meant,
    device_hash,
    first_named,
    remember_origin,
)
from asm.accounts.throttling.limits import KNOWN, RIGHT, SIGN_IN
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle, seconds_and_minutes
from asm.errors import Refusal, TooMany, Unauthenticated, field_error

Waits = dict[bytes, timedelta]


class SignInTry(msgspec.Struct, frozen=True, kw_only=True):
    """A try that was let through. `login`: whose own login was typed; `here`: who is known here,
    a device before a network; `among`: whom of the name the password is not compared with; `own`:
    what was counted of those who are known; `shared`: of strangers; `wait`: until an account is
    compared again that is known here.
    """

    origin: RequestOrigin
    typed: str
    login: Meant | None
    here: tuple[Meant, ...]
    among: Among
    own: dict[UUID, Counted]
    shared: tuple[Counted, ...]
    wait: timedelta | None = None

    @property
    def counted(self) -> tuple[Counted, ...]:
        """All that this one try counts on."""
        return (*self.own.values(), *self.shared)


class RightPassword(msgspec.Struct, frozen=True, kw_only=True):
    """The account whose password it was. `at_once`: the others were not looked at."""

    account_id: UUID
    by_login: bool
    at_once: bool


async def count_sign_in(throttle: Throttle, origin: RequestOrigin, typed: str) -> SignInTry:
    """Count a try and let it through. Raises TooMany, with the wait, when nobody is left whom the
    password could be compared with: from where an account is known, by its own counter, else by
    those of the name.
    """
    async with throttle.sessions.begin() as session:
        meant = await accounts_meant(
            session, typed, device_hash(origin.device), throttle.network_hash(origin)
        )
        own = {
            each.account_id: _own_counter(throttle, origin, each) for each in meant if each.known
        }
        right = {each: _right_counter(throttle, each) for each in own}
        every = SignInTry(
            origin=origin,
            typed=typed,
            login=next((each for each in meant if each.by_login), None),
            here=tuple(sorted((m for m in meant if m.known), key=lambda each: not each.device)),
            among=Among(shut_out=frozenset(), strangers=True),
            own=own,
            shared=throttle.counters_of(SIGN_IN, origin, typed),
        )
        waits = await counters.waits(session, [*every.counted, *right.values()])
        tried = _let_through(every, right, waits)
        held = await counters.hold(session, tried.counted)
        # They may have been blocked since they were looked at.
        tried = _let_through(every, right, waits | counters.waits_of_held(held))
        owners = {counter.key: account_id for account_id, counter in own.items()}
        for each in await counters.count(session, held, tried.counted):
            whose = owners.get(each.key) or await _first_meant(session, every)
            await throttle.say_blocked(session, SIGN_IN, each.what, whose)
    return tried


async def sign_in_succeeded(
    throttle: Throttle, tried: SignInTry, opened: RightPassword, device: str | None
) -> None:
    """The password was this account's. The network of the try and the `device` that gets the cookie
    are known of the account from now on.
    """
    account_id = opened.account_id
    right = _right_counter(throttle, account_id)
    back = _taken_back(tried, opened)
    async with throttle.sessions.begin() as session:
        held = await counters.hold(session, [*back, right])
        await counters.take_back(session, held, back)
        for each in await counters.count(session, held, [right]):
            await throttle.say_blocked(session, SIGN_IN, each.what, account_id)
        if any(each.account_id == account_id and each.device for each in tried.here):
            await counters.forget(session, [tried.own[account_id]])
        await remember_origin(session, account_id, throttle.network_hash(tried.origin), device)


async def not_looked_at(throttle: Throttle, tried: SignInTry) -> None:
    """The password was compared with nothing: the try is taken back."""
    async with throttle.sessions.begin() as session:
        held = await counters.hold(session, tried.counted)
        await counters.take_back(session, held, tried.counted)


def sign_in_refused(tried: SignInTry) -> Refusal:
    """The answer to a password that opens none of the accounts it was compared with."""
    if tried.wait is not None:
        return _too_many(tried.wait)
    return Unauthenticated("sign_in_failed")


def _let_through(every: SignInTry, right: dict[UUID, Counted], waits: Waits) -> SignInTry:
    """What of a try is not blocked. Raises TooMany for nothing."""
    blocked = {
        account_id: max(
            waits.get(counter.key, timedelta()), waits.get(right[account_id].key, timedelta())
        )
        for account_id, counter in every.own.items()
    }
    known_waits = [wait for wait in blocked.values() if wait]
    shared_waits = [waits[each.key] for each in every.shared if each.key in waits]
    if blocked and len(known_waits) == len(blocked):
        raise _too_many(min(known_waits))
    if shared_waits and not blocked:
        raise _too_many(max(shared_waits))
    here = tuple(each for each in every.here if not blocked[each.account_id])
    strangers = not shared_waits
    login = every.login
    if login is not None and not (login in here or (strangers and not login.known)):
        login = None
    return msgspec.structs.replace(
        every,
        login=login,
        here=here,
        among=Among(
            shut_out=frozenset(each for each, wait in blocked.items() if wait),
            strangers=strangers,
        ),
        own={each.account_id: every.own[each.account_id] for each in here},
        shared=every.shared if strangers else (),
        wait=min(known_waits, default=None),
    )


def _taken_back(tried: SignInTry, opened: RightPassword) -> list[Counted]:
    """What the try was counted on, and was not compared with in vain."""
    # Found at once, by login or by name: who is meant in the other way was not looked at.
    unseen = [
        tried.own[each.account_id]
        for each in tried.here
        if opened.at_once and each.by_login != opened.by_login
    ]
    whose = next((each for each in tried.here if each.account_id == opened.account_id), None)
    if whose is not None:
        # Of a network others share the counter: their tries stay.
        own = [] if whose.device else [tried.own[whose.account_id]]
        return [*own, *(each for each in unseen if each not in own), *tried.shared]
    # A login is one account's; a name that hosts choose may be others'.
    return [each for each in tried.shared if opened.by_login or each.what == "network"]


async def _first_meant(session: AsyncSession, every: SignInTry) -> UUID | None:
    if every.login is not None:
        return every.login.account_id
    return await first_named(session, every.typed)


def _own_counter(throttle: Throttle, origin: RequestOrigin, account: Meant) -> Counted:
    where = device_hash(origin.device).hex() if account.device else origin.network
    kind = "known device" if account.device else "known network"
    key = throttle.hash(SIGN_IN.name, kind, str(account.account_id), where)
    return Counted("known", key, KNOWN)


def _right_counter(throttle: Throttle, account_id: UUID) -> Counted:
    return Counted("right", throttle.hash(SIGN_IN.name, "right", str(account_id)), RIGHT)


def _too_many(wait: timedelta) -> TooMany:
    seconds, minutes = seconds_and_minutes(wait)
    error = field_error("", "too_many_tries", text="too_many_sign_ins", minutes=minutes)
    return TooMany(
        "too_many_tries",
        text="too_many_sign_ins",
        errors=[error],
        retry_after_s=seconds,
        minutes=minutes,
    )
