"""Is the process alive, and can it take declarations?

`/health/live` asks nothing of anyone: when it does not answer, restart the process.
`/health/ready` is 503 when declaring would fail (database away, read-only or older than the code;
too little free disk). Redis and the worker only make things later, never wrong, so without them it
is still 200, with the status "degraded" for whoever watches.
"""

import asyncio
import shutil
from pathlib import Path
from typing import Literal

import asyncpg
import msgspec
from litestar import Response, get
from litestar.datastructures import State
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.revisions import known_revisions
from asm.settings import Settings

TIMEOUT_S = 3.0
#: The worker says that it lives every five seconds.
WORKER_SILENT_S = 30.0
#: Without these no declaration can be stored.
VITAL = ("database", "disk")

_STATE = text(
    "SELECT (SELECT version_num FROM alembic_version) AS revision, "
    "pg_is_in_recovery() AS standby, "
    "(SELECT extract(epoch FROM clock_timestamp() - max(at))::float8 FROM worker_heartbeat) "
    "AS silent_s"
)


class CheckResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that was looked at; `detail` is a short code, never an address or a secret."""

    ok: bool
    detail: str | None = None


class Readiness(msgspec.Struct, frozen=True):
    """`ok`, `degraded` (work is done later) or `failing` (declarations cannot be taken)."""

    status: Literal["ok", "degraded", "failing"]
    checks: dict[str, CheckResult]


@get("/health/live", include_in_schema=False)
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@get("/health/ready", include_in_schema=False)
async def ready(state: State) -> Response[Readiness]:
    """200 when declarations can be taken, else 503."""
    settings: Settings = state.settings
    (database, worker), redis = await asyncio.gather(
        _database_and_worker(state.engine), _redis(state.redis)
    )
    checks = {
        "database": database,
        "disk": _disk(settings.data_dir, settings.minimum_free_bytes),
        "redis": redis,
        "worker": worker,
    }
    readiness = Readiness(status=_status(checks), checks=checks)
    return Response(readiness, status_code=503 if readiness.status == "failing" else 200)


health_handlers = [live, ready]


def _status(checks: dict[str, CheckResult]) -> Literal["ok", "degraded", "failing"]:
    if not all(checks[name].ok for name in VITAL):
        return "failing"
    return "ok" if all(check.ok for check in checks.values()) else "degraded"


async def _database_and_worker(engine: AsyncEngine) -> tuple[CheckResult, CheckResult]:
    unknown = CheckResult(ok=False, detail="unknown")
    try:
        async with asyncio.timeout(TIMEOUT_S), engine.connect() as connection:
            row = (await connection.execute(_STATE)).one()
    except ProgrammingError:
        return CheckResult(ok=False, detail="schema_missing"), unknown
    except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return CheckResult(ok=False, detail="unreachable"), unknown
    return _schema(row.revision, standby=row.standby), _worker(row.silent_s)


def _schema(revision: str | None, *, standby: bool) -> CheckResult:
    known = known_revisions()
    if standby:
        return CheckResult(ok=False, detail="read_only")
    if revision == max(known):
        return CheckResult(ok=True)
    if revision is None or revision in known:
        return CheckResult(ok=False, detail="schema_behind")
    # Newer than this code: a rolling update. Migrations are written so that this works.
    return CheckResult(ok=True, detail="schema_ahead")


def _worker(silent_s: float | None) -> CheckResult:
    if silent_s is None:
        return CheckResult(ok=False, detail="never_seen")
    if silent_s > WORKER_SILENT_S:
        return CheckResult(ok=False, detail="silent")
    return CheckResult(ok=True)


async def _redis(redis: Redis) -> CheckResult:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await redis.ping()
    except (RedisError, OSError, TimeoutError):
        return CheckResult(ok=False, detail="unreachable")
    return CheckResult(ok=True)


def _disk(folder: Path, minimum_free_bytes: int) -> CheckResult:
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return CheckResult(ok=False, detail="folder_missing")
    if free < minimum_free_bytes:
        return CheckResult(ok=False, detail="low_space")
    return CheckResult(ok=True)
