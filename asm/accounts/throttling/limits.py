"""How many tries are free, and how long to wait after them. Pure: the clock is passed in.

A counter is one moment, `empty_at`: each try moves it on by `forgotten_after`, and time catches up
with it, so that old tries are forgotten one by one and a steady trickle of slips behind a shared
address stops nobody.
"""

import math
from datetime import datetime, timedelta
from typing import Final

import msgspec


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """`free` tries, then waits that double from `first_wait` up to `longest_wait`; one try is
    forgotten after each `forgotten_after`.
    """

    free: int
    forgotten_after: timedelta
    first_wait: timedelta = timedelta(seconds=15)
    longest_wait: timedelta = timedelta(minutes=15)


class Count(msgspec.Struct, frozen=True):
    """A counter as it stands: empty from `empty_at` on; nothing is let through before
    `blocked_until`.
    """

    empty_at: datetime
    blocked_until: datetime | None = None


def after_try(limit: Limit, count: Count, now: datetime) -> Count:
    """The counter with one more try at `now`, which was let through."""
    empty_at = max(count.empty_at, now) + limit.forgotten_after
    beyond = _tries(limit, empty_at, now) - limit.free
    if beyond < 0:
        return Count(empty_at)
    doublings = min(beyond, 20)  # beyond any longest wait, and no huge number
    return Count(empty_at, now + min(limit.first_wait * 2**doublings, limit.longest_wait))


def taken_back(limit: Limit, count: Count, now: datetime) -> Count:
    """The counter without one of its tries: it turned out right."""
    empty_at = count.empty_at - limit.forgotten_after
    return Count(
        empty_at, count.blocked_until if _tries(limit, empty_at, now) >= limit.free else None
    )


def _tries(limit: Limit, empty_at: datetime, now: datetime) -> int:
    return math.ceil((empty_at - now) / limit.forgotten_after)


class Purpose(msgspec.Struct, frozen=True, kw_only=True):
    """What is tried, and what of it is counted: by network, by network and subject (a login, a
    code), by subject wherever it is tried. A sign-in is counted by account as well (KNOWN, RIGHT).
    """

    name: str
    network: Limit | None = None
    pair: Limit | None = None
    subject: Limit | None = None

    def limits(self) -> list[tuple[str, Limit]]:
        """What is counted of a try from anywhere, with the limit of each."""
        each = (("network", self.network), ("pair", self.pair), ("subject", self.subject))
        return [(what, limit) for what, limit in each if limit is not None]


_A_MINUTE: Final = timedelta(minutes=1)
#: A network may be a whole hotel, or thousands of phones behind one address of their provider.
_SHARED: Final = Limit(free=60, forgotten_after=_A_MINUTE)
_ONE_PERSON: Final = Limit(free=5, forgotten_after=15 * _A_MINUTE)

#: A try from a device or network that is known of the account.
KNOWN: Final = Limit(free=10, forgotten_after=5 * _A_MINUTE)
#: Sign-ins that were right: software that signs in for each guest still gets on.
RIGHT: Final = Limit(free=100, forgotten_after=timedelta(seconds=10), longest_wait=_A_MINUTE)
#: Whatever checks a password; the subject is the name that was typed.
SIGN_IN: Final = Purpose(
    name="sign_in",
    network=_SHARED,
    pair=_ONE_PERSON,
    subject=Limit(free=50, forgotten_after=15 * _A_MINUTE),
)
#: Answers of passkeys that prove nothing, by network: nobody guesses a signature.
PASSKEY: Final = Purpose(name="passkey", network=_SHARED)
#: Opening an account: each one counts, also those that succeed.
SIGN_UP: Final = Purpose(name="sign_up", network=_SHARED)
#: Using a one-time code or an invitation; the subject is the link that led there. Nobody guesses 60
#: bits, so tries from elsewhere block no link: whoever has it would keep out whom it is for.
CODE: Final = Purpose(name="code", network=_SHARED, pair=_ONE_PERSON)
#: A citizen's sign-in by a receipt; the subject is the receipt, wherever it is tried: who found one
#: must not try out whose it is.
CITIZEN: Final = Purpose(
    name="citizen",
    network=_SHARED,
    pair=_ONE_PERSON,
    subject=Limit(free=20, forgotten_after=15 * _A_MINUTE),
)
#: Coming back from the identity provider, which is asked each time: what does not fit counts.
CITIZEN_BACK: Final = Purpose(name="citizen_back", network=_SHARED)
#: The same for hosts.
IDENTITY_BACK: Final = Purpose(name="identity_back", network=_SHARED)
#: The form that a code opened, which the browser holds: a weak password spends no code.
CODE_FORM: Final = Purpose(name="code_form", subject=Limit(free=20, forgotten_after=3 * _A_MINUTE))
#: Asking for a way back in, from one network.
ASKS: Final = Purpose(name="forgotten_password", network=_SHARED)
#: The same for one login: each request counts, so that nobody's mailbox is flooded. Beyond it the
#: answer stays as it was, and nothing is sent.
MAILED_TO: Final = Purpose(
    name="password_asked_for",
    subject=Limit(
        free=3,
        forgotten_after=20 * _A_MINUTE,
        first_wait=20 * _A_MINUTE,
        longest_wait=60 * _A_MINUTE,
    ),
)
#: The own password at a screen where somebody is signed in: one that was left open must not be a
#: place to guess.
AT_SCREEN: Final = Purpose(name="at_screen", subject=Limit(free=10, forgotten_after=5 * _A_MINUTE))
#: Wrong secrets of software. What is right passes all the same: nobody guesses 256 random bits.
CLIENT_SECRET: Final = Purpose(name="client_secret", network=_SHARED, pair=_ONE_PERSON)
#: Wrong codes, refresh tokens and verifiers of phones. What is right passes all the same, as above.
DEVICE_SECRET: Final = Purpose(name="device_secret", network=_SHARED)
#: Tokens of a phone, by the key that it proves: one lasts ten minutes.
DEVICE_TOKEN: Final = Purpose(
    name="device_token",
    subject=Limit(free=60, forgotten_after=_A_MINUTE, longest_wait=_A_MINUTE),
)
#: Codes that sign a phone in, of one account.
DEVICE_CODE: Final = Purpose(
    name="device_code",
    subject=Limit(free=30, forgotten_after=_A_MINUTE, longest_wait=_A_MINUTE),
)
#: Access tokens of a client: one lasts an hour, and software that asks for one each time still
#: gets on. Each one counts, so that the trail is not filled with them.
CLIENT_TOKEN: Final = Purpose(
    name="client_token",
    subject=Limit(
        free=300,
        forgotten_after=timedelta(seconds=10),
        longest_wait=_A_MINUTE,
    ),
)
