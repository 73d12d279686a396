"""Whether a database is one that ASM can live in, and what its owner's login lacks: told before
anything is made there, each want with the statement of a superuser that ends it.

The least that the owner's login needs: to own the database, and to be a member of `asm_owner`,
`asm_keeper` and `asm_worker`, whose rights it then has (INHERIT). Neither SUPERUSER nor CREATEROLE
nor CREATEDB. PostGIS is no trusted extension, so a superuser makes it.
"""

from typing import Final

import msgspec
from sqlalchemy import Connection, text

from asm.db.roles import DatabaseRole
from asm.db.statements import read_statements

LOGINS: Final = (DatabaseRole.API, DatabaseRole.WORKER)
OLDEST_VERSION: Final = 150000
OLDEST_POSTGIS: Final = (3, 0)
#: By code point, everywhere alike, and no update of the system changes the order of an index.
PLAIN_LOCALES: Final = frozenset({"C.UTF-8", "C.UTF8", "C.utf8", "icu:C.UTF-8", "icu:C.UTF8"})
#: Letters beyond ASCII are none to it: no lower case, no words to look for.
ASCII_LOCALES: Final = frozenset({"C", "POSIX", "icu:C"})

_SQL = read_statements(__name__)
#: Asked alone and first: what follows asks what older servers do not know.
VERSION: Final = text("SELECT current_setting('server_version_num')::int")
#: Also for who may not look into the schema `public`.
HAS_SCHEMA: Final = text(
    "SELECT EXISTS (SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
    "WHERE nspname = 'public' AND relname = 'alembic_version')"
)
REVISION: Final = text("SELECT version_num FROM alembic_version")
_STANDING: Final = text(_SQL["standing"]).bindparams(
    # As psycopg takes them: texts, no members of an enumeration.
    roles=[str(role) for role in DatabaseRole],
    logins=[str(role) for role in LOGINS],
    owner=str(DatabaseRole.OWNER),
    api=str(DatabaseRole.API),
)
#: What the owner's login must be a member of.
_OWN: Final = (DatabaseRole.OWNER, DatabaseRole.KEEPER, DatabaseRole.WORKER)


class DatabaseStanding(msgspec.Struct, frozen=True, kw_only=True):
    """`locale` says what letters are, `sorted_by` their order, which may be another's;
    `login` and `database` are quoted as SQL needs it; the lists are names of
    roles: `absent` altogether, `not_usable` by this login, `closed` to signing in, `kept_out` of
    this database, and those that row-level security does not bind (`sees_all`); `also_in` are the
    server's other databases with an ASM in them.
    """

    encoding: str
    locale: str
    sorted_by: str
    collation_changed: bool
    database: str
    login: str
    superuser: bool
    inherits: bool
    absent: list[str]
    not_usable: list[str]
    makes_roles: bool
    sees_all: list[str]
    closed: list[str]
    kept_out: list[str]
    lets_in: bool
    hands_on_database: bool
    hands_on_schema: bool
    postgis: str | None
    postgis_schema: str | None
    postgis_installed: bool
    trigrams_installed: bool
    also_in: list[str]


class Want(msgspec.Struct, frozen=True):
    """One thing that a migration would fail for; `code` is that of its text among the refusals.
    `statements` are a superuser's, and empty where none helps.
    """

    code: str
    statements: str = ""


def standing_in(connection: Connection) -> DatabaseStanding:
    """What the database is that `connection` leads to. Its server is not older than ASM takes."""
    return msgspec.convert(dict(connection.execute(_STANDING).mappings().one()), DatabaseStanding)


def wants_of(standing: DatabaseStanding) -> list[Want]:
    """What is to be done before a migration can go through, in the order of doing it."""
    if standing.encoding != "UTF8":
        return [Want("database_encoding")]
    wants = []
    if not standing.trigrams_installed:
        wants.append(Want("database_trigrams_absent"))
    if roles := _roles(standing):
        wants.append(Want("database_roles_missing", statements=roles))
    if grants := _grants(standing):
        wants.append(Want("database_grants_missing", statements=grants))
    return [*wants, *_postgis(standing)]


def connect_statement(standing: DatabaseStanding) -> str:
    """What lets the logins into the database, if they are kept out."""
    names = ", ".join(standing.kept_out)
    return f"GRANT CONNECT ON DATABASE {standing.database} TO {names};"


def _roles(standing: DatabaseStanding) -> str:
    if standing.makes_roles or not standing.absent + standing.not_usable:
        return ""
    statements = [
        f"CREATE ROLE {name}{' LOGIN' if name in LOGINS else ''};" for name in standing.absent
    ]
    usable = [name for name in _OWN if name in standing.absent + standing.not_usable]
    if usable:
        statements.append(f"GRANT {', '.join(usable)} TO {standing.login};")
    if standing.not_usable and not standing.inherits:
        statements.append(f"ALTER ROLE {standing.login} INHERIT;")
    return " ".join(statements)


def _grants(standing: DatabaseStanding) -> str:
    statements = []
    if not standing.hands_on_database:
        statements.append(
            f"GRANT CREATE, TEMPORARY ON DATABASE {standing.database} TO {standing.login} "
            "WITH GRANT OPTION;"
        )
    if not standing.hands_on_schema:
        statements.append(
            "CREATE SCHEMA IF NOT EXISTS public; "
            f"GRANT USAGE, CREATE ON SCHEMA public TO {standing.login} WITH GRANT OPTION;"
        )
    return " ".join(statements)


def _postgis(standing: DatabaseStanding) -> list[Want]:
    if standing.postgis is None and not standing.postgis_installed:
        return [Want("database_postgis_absent")]
    create = "CREATE EXTENSION postgis SCHEMA public;"
    if standing.postgis is None:
        if standing.superuser:
            return []
        return [Want("database_postgis_missing", statements=create)]
    if standing.postgis_schema != "public":
        return [Want("database_postgis_elsewhere", statements=f"DROP EXTENSION postgis; {create}")]
    if version_of(standing.postgis) < OLDEST_POSTGIS:
        return [Want("database_postgis_old")]
    return []


def version_of(said: str) -> tuple[int, ...]:
    """The numbers of `3.3.2` or `3.4.0dev`: as many as can be compared."""
    numbers = (part for part in said.split(".")[:2])
    return tuple(int("".join(c for c in part if c.isdigit()) or 0) for part in numbers)
