"""Passwords as argon2id hashes. Hashing takes tens of milliseconds of CPU: it runs off the loop, in
threads of its own, so that a crowd at the door takes no more than its share of the processor, and
nothing else that waits for a thread waits behind it.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from asm.errors import RETRY_AFTER_S, Invalid, Unavailable, field_error

#: 19 MiB and two passes: the OWASP minimum, so that a queue of sign-ins fits a small machine.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
MIN_LENGTH = 12
#: Nobody types more; hashing must not be made to take long.
MAX_LENGTH: Final = 512
#: Accounts that may be signed in to by one name: a wrong password is compared as often each time,
#: so that the time it takes does not tell how many there are, or whether there is any.
MOST_SHARING: Final = 3
#: The commonest that are long enough, in small letters; what only repeats or counts on is refused
#: by itself. Patterns of published lists of leaked passwords, and the Vietnamese of the same.
_COMMON: Final = frozenset({
    "password1234", "password12345", "password123456", "passwordpassword", "mypassword123",
    "p@ssw0rd1234", "matkhau12345", "matkhau123456", "matkhaumatkhau", "matkhau@1234",
    "khongbietmatkhau", "khongcomatkhau", "qwertyuiop12", "qwertyuiop123", "qwertyuiop[]",
    "1q2w3e4r5t6y", "1qaz2wsx3edc", "q1w2e3r4t5y6", "asdfghjkl123", "iloveyou1234",
    "anhyeuem1234", "anhyeuem123456", "emyeuanh1234", "letmein12345", "welcome12345",
    "admin1234567", "adminadmin123", "khachsan1234", "khachsan123456",
    "nhanghi123456", "vietnam12345", "vietnam123456",
})  # fmt: skip
#: Stands where a hash would of an account that has no password: nothing matches it.
NO_PASSWORD: Final = "!"  # noqa: S105 -- of no account's: it says that there is none
#: Checked when the login is unknown, so that unknown and known logins take the same time.
_DECOY_HASH = HASHER.hash("nobody-has-this-password")

_Result = TypeVar("_Result")


class HashQueue:
    """A few threads that hash, and a row of bounded length before them, in which nobody takes more
    than their share.
    """

    def __init__(self, name: str, *, threads: int, most: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._most = most
        self._waiting = 0
        self._held: Counter[str] = Counter()

    async def run(
        self,
        work: Callable[..., _Result],
        *given: object,
        shares: Mapping[str, int] = MappingProxyType({}),
    ) -> _Result:
        """What `work` returns. `shares`: for whom it is, and how many places each of them may hold
        at once. Raises Unavailable when the row, or such a share of it, is full.
        """
        crowded = any(self._held[who] >= most for who, most in shares.items())
        if crowded or self._waiting >= self._most:
            raise Unavailable("try_again", retry_after_s=RETRY_AFTER_S)
        self._waiting += 1
        self._held.update(shares.keys())
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)
        finally:
            self._waiting -= 1
            self._held.subtract(shares.keys())
            self._held = +self._held  # who waits no more is not remembered


_THREADS: Final = max(1, (os.cpu_count() or 1) // 2)
#: Who comes from a device or network that is known of the account does not wait behind strangers.
_STRANGERS: Final = HashQueue("hash", threads=_THREADS, most=100)
_KNOWN: Final = HashQueue("hash-known", threads=_THREADS, most=100)


def password_errors(password: str, names: Collection[str] = ()) -> list[dict[str, Any]]:
    """What speaks against it, as entries of `errors`: under 12 characters, or what everybody tries
    first. `names`: what others know of the person (login, name, address). Length is the only
    demand on what it holds (NIST SP 800-63B, 5.1.1.2).
    """
    bare = password.strip().lower()
    if len(password) < MIN_LENGTH:
        return [
            field_error(
                "/password",
                "password_too_short",
                text="password_too_short:field",
                least=MIN_LENGTH,
            )
        ]
    if len(password) > MAX_LENGTH:
        return [field_error("/password", "password_too_long", most=MAX_LENGTH)]
    if bare in {name.strip().lower() for name in names}:
        return [field_error("/password", "password_is_known")]
    if bare in _COMMON or _repeats(bare) or _counts(bare):
        return [field_error("/password", "password_common")]
    return []


def check_strength(password: str, names: Collection[str] = ()) -> None:
    """Raises Invalid for what `password_errors` says."""
    errors = password_errors(password, names)
    if not errors:
        return
    if errors[0]["code"] == "password_too_short":
        raise Invalid("password_too_short", errors=errors)
    raise Invalid("password_weak", errors=errors)


def _repeats(bare: str) -> bool:
    """Whether it is one to four signs over and over."""
    return any((bare[:size] * len(bare))[: len(bare)] == bare for size in range(1, 5))


def _counts(bare: str) -> bool:
    """Whether each sign follows the one before: 123456789012, abcdefghijkl, zyxwvutsrqpo."""
    steps = {ord(after) - ord(before) for before, after in pairwise(bare)}
    if bare.isdigit():
        steps = {step % 10 for step in steps}
    return steps in ({1}, {-1}, {9})


async def hash_password(password: str, names: Collection[str] = ()) -> str:
    """The argon2id hash in PHC form. Raises as `check_strength` does."""
    check_strength(password, names)
    return await _STRANGERS.run(HASHER.hash, password)


async def password_matches(stored: str | None, password: str, *, known: bool = False) -> bool:
    """Compare in constant work; `stored` None stands for an unknown login. `known`: from a device
    or network that is known of the account. Raises Unavailable when too many wait.
    """
    return await (_KNOWN if known else _STRANGERS).run(_matches, stored, password)


async def first_match(
    stored: Sequence[str], password: str, *, known: bool = False, shares: Mapping[str, int]
) -> int | None:
    """Which of these hashes is the password's. It costs MOST_SHARING comparisons, however many
    there are to compare with and whichever it is: only the first of who is `known` is found at
    once. `shares`: as `HashQueue.run` has them; what it raises: as `password_matches`.
    """
    return await (_KNOWN if known else _STRANGERS).run(
        _first_match, stored[:MOST_SHARING], password, known, shares=shares
    )


def _first_match(stored: Sequence[str], password: str, known: bool) -> int | None:  # noqa: FBT001 -- run by position
    match, compared = None, 0
    for number, one_hash in enumerate(stored):
        compared += 1
        if _matches(one_hash, password):
            match = number
            break
    if match == 0 and known:
        return match
    for _ in range(MOST_SHARING - compared):
        _matches(None, password)
    return match


def _matches(stored: str | None, password: str) -> bool:
    comparable = stored not in {None, NO_PASSWORD} and len(password) <= MAX_LENGTH
    try:
        HASHER.verify(stored if comparable and stored else _DECOY_HASH, password[:MAX_LENGTH])
    except VerifyMismatchError:
        return False
    return comparable
