"""The row that says which installation a database is: a real one, or the demo's."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.demo_passwords import DEMO_PASSWORDS
from asm.accounts.model import account
from asm.db.session import one_transaction
from asm.install.belonging.model import installation

Kind = Literal["real", "demo"]
#: The schema of before this table lives on beside newer code.
_KNOWN: Final = text(
    "SELECT coalesce(has_table_privilege(to_regclass('public.installation'), 'SELECT'), false)"
)


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """Which installation it is; `id` is chance, and of this database alone."""

    id: UUID
    kind: Kind
    made_at: datetime


async def read_installation(engine: AsyncEngine) -> Installation | None:
    """None where nobody has noted it: a schema before 0031, or a migration that broke off."""
    async with one_transaction(engine) as session:
        return await installation_in(session)


async def has_belonging(engine: AsyncEngine) -> bool:
    """Whether the schema has the tables that say whose database it is."""
    async with one_transaction(engine) as session:
        return await is_known_here(session)


async def installation_in(session: AsyncSession) -> Installation | None:
    """The same in a transaction that is there."""
    if not await is_known_here(session):
        return None
    row: Any = (await session.execute(select(installation))).one_or_none()
    return None if row is None else Installation(id=row.id, kind=row.kind, made_at=row.made_at)


async def is_known_here(session: AsyncSession) -> bool:
    """The same in a transaction that is there."""
    return bool((await session.execute(_KNOWN)).scalar_one())


async def note_installation(engine: AsyncEngine, kind: Kind | None = None) -> Installation:
    """Note which installation it is, unless that is known, and return what is noted. Without `kind`
    it is `demo` where the demo made the accounts, else `real`. The schema has the table.
    """
    async with one_transaction(engine) as session:
        wanted = kind or ("demo" if await _demo_made_it(session) else "real")
        await session.execute(
            insert(installation).values(only_row=True, kind=wanted).on_conflict_do_nothing()
        )
        noted = await installation_in(session)
    assert noted is not None  # noqa: S101 -- it was written a line ago; tells mypy
    return noted


async def become_demo(session: AsyncSession) -> None:
    """Note it as the demo's from now on, whatever stood there: `claim_for_demo` decides that."""
    statement = insert(installation).values(only_row=True, kind="demo")
    await session.execute(
        statement.on_conflict_do_update(index_elements=["only_row"], set_={"kind": "demo"})
    )


async def _demo_made_it(session: AsyncSession) -> bool:
    """Whether all of the demo's cast is there and nobody was before them. In a real installation
    that the demo was poured into, its administrator was there first.
    """
    ours = account.c.login.in_(DEMO_PASSWORDS)
    row = (
        await session.execute(
            select(
                func.count().filter(ours).label("cast_size"),
                func.min(account.c.created_at).filter(ours).label("first_of_cast"),
                func.min(account.c.created_at).filter(~ours).label("first_of_others"),
            )
        )
    ).one()
    if row.cast_size < len(DEMO_PASSWORDS):
        return False
    return row.first_of_others is None or row.first_of_cast < row.first_of_others
