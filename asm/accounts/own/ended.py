"""Whose sign-ins a transaction ended, or whose work for a house: so that the process in which it
happened forgets it as soon as it is committed (`asm.accounts.known_hosts`).
"""

from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

_KEY: Final = "asm_ended"


def note_ended(session: AsyncSession, *account_ids: UUID) -> None:
    """Something of these accounts ends with this transaction."""
    session.info.setdefault(_KEY, set()).update(account_ids)


def ended_in(session: AsyncSession) -> frozenset[UUID]:
    """The accounts that were noted."""
    return frozenset(session.info.get(_KEY, ()))
