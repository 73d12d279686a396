"""Bring a database to a revision, and let the two logins in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Final

from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import Connection, NullPool, create_engine

from asm.db.revisions import known_revisions
from asm.db.roles import DatabaseRole

LOGINS: Final[dict[str, str]] = {
    DatabaseRole.API: "ASM_API_DB_PASSWORD",
    DatabaseRole.WORKER: "ASM_WORKER_DB_PASSWORD",
}


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
