"""Bring a database to a revision, and let the two logins in."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any, Final

from alembic import command
from alembic.config import Config
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, NullPool, create_engine, text

from asm.db.logins import LOGINS, passwords_to_set
from asm.db.revisions import known_revisions
from asm.db.standing import (
    HAS_SCHEMA,
    OLDEST_VERSION,
    REVISION,
    VERSION,
    DatabaseStanding,
    Want,
    connect_statement,
    standing_in,
    wants_of,
)
from asm.errors import ConfigurationError
from asm.settings import plain_url

_CLOSED: Final = text(
    "SELECT rolname FROM pg_roles WHERE rolname = ANY(:roles) AND NOT rolcanlogin"
)


class NotReady(ConfigurationError):  # noqa: N818 -- as the refusals: what is wrong, by name
    """The database, or the login's rights in it, are not such that a migration would go through:
    nothing was done. `code` is that of a text among the refusals, `statements` a superuser's.
    """

    def __init__(self, wants: Collection[Want]) -> None:
        # What no statement mends comes first: the rest can wait for it.
        self.code = min(wants, key=lambda want: bool(want.statements)).code
        self.statements = " ".join(want.statements for want in wants if want.statements)
        super().__init__(self.code)


class PasswordNotSet(ConfigurationError):  # noqa: N818 -- as above
    """The migrating login may not set the password of `role`, which does not work yet."""

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self.role = role


def migrate(
    admin_url: str,
    *,
    fill: Callable[[Connection], None],
    revision: str = "head",
    passwords: dict[str, str] | None = None,
    new_passwords: bool = False,
) -> None:
    """Upgrade the database at `admin_url`, its owner's (`asm.db.standing` has the least rights).
    Raises NotReady before anything is done, and PasswordNotSet after.

    `fill` brings the product's own data into the newest schema, and only there; it may run again.
    `passwords` maps the two logins to passwords that they get as logins. Raises Conflict, before
    anything is changed, where one signs in by another password already, unless `new_passwords`.
    """
    given = passwords or {}
    with _connected(admin_url) as connection:
        _let_connect(connection, require_ready(connection))
        wanted = given if new_passwords else passwords_to_set(connection, given)
        command.upgrade(_config(connection), revision)
        if revision in {"head", max(known_revisions())}:
            fill(connection)
        for role, password in wanted.items():
            _let_in(connection, role, password)


def downgrade(admin_url: str, revision: str) -> None:
    """Take the database back to `revision` ("base" for nothing). Data of dropped tables is gone."""
    with _connected(admin_url) as connection:
        command.downgrade(_config(connection), revision)


def require_ready(connection: Connection) -> DatabaseStanding:
    """What the database is. Raises NotReady when the migrations would fail here, so that they do
    not even begin.
    """
    if connection.execute(VERSION).scalar_one() < OLDEST_VERSION:
        raise NotReady([Want("database_too_old")])
    standing = standing_in(connection)
    if wants := wants_of(standing):
        raise NotReady(wants)
    if connection.execute(HAS_SCHEMA).scalar_one():
        known, revision = known_revisions(), connection.execute(REVISION).scalar_one_or_none()
        if revision is not None and revision not in known:
            raise NotReady([Want("database_ahead")])
    connection.rollback()
    return standing


def _let_connect(connection: Connection, standing: DatabaseStanding) -> None:
    """Where PUBLIC may not connect: or the logins would look as if their passwords were wrong."""
    if standing.kept_out and standing.lets_in:
        connection.execute(text(connect_statement(standing)))
        connection.commit()


def closed_logins(admin_url: str) -> list[str]:
    """The logins that may not sign in: `migrate` was never given their passwords."""
    with _connected(admin_url) as connection:
        rows = connection.execute(_CLOSED, {"roles": list(LOGINS)}).scalars()
        return sorted(rows)


@contextmanager
def _connected(admin_url: str) -> Iterator[Connection]:
    engine = create_engine(
        plain_url(admin_url).replace("postgresql://", "postgresql+psycopg://", 1),
        hide_parameters=True,
        poolclass=NullPool,
        # Also where the database has no encoding: then it can be told why that will not do.
        connect_args={"client_encoding": "utf8"},
    )
    with engine.connect() as connection:
        yield connection


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("asm.db") / "migrations"))
    config.attributes["connection"] = connection
    return config


def _let_in(connection: Connection, role: str, password: str) -> None:
    """The server gets a verifier and never the password: its log keeps statements that fail."""
    if role not in LOGINS:
        raise ValueError(f"{role} is not a login of ASM")
    # Through the driver: ALTER ROLE takes no bound parameters, and its quoting is the safe one.
    driver = connection.connection
    raw: Any = driver.driver_connection
    verifier = raw.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    try:
        driver.cursor().execute(
            sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(
                sql.Identifier(role), sql.Literal(verifier.decode())
            )
        )
    except InsufficientPrivilege as error:
        driver.rollback()
        raise PasswordNotSet(role) from error
    driver.commit()
