"""Into which database the demo may go: one that it made, or an empty one that is named for it."""

from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.roles import DatabaseRole, act_as
from asm.db.session import one_transaction
from asm.errors import Misconfigured
from asm.install.belonging.installation import become_demo, installation_in
from asm.install.belonging.key_marks import WRONG, key_states

#: Names the empty database that the demo may take.
INTO: Final = "ASM_DEMO_INTO"
_NAME: Final = text("SELECT current_database()")
#: Whether ASM was migrated into it, and whether there are tables that are no extension's.
_TABLES: Final = text("""
SELECT to_regclass('public.alembic_version') IS NOT NULL AS ours,
       EXISTS (
         SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
         WHERE relkind IN ('r', 'p') AND nspname NOT IN ('pg_catalog', 'information_schema')
           AND nspname NOT LIKE 'pg_toast%' AND NOT EXISTS (
             SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e'
           )
       ) AS has_tables
""")
_HAS_TABLE: Final = text("SELECT to_regclass(:name) IS NOT NULL")
#: Of the first schema on. No account is ever removed, and without one there is no facility.
_ACCOUNTS: Final = text("SELECT EXISTS (SELECT FROM account)")
_STAYS: Final = text("SELECT EXISTS (SELECT FROM facility) OR EXISTS (SELECT FROM stay)")


class _Contents(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: str | None
    used: bool


async def claim_for_demo(engine: AsyncEngine, into: str) -> None:
    """Note the migrated database as the demo's. Harmless where it is that already.

    Raises Misconfigured, having done nothing, when it holds what the demo did not make, or is empty
    and `into` is not its name. `engine`: the owner's.
    """
    async with one_transaction(engine) as session:
        contents = await _contents(session)
    _refuse(contents, into)
    async with one_transaction(engine) as session:
        await become_demo(session)


async def require_for_trial(
    engine: AsyncEngine, folder: Path, into: str, *, with_demo: bool
) -> None:
    """Before anything is done to a database that somebody named for a trial: that it is the demo's,
    or was made by a trial with these key files, or is empty and named by `into`. Reads only.

    Raises Misconfigured as `claim_for_demo` does.
    """
    async with one_transaction(engine) as session:
        contents = await _contents(session)
        if contents.kind == "real" and not with_demo:
            states = set((await key_states(session, folder)).values())
            if "ok" in states and not states & WRONG:
                return
    _refuse(contents, into)


def _refuse(contents: _Contents, into: str) -> None:
    if contents.kind == "demo":
        return
    if contents.used:
        raise Misconfigured("demo_into_real", database=contents.name)
    if into != contents.name:
        raise Misconfigured("demo_needs_word", database=contents.name, variable=INTO)


async def _contents(session: AsyncSession) -> _Contents:
    name = (await session.execute(_NAME)).scalar_one()
    tables: Any = (await session.execute(_TABLES)).one()
    if not tables.ours:
        return _Contents(name=name, kind=None, used=tables.has_tables)
    noted = await installation_in(session)
    return _Contents(
        name=name,
        kind=None if noted is None else noted.kind,
        used=await _used(session),
    )


async def _used(session: AsyncSession) -> bool:
    """Whether anybody works in it. The session may be acting as the worker afterwards."""
    # A migration that broke off may have made the first tables alone.
    has_accounts, has_stays = [
        (await session.execute(_HAS_TABLE, {"name": name})).scalar_one()
        for name in ("public.account", "public.stay")
    ]
    if has_accounts and (await session.execute(_ACCOUNTS)).scalar_one():
        return True
    if not has_stays:
        return False
    # Row-level security hides them from the owner.
    await act_as(session, DatabaseRole.WORKER)
    return bool((await session.execute(_STAYS)).scalar_one())
