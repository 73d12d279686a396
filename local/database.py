"""The database of a local installation: the one that DATABASE_URL names, or a private cluster."""

import asyncio
import json
import os
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from asm.db.error_kinds import DATABASE_ERRORS, sqlstate
from asm.db.roles import DatabaseRole
from asm.db.session import make_engine
from asm.errors import ConfigurationError
from asm.install.belonging.demo_guard import INTO, require_for_trial
from local.assets import digest_of
from local.layout import Layout
from local.machine.os_user import service_user
from local.machine.ports import choose_port
from local.machine.progress import Progress
from local.postgres.cluster import PrivateCluster
from local.postgres.data_folder import provide_data_folder
from local.provide import provide_postgres

DATABASE_NAME = "asm"
#: What `asm keys init` and `asm migrate` run.
SCHEMA_FILES = (
    "asm/accounts/roles.py", "asm/db/**/*.py", "asm/identity/vault/keys.py",
    "asm/install/belonging/*.py", "asm/notify/install_rules.py", "asm/notify/model.py",
    "asm/notify/rule_data.py",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Addresses for the three roles. `cluster` is None when somebody else runs the server."""

    admin_url: str
    api_url: str
    worker_url: str
    cluster: PrivateCluster | None

    def marks(self) -> dict[str, str]:
        """What was done to this very database; it is kept as its comment, so it dies with it."""
        if self.cluster is None:
            return {}
        text = self.cluster.query(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
            " WHERE datname = current_database()",
            dbname=DATABASE_NAME,
        )
        try:
            known = json.loads(text or "{}")
        except ValueError:
            return {}  # a comment of somebody else's: nothing is known to be done
        return {str(key): str(value) for key, value in known.items()}

    def mark(self, **done: str) -> None:
        """Remember steps as done, so that the next start can leave them out."""
        if self.cluster is not None:
            text = json.dumps({**self.marks(), **done})
            self.cluster.query(
                "COMMENT ON DATABASE :\"name\" IS :'text'",
                dbname=DATABASE_NAME,
                name=DATABASE_NAME,
                text=text,
            )


def external_url() -> str:
    """The address of a server that the operator gave us, empty when there is none. What the `asm`
    commands of an installation take (ASM_ADMIN_DATABASE_URL) stands in many a shell, and is none.
    """
    return os.environ.get("DATABASE_URL", "")


def require_trial_database(layout: Layout, url: str, *, with_demo: bool) -> None:
    """Raises ConfigurationError, having done nothing, unless the database of that address is for
    trials: the demo's, or one that was made with these key files, or an empty one that
    ASM_DEMO_INTO names.
    """

    async def look() -> None:
        engine = make_engine(_plain(url), pool_size=1, name="asm-local")
        try:
            await require_for_trial(
                engine, layout.secrets, os.environ.get(INTO, ""), with_demo=with_demo
            )
        finally:
            await engine.dispose()

    try:
        asyncio.run(look())
    except DATABASE_ERRORS as error:
        raise ConfigurationError(
            "The database that DATABASE_URL names cannot be looked at "
            f"({sqlstate(error) or type(error).__name__}): nothing was done."
        ) from error


def external_database(layout: Layout, url: str) -> Database:
    """A database that the operator runs; only addresses are derived here."""
    return Database(
        admin_url=_plain(url),
        api_url=with_login(url, DatabaseRole.API, layout.password("postgres-api")),
        worker_url=with_login(url, DatabaseRole.WORKER, layout.password("postgres-worker")),
        cluster=None,
    )


def private_database(layout: Layout, progress: Progress, port: int | None) -> Database:
    """A database of our own, made ready to start. `port` is the one it had the last time."""
    installation = provide_postgres(layout, progress)
    owner = service_user()
    cluster = PrivateCluster(
        installation=installation,
        folder=provide_data_folder(layout.postgres, owner),
        port=choose_port("ASM_PG_PORT", preferred=port),
        password=layout.password("postgres-admin"),
        log=layout.log("postgres"),
        owner=owner,
    )
    return Database(
        admin_url=cluster.admin_url(DATABASE_NAME),
        api_url=cluster.url(DatabaseRole.API, layout.password("postgres-api"), DATABASE_NAME),
        worker_url=cluster.url(
            DatabaseRole.WORKER, layout.password("postgres-worker"), DATABASE_NAME
        ),
        cluster=cluster,
    )


def with_login(url: str, user: str, password: str) -> str:
    """The same server and database for another login."""
    parts = urlsplit(_plain(url))
    server = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{server}"))


def schema_digest(layout: Layout) -> str:
    """A hash over what `asm keys init` and `asm migrate` run: when it is known, they are done."""
    return digest_of(layout.project, SCHEMA_FILES)


def _plain(url: str) -> str:
    """The address with the scheme spelled out and no driver suffix."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.partition("+")[0] not in {"postgresql", "postgres"}:
        raise ConfigurationError("DATABASE_URL must look like postgresql://user:password@host/name")
    return f"postgresql://{rest}"
