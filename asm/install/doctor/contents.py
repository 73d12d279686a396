"""What is in the database: the schema, the areas, who may sign in."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.roles import ADMINISTRATOR
from asm.audit.last_backup import backup_standing
from asm.db.revisions import known_revisions
from asm.install.belonging.public_passwords import open_accounts, public_host
from asm.install.doctor.context import ADMIN, API, DoctorContext
from asm.install.doctor.finding import Finding, fine, first_of, warning, wrong
from asm.install.doctor.rights import revision_of

_STRANGERS: Final = text(
    "SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace "
    "WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT EXISTS "
    "(SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')"
)
_AREAS: Final = text(
    "SELECT count(*) AS wards, count(*) FILTER (WHERE boundary_approximate) AS approximate "
    "FROM ward WHERE valid_to IS NULL"
)
_ADMINISTRATORS: Final = text(
    "SELECT count(*) FROM account WHERE role = :role AND disabled_at IS NULL"
)


async def look_at_schema(context: DoctorContext) -> list[Finding]:
    """The schema is this program's."""
    check = "database.schema"
    async with context.connection() as connection:
        revision = await revision_of(connection)
        strangers = (await connection.execute(_STRANGERS)).scalar_one()
    known = known_revisions()
    if revision is None:
        # `spatial_ref_sys` belongs to the extension; our own table of revisions may be there.
        return [wrong(check, "foreign" if strangers > 1 else "none", tables=strangers)]
    if revision not in known:
        return [warning(check, "ahead", revision=revision, newest=max(known))]
    if revision != max(known):
        return [wrong(check, "behind", revision=revision, newest=max(known))]
    return [fine(check)]


async def look_at_areas(context: DoctorContext) -> list[Finding]:
    """There are wards to choose from, with their boundaries."""
    check = "database.areas"
    async with context.connection() as connection:
        row = (await connection.execute(_AREAS)).one()
    return first_of(
        check,
        None if row.wards else wrong(check, "none"),
        warning(check, "approximate", number=row.approximate) if row.approximate else None,
    )


async def look_at_accounts(context: DoctorContext) -> list[Finding]:
    """Somebody can sign in who makes the officers."""
    check = "database.accounts"
    async with context.connection() as connection:
        query = _ADMINISTRATORS.bindparams(role=str(ADMINISTRATOR))
        number = (await connection.execute(query)).scalar_one()
    return [fine(check)] if number else [wrong(check, "no_administrator")]


async def look_at_backup(context: DoctorContext) -> list[Finding]:
    """There is a whole one of last night, where somebody works."""
    check = "database.backup"
    if not context.settings.backup_watched:
        return [fine(check)]
    async with AsyncSession(await context.any_engine()) as session:
        standing = await backup_standing(session)
    if standing.what is None or not standing.needed:
        return [fine(check)]
    return [warning(check, standing.what, hours=standing.hours)]


async def look_at_passwords(context: DoctorContext) -> list[Finding]:
    """Nobody signs in by a password that everybody knows."""
    check = "database.passwords"
    engine = await context.engine(ADMIN if context.address(ADMIN) else API)
    host = public_host(context.settings)
    seen = await open_accounts(engine, host)
    if not seen.logins:
        return [fine(check)]
    logins = ", ".join(seen.logins)
    return [
        wrong(check, "demo", logins=logins, host=host)
        if seen.demo
        else wrong(check, "public", logins=logins)
    ]
