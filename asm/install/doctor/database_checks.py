"""What the database is, and how its server is set up."""

from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from asm.db import connections
from asm.db.durable import LOOSE
from asm.db.roles import DatabaseRole
from asm.db.standing import (
    ASCII_LOCALES,
    OLDEST_VERSION,
    PLAIN_LOCALES,
    VERSION,
    DatabaseStanding,
    Want,
    connect_statement,
    standing_in,
    wants_of,
)
from asm.install.doctor.context import ADMIN, API, WORKER, DoctorContext, NotReachedError
from asm.install.doctor.finding import Finding, fine, first_of, warning, wrong
from asm.install.doctor.rights import revision_of
from asm.locales.texts import both
from asm.stays.intake.group_commit import BULK_AT_ONCE, WRITERS

#: Parameters of statements and quoted rows are names and numbers of people.
_TALKATIVE: Final = text(
    "SELECT name, current_setting(name) AS now FROM unnest(ARRAY['log_min_error_statement', "
    "'log_error_verbosity', 'log_parameter_max_length', 'log_parameter_max_length_on_error']) "
    "AS name"
)
_QUIET: Final = {
    "log_min_error_statement": ("panic", "fatal"),
    "log_error_verbosity": ("terse",),
    "log_parameter_max_length": ("0",),
    "log_parameter_max_length_on_error": ("0",),
}
_SEATS: Final = text(
    "SELECT current_setting('max_connections')::int "
    "- current_setting('superuser_reserved_connections')::int AS seats, "
    "coalesce(nullif((SELECT datconnlimit FROM pg_database WHERE datname = current_database()), "
    "-1), 1000000) AS seats_here"
)
#: What a migration lacks because of the login.
_OF_THE_OWNER: Final = frozenset({"database_roles_missing", "database_grants_missing"})
_IN_RECOVERY: Final = text("SELECT pg_is_in_recovery()")


async def look_at_logins(context: DoctorContext) -> list[Finding]:
    """Each login gets in at the address of its variable, and is who it should be."""
    check = "database.logins"
    findings = [
        await _login(context, check, variable, role)
        for variable, role in (
            (ADMIN, None),
            (API, DatabaseRole.API),
            (WORKER, DatabaseRole.WORKER),
        )
    ]
    return first_of(check, *findings)


async def _login(
    context: DoctorContext, check: str, variable: str, role: str | None
) -> Finding | None:
    try:
        engine = await context.engine(variable)
    except NotReachedError as error:
        if error.why == "not_given":
            return warning(check, "not_given", variable=variable)
        return wrong(check, error.why, variable=variable)
    async with engine.connect() as connection:
        login = (await connection.execute(text("SELECT current_user"))).scalar_one()
    if role is not None and login != role:
        return wrong(check, "another_login", variable=variable, role=role, login=login)
    return None


async def look_at_version(context: DoctorContext) -> list[Finding]:
    """The server is of a version that ASM runs on, and may be written to."""
    check = "database.version"
    async with context.connection() as connection:
        version = (await connection.execute(VERSION)).scalar_one()
        standby = (await connection.execute(_IN_RECOVERY)).scalar_one()
    if version < OLDEST_VERSION:
        return [wrong(check, "too_old", version=version // 10000)]
    return [wrong(check, "standby")] if standby else [fine(check)]


async def look_at_standing(context: DoctorContext) -> list[Finding]:
    """Encoding, PostGIS and the rights that a migration needs."""
    check = "database.ready"
    try:
        engine = await context.engine(ADMIN)
    except NotReachedError:
        engine = None
    async with engine.connect() if engine else context.connection() as connection:
        wants = wants_of(await _standing(connection))
        has_schema = await revision_of(connection) is not None
    if has_schema and any(want.code == "database_postgis_missing" for want in wants):
        return [wrong(check, "postgis_gone")]
    if engine is None:  # what another login lacks says nothing of the owner's
        wants = [want for want in wants if want.code not in _OF_THE_OWNER]
    return [_want(check, want) for want in wants] or [fine(check)]


def _want(check: str, want: Want) -> Finding:
    vi, en = both("refusals", want.code, {"statements": want.statements})
    what = want.code.removeprefix("database_")
    return Finding(check=check, what=what, state="wrong", message=vi, message_en=en)


async def look_at_locale(context: DoctorContext) -> list[Finding]:
    """Letters beyond ASCII are letters, and the order of indexes does not change under them."""
    check = "database.locale"
    async with context.connection() as connection:
        standing = await _standing(connection)
    if standing.collation_changed:
        return [wrong(check, "order_changed", database=standing.database)]
    if standing.locale in ASCII_LOCALES:
        return [warning(check, "ascii", locale=standing.locale)]
    if standing.sorted_by not in PLAIN_LOCALES | ASCII_LOCALES:
        return [warning(check, "of_the_system", locale=standing.sorted_by)]
    return [fine(check)]


async def look_at_roles(context: DoctorContext) -> list[Finding]:
    """The logins may come in, are bound by row-level security, and serve this database alone."""
    check = "database.roles"
    async with context.connection() as connection:
        standing = await _standing(connection)
    kept_out, closed, free = standing.kept_out, standing.closed, standing.sees_all
    return first_of(
        check,
        wrong(check, "unbound", roles=", ".join(free), statements=_binding(free)) if free else None,
        wrong(check, "closed", roles=", ".join(closed)) if closed else None,
        wrong(check, "kept_out", roles=", ".join(kept_out), statements=connect_statement(standing))
        if kept_out
        else None,
        warning(check, "shared", number=len(standing.also_in)) if standing.also_in else None,
    )


async def look_at_durability(context: DoctorContext) -> list[Finding]:
    """What is acknowledged stays: a receipt says so."""
    check = "database.durable"
    async with context.connection() as connection:
        loose = (await connection.execute(LOOSE)).scalars().all()
    return [wrong(check, "loose", names=", ".join(loose))] if loose else [fine(check)]


async def look_at_server_log(context: DoctorContext) -> list[Finding]:
    """The server's log quotes nobody's name or number."""
    check = "database.log"
    async with context.connection() as connection:
        rows = (await connection.execute(_TALKATIVE)).all()
        database = (await _standing(connection)).database
    statements = " ".join(
        f"ALTER DATABASE {database} SET {row.name} = {_QUIET[row.name][0]};"
        for row in rows
        if row.now not in _QUIET[row.name]
    )
    return [wrong(check, "quotes_people", statements=statements)] if statements else [fine(check)]


async def look_at_connections(context: DoctorContext) -> list[Finding]:
    """There is a connection for each that the processes may want at once."""
    check = "database.connections"
    needed = _most_connections(context.settings.web_workers)
    async with context.connection() as connection:
        row: Any = (await connection.execute(_SEATS)).one()
    seats = min(row.seats, row.seats_here)
    if seats < needed:
        return [warning(check, "too_few", seats=seats, needed=needed)]
    return [fine(check)]


async def _standing(connection: AsyncConnection) -> DatabaseStanding:
    if (await connection.execute(VERSION)).scalar_one() < OLDEST_VERSION:
        raise NotReachedError("too_old")  # what is asked is not known there
    return await connection.run_sync(standing_in)


def _most_connections(web_processes: int) -> int:
    """What so many web processes, a worker and a command hold at once."""
    writes = WRITERS + BULK_AT_ONCE + connections.DRY_RUNS
    of_one = connections.REQUESTS + connections.VAULT + connections.THROTTLE + writes
    return web_processes * of_one + connections.WORKER + connections.COMMANDS


def _binding(roles: list[str]) -> str:
    return " ".join(f"ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS;" for role in roles)
