"""What software may not do."""

from sqlalchemy import select

from asm.accounts.access import Scope
from asm.accounts.roles import HOTEL_SYSTEM
from asm.errors import NotAllowed
from asm.facilities.software.model import software_client


async def refuse_software(scope: Scope) -> None:
    """Software declares; who works where, what a facility is and where messages go stays with
    people. Raises NotAllowed.
    """
    if scope.actor.role != HOTEL_SYSTEM:
        return
    own = await scope.session.execute(
        select(software_client.c.account_id).where(software_client.c.account_id == scope.actor.id)
    )
    if own.first() is not None:
        raise NotAllowed("role_not_allowed")
