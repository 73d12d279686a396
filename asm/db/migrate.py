"""Bring a database to a revision, and let the two logins in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Final, Literal, NamedTuple

from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import Connection, NullPool, create_engine, text

from asm.db.revisions import known_revisions
from asm.db.roles import DatabaseRole

LOGINS: Final[dict[str, str]] = {
    DatabaseRole.API: "ASM_API_DB_PASSWORD",
    DatabaseRole.WORKER: "ASM_WORKER_DB_PASSWORD",
}

Wanting = Literal["postgis_absent", "postgis_missing", "roles_missing"]
_EXTENSION: Final = text("""
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'postgis') AS made,
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'postgis') AS installed
""")
_LOGIN: Final = text("""
SELECT rolname AS name, rolsuper OR rolcreaterole AS makes_roles,
       (SELECT count(*) = 3 FROM pg_roles AS ours WHERE ours.rolname = ANY(:roles)
        AND pg_has_role(current_user, ours.oid, 'USAGE')) AS has_roles
FROM pg_roles WHERE rolname = current_user
""").bindparams(
    # As psycopg takes them: texts, no members of an enumeration.
    roles=[str(role) for role in (DatabaseRole.OWNER, DatabaseRole.KEEPER, DatabaseRole.WORKER)]
)
_CLOSED: Final = text(
    "SELECT rolname FROM pg_roles WHERE rolname = ANY(:roles) AND NOT rolcanlogin"
)


class Lacking(NamedTuple):
    """Why a migration had not the right to go on, and whose login it was."""

    what: Wanting | None
    login: str


def migrate(
    admin_url: str,
    *,
    fill: Callable[[Connection], None],
    revision: str = "head",
    passwords: dict[str, str] | None = None,
) -> None:
    """Upgrade the database at `admin_url` (a role that may create roles and PostGIS).

    `fill` brings the product's own data into the newest schema, and only there; it may run again.
    `passwords` maps the two logins to passwords that they get as logins.
    """
    with _connected(admin_url) as connection:
        command.upgrade(_config(connection), revision)
        if revision in {"head", max(known_revisions())}:
            fill(connection)
        for role, password in (passwords or {}).items():
            _let_in(connection, role, password)


def downgrade(admin_url: str, revision: str) -> None:
    """Take the database back to `revision` ("base" for nothing). Data of dropped tables is gone."""
    with _connected(admin_url) as connection:
        command.downgrade(_config(connection), revision)


def lacking(admin_url: str) -> Lacking:
    """What the login at `admin_url` would need to migrate; nothing where that is no riddle."""
    with _connected(admin_url) as connection:
        login = connection.execute(_LOGIN).one()
        if not login.has_roles and not login.makes_roles:
            return Lacking("roles_missing", login.name)
        extension = connection.execute(_EXTENSION).one()
        if not extension.made:
            what: Wanting = "postgis_missing" if extension.installed else "postgis_absent"
            return Lacking(what, login.name)
        # From PostgreSQL 16 on who makes roles may hand on those alone that it made.
        return Lacking(None if login.has_roles else "roles_missing", login.name)


def closed_logins(admin_url: str) -> list[str]:
    """The logins that may not sign in: `migrate` was never given their passwords."""
    with _connected(admin_url) as connection:
        rows = connection.execute(_CLOSED, {"roles": list(LOGINS)}).scalars()
        return sorted(rows)


@contextmanager
def _connected(admin_url: str) -> Iterator[Connection]:
    engine = create_engine(
        admin_url.replace("postgresql://", "postgresql+psycopg://", 1),
        hide_parameters=True,
        poolclass=NullPool,
    )
    with engine.connect() as connection:
        yield connection


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("asm.db") / "migrations"))
    config.attributes["connection"] = connection
    return config


def _let_in(connection: Connection, role: str, password: str) -> None:
    if role not in LOGINS:
        raise ValueError(f"{role} is not a login of ASM")
    # Through the driver: ALTER ROLE takes no bound parameters, and its quoting is the safe one.
    driver = connection.connection
    driver.cursor().execute(
        sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(
            sql.Identifier(role), sql.Literal(password)
        )
    )
    driver.commit()
