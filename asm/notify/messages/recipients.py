"""Whom a message about a facility or a ward is for."""

from collections.abc import Collection, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select, union
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.model import account, membership, officer_ward
from asm.accounts.roles import ADMINISTRATOR, HOST_ROLES, WARD_OFFICER
from asm.notify.messages.write_messages import Recipient

GroupKey = TypeVar("GroupKey", UUID, str)


async def people_of(
    session: AsyncSession, facilities: Collection[UUID]
) -> dict[UUID, list[Recipient]]:
    """The accounts that may declare for each facility, without disabled ones."""
    rows = await session.execute(
        select(membership.c.facility_id, account.c.id, account.c.role)
        .join(account, account.c.id == membership.c.account_id)
        .where(
            membership.c.facility_id.in_(facilities),
            account.c.disabled_at.is_(None),
            account.c.role.in_(HOST_ROLES),
        )
        .order_by(membership.c.facility_id, account.c.id)
    )
    return _grouped([(row.facility_id, row.id, row.role) for row in rows])


async def officers_of(session: AsyncSession, wards: Collection[str]) -> dict[str, list[Recipient]]:
    """The officers of each ward, without disabled accounts."""
    of_ward = union(
        select(account.c.id, account.c.ward_code),
        select(officer_ward.c.account_id, officer_ward.c.ward_code),
    ).subquery("of_ward")
    rows = await session.execute(
        select(of_ward.c.ward_code, account.c.id, account.c.role)
        .join(account, account.c.id == of_ward.c.id)
        .where(
            of_ward.c.ward_code.in_(wards),
            account.c.role == WARD_OFFICER,
            account.c.disabled_at.is_(None),
        )
        .order_by(of_ward.c.ward_code, account.c.id)
    )
    return _grouped([(row.ward_code, row.id, row.role) for row in rows])


async def administrators(session: AsyncSession) -> list[Recipient]:
    """All of them, without disabled accounts."""
    rows = await session.execute(
        select(account.c.id, account.c.role)
        .where(account.c.role == ADMINISTRATOR, account.c.disabled_at.is_(None))
        .order_by(account.c.id)
    )
    return [Recipient(account_id=row.id, role=row.role) for row in rows]


def _grouped(rows: Sequence[tuple[GroupKey, UUID, str]]) -> dict[GroupKey, list[Recipient]]:
    people: dict[GroupKey, list[Recipient]] = {}
    for key, account_id, role in rows:
        people.setdefault(key, []).append(Recipient(account_id=account_id, role=role))
    return people
