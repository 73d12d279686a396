"""Is the process alive, can it take declarations, and does all the rest work?

`/health/live` asks nothing of anyone: when it does not answer, restart the process.
`/health/ready` is 503 when declaring would fail (database away, read-only or older than the code;
too little free disk). Redis and the worker only make things later, never wrong, so without them it
is still 200, with the status "degraded": a load balancer goes on sending people here.
`/health/all` tells the same, of the last backup and of the totals, and is 503 unless everything is
well; `/health/worker` asks for the worker alone. Those two are for whoever watches. docs/health.md
is written from DETAILS.
"""

import asyncio
import shutil
from pathlib import Path
from typing import Final, Literal

import asyncpg
import msgspec
from litestar import Response, get
from litestar.datastructures import State
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.analytics.totals.standing import totals_standing
from asm.audit.last_backup import backup_standing
from asm.db.revisions import known_revisions
from asm.outbox.heartbeat import WORKER_SILENT_S
from asm.settings import Settings

TIMEOUT_S = 3.0
#: What is looked at, and what may be said to be wrong with it; `schema_ahead` alone is no fault.
DETAILS: Final[dict[str, tuple[str, ...]]] = {
    "database": ("unreachable", "schema_missing", "schema_behind", "schema_ahead", "read_only"),
    "disk": ("folder_missing", "low_space"),
    "redis": ("unreachable",),
    "worker": ("silent", "never_seen", "unknown"),
    "backup": ("none", "old", "unknown"),
    "totals": ("differ", "filling", "unknown"),
}
#: Without these no declaration can be stored.
VITAL = ("database", "disk")

_STATE = text(
    "SELECT (SELECT version_num FROM alembic_version) AS revision, "
    "pg_is_in_recovery() AS standby, "
    "(SELECT extract(epoch FROM clock_timestamp() - max(at))::float8 FROM worker_heartbeat) "
    "AS silent_s"
)


class CheckResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that was looked at; `detail` is a short code, never an address or a secret.
    `age_s`, of a backup: seconds since the moment that it holds.
    """

    ok: bool
    detail: str | None = None
    age_s: int | None = None


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
    readiness = await _readiness(state)
    return Response(readiness, status_code=503 if readiness.status == "failing" else 200)


@get("/health/all", include_in_schema=False)
async def everything(state: State) -> Response[Readiness]:
    """The same with the last backup and the totals, and 503 unless all is well."""
    ready, backup, totals = await asyncio.gather(
        _readiness(state), _backup(state), _totals(state.engine)
    )
    checks = ready.checks | {"backup": backup, "totals": totals}
    readiness = Readiness(status=_status(checks), checks=checks)
    return Response(readiness, status_code=200 if readiness.status == "ok" else 503)


@get("/health/worker", include_in_schema=False)
async def worker_alone(state: State) -> Response[CheckResult]:
    """200 when a worker has given a sign of life, else 503; so too when nobody can tell."""
    _, worker = await _database_and_worker(state.engine)
    return Response(worker, status_code=200 if worker.ok else 503)


health_handlers = [live, ready, everything, worker_alone]


async def _readiness(state: State) -> Readiness:
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
    return Readiness(status=_status(checks), checks=checks)


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


async def _backup(state: State) -> CheckResult:
    """Asked apart: a schema of before the note says so by itself."""
    settings: Settings = state.settings
    try:
        async with asyncio.timeout(TIMEOUT_S), AsyncSession(state.engine) as session:
            standing = await backup_standing(session)
    except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return CheckResult(ok=not settings.backup_watched, detail="unknown")
    age_s = None if standing.age_s is None else max(0, round(standing.age_s))
    if standing.what is None or not standing.needed or not settings.backup_watched:
        return CheckResult(ok=True, age_s=age_s)
    if age_s is None:
        return CheckResult(ok=False, detail="none")
    return CheckResult(ok=False, detail="old", age_s=age_s)


async def _totals(engine: AsyncEngine) -> CheckResult:
    """Asked apart, as the backup is."""
    try:
        async with asyncio.timeout(TIMEOUT_S), AsyncSession(engine) as session:
            standing = await totals_standing(session)
    except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return CheckResult(ok=False, detail="unknown")
    if standing.filling:
        return CheckResult(ok=True, detail="filling")
    return CheckResult(ok=False, detail="differ") if standing.differ else CheckResult(ok=True)


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
