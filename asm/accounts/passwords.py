"""Passwords as argon2id hashes. Hashing takes tens of milliseconds of CPU: it runs off the loop."""

import asyncio

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from asm.errors import Invalid, field_error

#: 19 MiB and two passes: the OWASP minimum, so that a queue of sign-ins fits a small machine.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
MIN_LENGTH = 12
#: Checked when the login is unknown, so that unknown and known logins take the same time.
_DECOY_HASH = HASHER.hash("nobody-has-this-password")


def check_strength(password: str) -> None:
    """Refuse passwords shorter than 12 characters; length is the only demand (NIST SP 800-63B)."""
    if len(password) < MIN_LENGTH:
        raise Invalid(
            "password_too_short",
            errors=[
                field_error(
                    "/password",
                    "password_too_short",
                    text="password_too_short:field",
                    least=MIN_LENGTH,
                )
            ],
        )


async def hash_password(password: str) -> str:
    """The argon2id hash in PHC form."""
    check_strength(password)
    return await asyncio.to_thread(HASHER.hash, password)


async def password_matches(stored: str | None, password: str) -> bool:
    """Compare in constant work; `stored` None stands for an unknown login."""
    return await asyncio.to_thread(_matches, stored, password)


def _matches(stored: str | None, password: str) -> bool:
    try:
        HASHER.verify(stored or _DECOY_HASH, password)
    except VerifyMismatchError:
        return False
    return stored is not None
