"""What a server and a database are like, for a backup and for what is restored from it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Row, text
from sqlalchemy.engine.interfaces import CoreExecuteOptionsParameter
from sqlalchemy.exc import DBAPIError

from asm.db.error_kinds import is_locked_out, sqlstate
from asm.db.roles import DatabaseRole
from asm.db.statements import read_statements
from asm.errors import Conflict
from asm.install.backup.manifest import DatabaseFacts
from asm.install.backup.server import VARIABLE

#: For statements that the server itself wrote: a name in them may hold `%`, which is no parameter.
AS_WRITTEN: Final[CoreExecuteOptionsParameter] = {"no_parameters": True}
#: Whoever waits to change a table waits for us, and holds back behind it who wants to read it.
LOCK_WAIT_MS: Final = 60_000
_NO_RIGHT: Final = "42501"
#: A table or schema that was there when the tables were listed.
_GONE_MEANWHILE: Final = frozenset({"42P01", "3F000"})
_SQL: Final = read_statements(__name__)
_LOGIN: Final = text(_SQL["login"])
_DATABASE: Final = text(_SQL["database"])
_HAS_SCHEMA: Final = text(_SQL["has_schema"])
_KNOWS_KIND: Final = text(_SQL["knows_kind"])
_KIND: Final = text(_SQL["kind"])
_SCHEMA: Final = text(_SQL["schema"])
_ROLES: Final = text(_SQL["roles"])
_MEMBERSHIPS: Final = text(_SQL["memberships"])
_WAIT: Final = text("SELECT set_config('lock_timeout', :wait, false)")
_LOCK: Final = text(_SQL["lock_statement"])
_ROWS: Final = text(_SQL["rows"])
_ANYTHING: Final = text(_SQL["anything_there"])
_WRAPPED: Final = text(_SQL["wrapped_keys"])
#: Whom the owner of the database acts as.
_ACTED_AS: Final = [role.value for role in DatabaseRole if role is not DatabaseRole.API]


def login_of(connection: Connection) -> Row[Any]:
    """`login`, `superuser`, `passes_by` (row-level security), `major` and `version`."""
    return connection.execute(_LOGIN).one()


def require_sight(connection: Connection) -> Row[Any]:
    """The login, which sees every row. Raises Conflict for one that would leave some out."""
    login = login_of(connection)
    if not login.passes_by:
        raise Conflict("backup_rows_unseen", login=login.login, variable=VARIABLE)
    return login


def database_facts(connection: Connection) -> DatabaseFacts:
    """The database itself."""
    return DatabaseFacts(**connection.execute(_DATABASE).one()._asdict())


def require_schema(connection: Connection, database: str) -> None:
    """Raises Conflict for a database that ASM never was in."""
    if not connection.execute(_HAS_SCHEMA).scalar_one():
        raise Conflict("backup_nothing_there", database=database)


def schema_of(connection: Connection) -> tuple[str, str]:
    """The schema's revision and the version of PostGIS."""
    row = connection.execute(_SCHEMA).one()
    return row.revision, row.postgis


def kind_of(connection: Connection) -> str:
    """`real` or `demo`; empty where nobody has noted it."""
    if not connection.execute(_KNOWS_KIND).scalar_one():
        return ""
    kind: str | None = connection.execute(_KIND).scalar()
    return kind or ""


def roles_of(connection: Connection) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The roles that the database needs, and who may act as whom."""
    return (
        [dict(row) for row in connection.execute(_ROLES).mappings()],
        [dict(row) for row in connection.execute(_MEMBERSHIPS, {"acted_as": _ACTED_AS}).mappings()],
    )


def keep_statement(connection: Connection) -> str:
    """What keeps all tables as they are, for `tables_kept`."""
    statement: str = connection.execute(_LOCK).scalar_one()
    return statement


def wait_briefly(connection: Connection) -> None:
    """Have the server end what waits longer for another's lock than LOCK_WAIT_MS."""
    connection.execute(_WAIT, {"wait": str(LOCK_WAIT_MS)})


@contextmanager
def tables_kept(connection: Connection, statement: str, login: str) -> Iterator[None]:
    """A transaction that keeps them, which must be its first: the moment that is seen is chosen
    after it. Raises Conflict for a login that may not read all of them, and where others hold or
    change them.
    """
    try:
        with connection.begin():
            connection.exec_driver_sql(statement, execution_options=AS_WRITTEN)
            yield
    except DBAPIError as error:
        if sqlstate(error) == _NO_RIGHT:
            raise Conflict("backup_rows_unseen", login=login, variable=VARIABLE) from error
        if is_locked_out(error) or sqlstate(error) in _GONE_MEANWHILE:
            raise Conflict("backup_tables_held", seconds=LOCK_WAIT_MS // 1000) from error
        raise


def rows_of(connection: Connection) -> dict[str, int]:
    """Table → how many rows, in this connection's snapshot."""
    return {row["name"]: row["count"] for row in connection.execute(_ROWS).mappings()}


def anything_there(connection: Connection) -> str | None:
    """A table, view or sequence that is there already; None in an empty database."""
    name: str | None = connection.execute(_ANYTHING).scalar()
    return name


def wrapped_keys(connection: Connection) -> list[Row[Any]]:
    """The vault's own keys, wrapped."""
    return list(connection.execute(_WRAPPED).all())
