"""Argon2 as the product uses it, worked out once for the same password and salt."""

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError


class RememberingHasher:
    """The answers of `real`, which depend on nothing but what is given: each takes thirty
    milliseconds of the processor, and most tests begin with the sign-in of the same few people.
    Servers in processes of their own, and tests of hashing itself, have the real one.
    """

    def __init__(self, real: PasswordHasher) -> None:
        self._real = real
        self._salted = lru_cache(maxsize=2000)(self._hash_salted)
        self._matches = lru_cache(maxsize=2000)(self._compare)

    def hash(self, password: str, *, salt: bytes | None = None) -> str:
        return self._real.hash(password) if salt is None else self._salted(password, salt)

    def verify(self, stored: str, password: str) -> bool:
        """Raises VerifyMismatchError when it is another password's."""
        if not self._matches(stored, password):
            raise VerifyMismatchError
        return True

    def _hash_salted(self, password: str, salt: bytes) -> str:
        return self._real.hash(password, salt=salt)

    def _compare(self, stored: str, password: str) -> bool:
        try:
            return self._real.verify(stored, password)
        except VerifyMismatchError:
            return False
