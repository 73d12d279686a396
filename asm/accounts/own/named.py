"""A hash of name and password together, by which the account is found that has both.

Its salt is made of the name, and of chance that each installation has of its own. So one slow hash
of what was typed finds whoever has this name and this password, among any number who chose the
name: nobody takes another's place, and neither answer nor time depends on who else has it.
"""

import hashlib
from collections.abc import Collection

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.passwords import Turn, check_strength, hash_for_name, hash_unchecked

_SALT = text("SELECT salt FROM sign_in_salt")
_SALT_BYTES = 16


class Hashed(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of a password, always both at once: whoever finds `password_hash` unchanged
    knows that `name_hash` is, too. `name_hash`: None for an account without a name to sign in with.
    """

    password_hash: str
    name_hash: str | None

    def __repr__(self) -> str:
        return "Hashed(…)"


async def hash_with_salt(
    password: str,
    salt: bytes | None,
    turn: Turn,
    known: Collection[str] = (),
    *,
    fresh: bool = True,
) -> Hashed:
    """`salt`: by `salt_of_name`, which was read before, None without a name: no connection is held
    while this waits for its turn. `known`: what others know of the person. Raises Invalid for a
    `fresh` password that is weak, Unavailable.
    """
    if fresh:
        check_strength(password, known)
    return Hashed(
        password_hash=await hash_unchecked(password, turn),
        name_hash=None if salt is None else await hash_for_name(password, salt, turn),
    )


async def salt_of_name(session: AsyncSession, name: str) -> bytes:
    """16 bytes, the same for the same name, whether or not somebody has it."""
    salt: bytes = (await session.execute(_SALT)).scalar_one()
    return hashlib.sha256(salt + name.encode(errors="replace")).digest()[:_SALT_BYTES]
