"""From the code that somebody types to what it is spent on.

1. `hold_code`: the code is right and alive; this browser now holds it, any other no longer does.
2. `held_code`: what it is for, which the page then says and asks.
3. `spend_code`: in the transaction that does it. A form with a mistake spends nothing; of two
   forms sent at once the second finds the code used.
"""

import secrets
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.codes.code_keys import CodeKeys
from asm.accounts.codes.code_text import read_code
from asm.accounts.codes.issue import Purpose
from asm.accounts.login import token_hash
from asm.accounts.roles import Role
from asm.errors import Conflict, Invalid, invalid_field

#: How long a browser may fill in the form that a code opened.
HOLD_MINUTES: Final = 30
_HOLD = text("SELECT hold_code(CAST(:hashes AS bytea[]), :holder, :minutes)")
_HELD = text("SELECT * FROM held_code(:holder)")
_SPEND = text("SELECT spend_code(:holder, :spender)")


class HeldCode(msgspec.Struct, frozen=True, kw_only=True):
    """A living code in the hands of one browser. `login` and `account_name`: whose password it
    sets; `ward_code`: the ward whose officer handed it out.
    """

    id: UUID
    purpose: Purpose
    account_id: UUID | None
    login: str | None
    account_name: str | None
    facility_id: UUID
    ward_code: str | None
    role: Role | None
    owner: bool
    display_name: str | None

    @property
    def sets_password(self) -> bool:
        """Whether it is for an account that there is."""
        return self.purpose in {"first_password", "reset_password"}


def code_wrong() -> Invalid:
    """The one refusal of a code that is wrong, used, withdrawn or too old."""
    return invalid_field("/code", "code_wrong")


async def hold_code(session: AsyncSession, keys: CodeKeys, typed: str) -> str:
    """The secret by which this browser holds the code from now on. Raises Invalid `code_wrong`."""
    code = read_code(typed)
    if code is None:
        raise code_wrong()
    holder = secrets.token_urlsafe(32)
    held = await session.execute(
        _HOLD,
        {
            "hashes": keys.hashes_of(code),
            "holder": token_hash(holder),
            "minutes": HOLD_MINUTES,
        },
    )
    if held.scalar_one_or_none() is None:
        raise code_wrong()
    return holder


async def held_code(session: AsyncSession, holder: str) -> HeldCode | None:
    """What the code is for that this browser holds; None when it holds none that lives."""
    rows = await session.execute(_HELD, {"holder": token_hash(holder)})
    row = rows.mappings().one_or_none()
    return None if row is None else msgspec.convert(row, HeldCode)


async def spend_code(session: AsyncSession, holder: str, spender: UUID) -> None:
    """Use the code up for `spender`. Raises Conflict `code_used` when it was used meanwhile."""
    done = await session.execute(_SPEND, {"holder": token_hash(holder), "spender": spender})
    if done.scalar_one_or_none() is None:
        raise Conflict("code_used")
