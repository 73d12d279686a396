"""Who works for a facility."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from asm.accounts.access import Scope
from asm.accounts.model import account, membership
from asm.accounts.roles import HOST_ROLES
from asm.errors import invalid_field
from asm.facilities.facility_trail import record_deed
from asm.facilities.scope import facility_in_scope, require_member


async def add_member(scope: Scope, facility_id: UUID, login: str) -> UUID:
    """Let another host account declare for a facility; adding twice is no error. Returns its id.

    Raises not_found, NotAllowed or Invalid `login_unknown` (no such host account, or disabled).
    """
    facility = await facility_in_scope(scope, facility_id)
    require_member(scope.actor, facility)
    rows = await scope.session.execute(
        select(account.c.id).where(
            account.c.login == login.strip().lower(),
            account.c.role.in_(HOST_ROLES),
            account.c.disabled_at.is_(None),
        )
    )
    account_id: UUID | None = rows.scalar_one_or_none()
    if account_id is None:
        raise invalid_field("/login", "login_unknown")
    await scope.session.execute(
        insert(membership)
        .values(facility_id=facility.id, account_id=account_id)
        .on_conflict_do_nothing()
    )
    await record_deed(scope, "member.added", facility, subject_id=account_id)
    return account_id
