"""In which of their wards an officer works now. Row-level security always holds exactly one."""

from datetime import date

import msgspec
from sqlalchemy import func, select, update

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.model import web_session
from asm.accounts.roles import WARD_OFFICER
from asm.audit.trail import record
from asm.errors import not_found
from asm.geo.model import ward


class WardToChoose(msgspec.Struct, frozen=True, kw_only=True):
    """One of the officer's wards; `ended`: the first day on which it was no more; `current`: the
    one that they work in now.
    """

    code: str
    name: str
    ended: date | None
    current: bool


async def own_wards(scope: Scope) -> list[WardToChoose]:
    """The officer's wards, the account's own first. Raises NotAllowed for who is no ward's."""
    require_role(scope.actor, WARD_OFFICER)
    codes = list(scope.actor.ward_codes)
    rows = await scope.session.execute(
        select(ward.c.code, ward.c.name, ward.c.valid_to)
        .where(ward.c.code.in_(codes))
        .order_by(func.array_position(codes, ward.c.code))
    )
    return [
        WardToChoose(
            code=row.code,
            name=row.name,
            ended=row.valid_to,
            current=row.code == scope.actor.ward_code,
        )
        for row in rows
    ]


async def choose_ward(scope: Scope, session_hash: bytes, ward_code: str) -> None:
    """Work in another of one's wards from the next page on, in this browser alone. Raises
    NotAllowed, not_found (`ward`).
    """
    require_role(scope.actor, WARD_OFFICER)
    if ward_code not in scope.actor.ward_codes:
        raise not_found("ward")
    await scope.session.execute(
        update(web_session)
        .where(web_session.c.token_hash == session_hash, web_session.c.account_id == scope.actor.id)
        .values(ward_code=ward_code)
    )
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action="officer.ward_chosen",
        ward_code=ward_code,
    )
