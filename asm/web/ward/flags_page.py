"""What the pages of a ward share: whose ward it is, and what the macros of flags need."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor, require_role
from asm.accounts.roles import WARD_OFFICER
from asm.checks.flags.ward_flags import FlagView
from asm.checks.registry import BY_ID
from asm.errors import not_found
from asm.geo.areas.wards import names_of_wards
from asm.imports.all_rules import PUBLISHED

#: What the macros of flags need besides the flags.
FLAG_CONTEXT: dict[str, Any] = {"checks": BY_ID, "rules": {rule.id: rule for rule in PUBLISHED}}


async def ward_names(session: AsyncSession, flags: Sequence[FlagView]) -> dict[str, str]:
    """The names of the other wards that flags speak of."""
    codes = {code for flag in flags if (code := flag.evidence.get("other_ward_code"))}
    return await names_of_wards(session, codes)


def own_ward(actor: Actor) -> str:
    """The officer's own ward. Raises for everyone else."""
    require_role(actor, WARD_OFFICER)
    if actor.ward_code is None:
        raise not_found("ward")
    return actor.ward_code
