"""The database's own roles, and acting as one of them. Accounts have roles of another kind
(`asm.accounts.roles`).
"""

from enum import StrEnum
from typing import Final

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession


class DatabaseRole(StrEnum):
    """Made by the migrations, which write the names themselves: they import nothing."""

    #: Owns every table and function; nobody signs in as it.
    OWNER = "asm_owner"
    #: The login of the web processes, behind row-level security.
    API = "asm_api"
    #: The login of the workers.
    WORKER = "asm_worker"
    #: Changes keys, and wards when areas change; the owner acts as it for a transaction.
    KEEPER = "asm_keeper"


# SET LOCAL ROLE, but with a parameter.
_ACT_AS: Final = text("SELECT set_config('role', :role, true)")


def acting_as(role: DatabaseRole) -> TextClause:
    """The statement of `act_as`, for who has a plain connection."""
    return _ACT_AS.bindparams(role=role.value)


async def act_as(session: AsyncSession, role: DatabaseRole) -> None:
    """Act as `role` until the transaction ends. Fails for who is no member of it."""
    await session.execute(acting_as(role))
