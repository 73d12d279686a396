"""What a server and a database are like, for a backup and for what is restored from it."""

from typing import Any, Final

from sqlalchemy import Connection, Row, text

from asm.db.roles import DatabaseRole
from asm.db.statements import read_statements
from asm.errors import Conflict
from asm.install.backup.manifest import DatabaseFacts
from asm.install.backup.server import VARIABLE

_SQL: Final = read_statements(__name__)
_LOGIN: Final = text(_SQL["login"])
_DATABASE: Final = text(_SQL["database"])
_HAS_SCHEMA: Final = text(_SQL["has_schema"])
_KNOWS_KIND: Final = text(_SQL["knows_kind"])
_KIND: Final = text(_SQL["kind"])
_SCHEMA: Final = text(_SQL["schema"])
_ROLES: Final = text(_SQL["roles"])
_MEMBERSHIPS: Final = text(_SQL["memberships"])
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
