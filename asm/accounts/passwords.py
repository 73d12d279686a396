"""Passwords as argon2id hashes. Hashing takes tens of milliseconds of CPU: it runs off the loop, in
threads of its own, so that a crowd at the door takes no more than its share of the processor, and
nothing else that waits for a thread waits behind it.
"""

import asyncio
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from asm.accounts.demo_passwords import DEMO_PASSWORDS
from asm.errors import RETRY_AFTER_S, Invalid, Unavailable, field_error

#: 19 MiB and two passes: the OWASP minimum, so that a queue of sign-ins fits a small machine. They
#: are part of each name's hash too (decision 37): whoever raises them has both computed until all
#: who sign in by a name have done so.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
MIN_LENGTH = 12
#: Nobody types more; hashing must not be made to take long.
MAX_LENGTH: Final = 512
#: NUL, and half of a letter: what is left of one that was sent in another encoding.
_NO_SIGN: Final = re.compile(r"[\x00\ud800-\udfff]")
#: How much of a row of passwords to be hashed one account that is known, and one network, may hold:
#: nobody fills it alone.
_SHARE_OF_ACCOUNT: Final = 8
_SHARE_OF_NETWORK: Final = 24
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
_PUBLIC: Final = _COMMON | frozenset(DEMO_PASSWORDS.values())
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


def share_of_network(network: str) -> dict[str, int]:
    """For `shares` of what is hashed for somebody in a network."""
    return {f"network {network}": _SHARE_OF_NETWORK}


def share_of_account(account_id: UUID) -> dict[str, int]:
    """For `shares` of what is hashed for an account that is known."""
    return {f"account {account_id}": _SHARE_OF_ACCOUNT}


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """For whom something is hashed. `known`: in the row of who comes from where they are known, or
    is signed in; `shares`: as `HashQueue.run` has them. A command on the server itself has none.
    """

    known: bool = False
    shares: Mapping[str, int] = MappingProxyType({})

    @property
    def queue(self) -> HashQueue:
        return _KNOWN if self.known else _STRANGERS


def turn_in_network(network: str) -> Turn:
    """Of who proved nothing yet."""
    return Turn(shares=share_of_network(network))


def turn_of_account(account_id: UUID) -> Turn:
    """Of who is signed in."""
    return Turn(known=True, shares=share_of_account(account_id))


def password_errors(password: str, names: Collection[str] = ()) -> list[dict[str, Any]]:
    """What speaks against it, as entries of `errors`: under 12 characters, or what everybody tries
    first. `names`: what others know of the person (login, name, address). Length is the only
    demand on what it holds (NIST SP 800-63B, 5.1.1.2).
    """
    bare = password.strip().lower()
    # No form sends these: nobody could sign in with it.
    if _NO_SIGN.search(password):
        return [field_error("/password", "text_unreadable")]
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
    if is_one_of(password, names):
        return [field_error("/password", "password_is_known")]
    if bare in _PUBLIC or _repeats(bare) or _counts(bare):
        return [field_error("/password", "password_common")]
    return []


def is_one_of(password: str, names: Collection[str]) -> bool:
    """Whether the password is what others know of the person."""
    return password.strip().lower() in {name.strip().lower() for name in names}


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
    """The argon2id hash in PHC form, for a command on the server itself. Raises as `check_strength`
    does.
    """
    check_strength(password, names)
    return await hash_unchecked(password, Turn())


async def hash_unchecked(password: str, turn: Turn) -> str:
    """The same for a password that was checked, or is somebody's already. It may wait for its turn:
    a web request holds no connection meanwhile. Raises Unavailable when too many wait.
    """
    return await turn.queue.run(HASHER.hash, password, shares=turn.shares)


async def password_matches(stored: str | None, password: str, turn: Turn) -> bool:
    """Compare in constant work; `stored` None stands for an unknown login. It waits and raises as
    `hash_unchecked` does.
    """
    return await turn.queue.run(_matches, stored, password, shares=turn.shares)


async def hash_for_name(password: str, salt: bytes, turn: Turn) -> str:
    """The argon2id hash with the salt of a name (`asm.accounts.own.named`). It waits and raises as
    `hash_unchecked` does.
    """
    return await turn.queue.run(_salted, password, salt, shares=turn.shares)


class ToCompare(msgspec.Struct, frozen=True, kw_only=True):
    """What a password is compared with. `stored`: of the account whose login was typed, None for
    nobody's; `salt`: of the name that was typed. `known_login`: that account is known here;
    `known_names`: hashes of accounts that are known here and have the name.
    """

    stored: str | None
    salt: bytes
    known_login: bool = False
    known_names: frozenset[str] = frozenset()

    @property
    def known(self) -> bool:
        """Whether whoever tries comes from where one of them has been."""
        return self.known_login or bool(self.known_names)


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it is the password of the login, and the hash by which accounts of the name are
    found. None: that was not looked at.
    """

    by_login: bool | None
    name_hash: str | None


async def compare(wanted: ToCompare, password: str, *, shares: Mapping[str, int]) -> Compared:
    """It costs two hashes, whoever has login and name: only who is known is found by the first, if
    it is theirs. `shares`: as `HashQueue.run` has them; it waits and raises as `hash_unchecked`.
    """
    return await (_KNOWN if wanted.known else _STRANGERS).run(
        _compare, wanted, password, shares=shares
    )


def _compare(wanted: ToCompare, password: str) -> Compared:
    if wanted.known_names and not wanted.known_login:
        name_hash = _salted(password, wanted.salt)
        at_once = name_hash in wanted.known_names
        by_login = None if at_once else _matches(wanted.stored, password)
        return Compared(by_login=by_login, name_hash=name_hash)
    by_login = _matches(wanted.stored, password)
    if by_login and wanted.known_login:
        return Compared(by_login=True, name_hash=None)
    return Compared(by_login=by_login, name_hash=_salted(password, wanted.salt))


def _salted(password: str, salt: bytes) -> str:
    hashed = HASHER.hash(password[:MAX_LENGTH], salt=salt)
    return hashed if len(password) <= MAX_LENGTH else ""


def _matches(stored: str | None, password: str) -> bool:
    comparable = stored not in {None, NO_PASSWORD} and len(password) <= MAX_LENGTH
    try:
        HASHER.verify(stored if comparable and stored else _DECOY_HASH, password[:MAX_LENGTH])
    except VerifyMismatchError:
        return False
    return comparable
