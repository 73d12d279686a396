"""What the database is, and how its server is set up."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from asm.db import connections
from asm.db.durable import MUST_BE_ON
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
from asm.install.doctor.rights import mends_of_roles, revision_of, some_of
from asm.locales.texts import both
from asm.stays.intake.group_commit import BULK_AT_ONCE, WRITERS

#: Parameters of statements and quoted rows are names and numbers of people.
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
_READ_ONLY: Final = "default_transaction_read_only"
#: As a login has them: what is set for it weighs more than what is set for the database.
_AS_SET: Final = text(
    "SELECT name, setting, source, quote_ident(current_user) AS login, "
    "quote_ident(current_database()) AS database "
    "FROM pg_settings WHERE name = ANY(CAST(:names AS text[]))"
)
_LIMITS: Final = text(
    "SELECT rolname, rolconnlimit FROM pg_roles "
    "WHERE rolname = ANY(CAST(:roles AS text[])) AND rolconnlimit >= 0"
).bindparams(roles=[DatabaseRole.API, DatabaseRole.WORKER])


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
    if standby:
        return [wrong(check, "standby")]
    closed = [each for each in await _as_set(context, [_READ_ONLY]) if each.setting == "on"]
    if not closed:
        return [fine(check)]
    # First for the session that mends it.
    statements = [f"SET {_READ_ONLY} = off;", *_altering(closed, {_READ_ONLY: "off"})]
    return [wrong(check, "read_only", statements=" ".join(statements))]


async def _as_set(context: DoctorContext, names: Iterable[str]) -> list[Any]:
    """Settings of the server as each login has them. Raises NotReachedError where none gets in."""
    await context.any_engine()
    rows: list[Any] = []
    for variable in (ADMIN, API, WORKER):
        with suppress(NotReachedError):
            engine = await context.engine(variable)
            async with engine.connect() as connection:
                rows += await connection.execute(_AS_SET, {"names": list(names)})
    return rows


def _altering(rows: Iterable[Any], wanted: Mapping[str, str]) -> list[str]:
    """The statements that set them where they were set, without what only repeats another."""
    levels = {
        "user": "ALTER ROLE {0.login}",
        "database user": "ALTER ROLE {0.login} IN DATABASE {0.database}",
    }
    everybody = "ALTER DATABASE {0.database}"
    return list(
        dict.fromkeys(
            f"{levels.get(each.source, everybody).format(each)} SET {each.name} = "
            f"{wanted[each.name]};"
            for each in rows
        )
    )


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
        powers, expired, members = await mends_of_roles(connection)
    kept_out, closed, free = standing.kept_out, standing.closed, standing.sees_all
    return first_of(
        check,
        wrong(check, "unbound", roles=", ".join(free), statements=_binding(free)) if free else None,
        wrong(check, "powerful", statements=some_of(powers)) if powers else None,
        wrong(check, "closed", roles=", ".join(closed)) if closed else None,
        wrong(check, "expired", statements=some_of(expired)) if expired else None,
        wrong(check, "kept_out", roles=", ".join(kept_out), statements=connect_statement(standing))
        if kept_out
        else None,
        warning(check, "members", statements=some_of(members)) if members else None,
        warning(check, "shared", number=len(standing.also_in)) if standing.also_in else None,
    )


async def look_at_durability(context: DoctorContext) -> list[Finding]:
    """What is acknowledged stays: a receipt says so."""
    check = "database.durable"
    rows = await _as_set(context, MUST_BE_ON)
    loose = dict.fromkeys(each.name for each in rows if each.setting == "off")
    return [wrong(check, "loose", names=", ".join(loose))] if loose else [fine(check)]


async def look_at_server_log(context: DoctorContext) -> list[Finding]:
    """The server's log quotes nobody's name or number."""
    check = "database.log"
    rows = [
        each for each in await _as_set(context, _QUIET) if each.setting not in _QUIET[each.name]
    ]
    statements = " ".join(_altering(rows, {name: quiet[0] for name, quiet in _QUIET.items()}))
    return [wrong(check, "quotes_people", statements=statements)] if statements else [fine(check)]


async def look_at_connections(context: DoctorContext) -> list[Finding]:
    """There is a connection for each that the processes may want at once."""
    check = "database.connections"
    needed = _most_connections(context.settings.web_workers)
    async with context.connection() as connection:
        row: Any = (await connection.execute(_SEATS)).one()
        limits = (await connection.execute(_LIMITS)).all()
    seats = min(row.seats, row.seats_here)
    of_web = needed - connections.WORKER - connections.COMMANDS
    least = {DatabaseRole.API: of_web, DatabaseRole.WORKER: connections.WORKER}
    held = [role for role, limit in limits if limit < least[role]]
    return first_of(
        check,
        warning(check, "too_few", seats=seats, needed=needed) if seats < needed else None,
        wrong(
            check,
            "limited",
            statements=" ".join(f"ALTER ROLE {role} CONNECTION LIMIT -1;" for role in sorted(held)),
        )
        if held
        else None,
    )


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
