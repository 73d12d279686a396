"""The two processes of the platform itself: pages with API, and the worker."""

import http.client
import os
import sys
from collections.abc import Mapping

from asm.local import processes
from asm.local.database import Database
from asm.local.layout import Layout
from asm.local.ports import LOOPBACK
from asm.local.processes import Started

START_TIMEOUT_S = 45.0
# Only the processes that own a right get the address that carries it.
PRIVATE_VARIABLES = (
    "DATABASE_URL",
    "REDIS_URL",
    "ASM_DATABASE_URL",
    "ASM_WORKER_DATABASE_URL",
    "ASM_ADMIN_DATABASE_URL",
    "ASM_API_DB_PASSWORD",
    "ASM_WORKER_DB_PASSWORD",
)


def common_environment(layout: Layout, *, port: int, redis_url: str) -> dict[str, str]:
    """What every process of the platform is told, without any database address."""
    env = {key: value for key, value in os.environ.items() if key not in PRIVATE_VARIABLES}
    host = env.setdefault("ASM_HOST", LOOPBACK)
    env.setdefault("ASM_PUBLIC_URL", f"http://{_reachable(host)}:{port}")
    env.update(
        ASM_PORT=str(port),
        ASM_REDIS_URL=redis_url,
        ASM_SECRETS_DIR=str(layout.secrets),
        ASM_DATA_DIR=str(layout.home),
        PYTHONUNBUFFERED="1",
    )
    return env


def admin_environment(
    common: Mapping[str, str], database: Database, layout: Layout
) -> dict[str, str]:
    """For `asm migrate` and `asm seed`."""
    return {
        **common,
        "ASM_ADMIN_DATABASE_URL": database.admin_url,
        "ASM_DATABASE_URL": database.api_url,
        "ASM_WORKER_DATABASE_URL": database.worker_url,
        "ASM_API_DB_PASSWORD": layout.password("postgres-api"),
        "ASM_WORKER_DB_PASSWORD": layout.password("postgres-worker"),
    }


def start_web(layout: Layout, common: Mapping[str, str], database: Database) -> Started:
    """Start the web process; `wait_for_web` tells when it answers."""
    # No access log: addresses carry what was searched for. The application logs without them.
    argv = [sys.executable, "-m", "uvicorn", "asm.app:create_app", "--factory"]
    argv += ["--host", common["ASM_HOST"], "--port", common["ASM_PORT"]]
    argv += ["--loop", "uvloop", "--http", "httptools", "--no-access-log"]
    argv += ["--timeout-graceful-shutdown", "10", "--no-server-header"]
    env = {**common, "ASM_DATABASE_URL": database.api_url}
    return processes.spawn("web", argv, log=layout.log("web"), env=env)


def wait_for_web(layout: Layout, common: Mapping[str, str], web: Started) -> None:
    host, port = _reachable(common["ASM_HOST"]), int(common["ASM_PORT"])
    processes.wait_until(
        lambda: _answers(host, port),
        web,
        timeout_s=START_TIMEOUT_S,
        log=layout.log("web"),
        what="The web process",
    )


def start_worker(layout: Layout, common: Mapping[str, str], database: Database) -> Started:
    """Start the worker that rings bells, runs checks and sends what waits to be sent."""
    env = {**common, "ASM_WORKER_DATABASE_URL": database.worker_url}
    argv = [sys.executable, "-m", "asm.cli", "worker"]
    return processes.spawn("worker", argv, log=layout.log("worker"), env=env)


def _reachable(host: str) -> str:
    return LOOPBACK if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 -- compared, not bound


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5.0)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
