"""The processes of the platform itself: pages with API, the worker, and for the demo a stand-in
for the population database.
"""

import http.client
import json
import os
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from asm.errors import ConfigurationError
from asm.variables.table import VARIABLES
from local.database import Database
from local.layout import Layout
from local.machine import processes
from local.machine.ports import LOOPBACK, is_free
from local.machine.processes import Started

START_TIMEOUT_S = 45.0
# Only the processes that own a right get the address that carries it.
# And none gets what opens a real installation, from the shell of whoever runs one.
PRIVATE_VARIABLES = {"DATABASE_URL", "REDIS_URL", "ASM_VAULT_KEY", "ASM_ENV_FILE"} | {
    name
    for variable in VARIABLES.values()
    if variable.group == "database"
    for name in variable.names
}
#: What says so: names of variables that the trial takes from the shell all the same.
TRIAL_USES = "ASM_TRIAL_USES"
# A trial's guests are invented, and their numbers may be real people's: no provider and no register
# hears of them because a real installation's settings stand in the shell.
_OF_OTHERS = {
    name
    for variable in VARIABLES.values()
    if variable.group in {"messages", "identity"}
    for name in variable.names
}


def left_alone() -> list[str]:
    """The variables of providers and registers in the shell that the trial does not take. Raises
    ConfigurationError where TRIAL_USES names another.
    """
    used = set(os.environ.get(TRIAL_USES, "").split())
    if others := sorted(used - _OF_OTHERS):
        raise ConfigurationError(
            f"{TRIAL_USES} takes names of variables such as ASM_SMTP_URL, not {', '.join(others)}"
        )
    return sorted((_OF_OTHERS & os.environ.keys()) - used)


def move_to(common: dict[str, str], port: int) -> None:
    """Serve on another port; an address that the operator named stays."""
    if not os.environ.get("ASM_PUBLIC_URL"):
        common["ASM_PUBLIC_URL"] = f"http://{_reachable(common['ASM_HOST'])}:{port}"
    common["ASM_PORT"] = str(port)


def common_environment(layout: Layout, *, port: int, redis_url: str) -> dict[str, str]:
    """What every process of the platform is told, without any database address."""
    private = PRIVATE_VARIABLES.union(left_alone())
    env = {key: value for key, value in os.environ.items() if key not in private}
    host = env["ASM_HOST"] = env.get("ASM_HOST") or LOOPBACK
    env.update(
        ASM_PUBLIC_URL=env.get("ASM_PUBLIC_URL") or f"http://{_reachable(host)}:{port}",
        ASM_PORT=str(port),
        ASM_REDIS_URL=redis_url,
        ASM_SECRETS_DIR=str(layout.secrets),
        ASM_DATA_DIR=str(layout.home),
        PYTHONUNBUFFERED="1",
    )
    # Who starts the demo at an address of theirs means it.
    env["ASM_DEMO_HOST"] = urlsplit(env["ASM_PUBLIC_URL"]).hostname or ""
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
    """Start the web process; `wait_for_platform` tells when it answers."""
    workers = os.environ.get("ASM_WORKERS", "1")
    if not workers.isdecimal() or int(workers) < 1:
        raise ConfigurationError("ASM_WORKERS must be a whole number, 1 or more")
    # What `asm web` becomes, without loading the whole command line first.
    argv = [sys.executable, "-m", "asm.server"]
    env = {**common, "ASM_DATABASE_URL": database.api_url, "WEB_CONCURRENCY": workers}
    return processes.spawn("web", argv, log=layout.log("web"), env=env)


def wait_for_platform(
    layout: Layout, common: Mapping[str, str], web: Started, worker: Started
) -> None:
    """Wait until the pages answer and the worker has given a sign of life. What another program
    answers on the port is no sign of ours.
    """
    host, port = _reachable(common["ASM_HOST"]), int(common["ASM_PORT"])
    processes.wait_until(
        lambda: processes.listens(web, port) and _get(host, port, "/health/live") is not None,
        web,
        timeout_s=START_TIMEOUT_S,
        log=layout.log("web"),
        what="The web process",
    )
    processes.wait_until(
        lambda: _worker_is_seen(host, port),
        worker,
        timeout_s=START_TIMEOUT_S,
        log=layout.log("worker"),
        what="The worker",
    )


def port_was_taken(common: Mapping[str, str], web: Started) -> bool:
    """Whether the web process could not start because somebody else has its port by now."""
    port = int(common["ASM_PORT"])
    return not processes.listens(web, port) and not is_free(port, common["ASM_HOST"])


def start_worker(layout: Layout, common: Mapping[str, str], database: Database) -> Started:
    """Start the worker that drains the outbox, runs checks and sends what waits to be sent."""
    env = {**common, "ASM_WORKER_DATABASE_URL": database.worker_url}
    # What `asm worker` becomes, without loading the whole command line first.
    argv = [sys.executable, "-m", "asm.worker"]
    return processes.spawn("worker", argv, log=layout.log("worker"), env=env)


def start_simulator(layout: Layout, common: Mapping[str, str], port: int) -> Started:
    """Start the simulated population service; its token is made beside the other secrets."""
    argv = [sys.executable, "-m", "asm", "simulator", "--port", str(port)]
    return processes.spawn("simulator", argv, log=layout.log("simulator"), env=common)


def wait_for_simulator(layout: Layout, port: int, simulator: Started) -> None:
    """Wait until it answers: by then the token is there for the worker to read."""
    processes.wait_until(
        lambda: _get(LOOPBACK, port, "/health") is not None,
        simulator,
        timeout_s=START_TIMEOUT_S,
        log=layout.log("simulator"),
        what="The simulated population service",
    )


def _reachable(host: str) -> str:
    return LOOPBACK if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 -- compared, not bound


def _worker_is_seen(host: str, port: int) -> bool:
    # Ready or not (503 when the disk is full, say): here only the worker's part is asked for.
    answer = _get(host, port, "/health/ready")
    return bool(answer and answer.get("checks", {}).get("worker", {}).get("ok"))


def _get(host: str, port: int, path: str) -> dict[str, Any] | None:
    """The JSON object at `path`; None while nobody answers or something else does."""
    connection = http.client.HTTPConnection(host, port, timeout=5.0)
    try:
        connection.request("GET", path)
        answer = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return answer if isinstance(answer, dict) else None
