"""The database and Redis-compatible server of one test run: private, on free ports, thrown away.

Used by tests/conftest.py from a synchronous session fixture. They run beside a demo without
touching it.
"""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from asm.errors import ConfigurationError
from local.machine import processes
from local.machine.os_user import service_user
from local.machine.ports import any_free_port
from local.machine.processes import Started
from local.postgres.cluster import PrivateCluster, stop_server
from local.postgres.data_folder import provide_data_folder
from local.postgres.installation import find_installation
from local.valkey import launch_valkey, valkey_url, wait_for_valkey

# Small and quick to start, but as durable as the real thing: crash tests rely on that.
TEST_SETTINGS = {
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "max_connections": "150",
    # Each backend that meets a geometry would load PostGIS and all that it stands on: nearly ten
    # milliseconds, for each connection of each test.
    "shared_preload_libraries": "postgis-3",
}
#: Survives the death of a server as a disk does, which is what the crash tests are about.
MEMORY = Path("/dev/shm")  # noqa: S108 - folders of random names, closed to others
ROOM = 2 << 30  # bytes, for each process of the run


@dataclass(frozen=True, slots=True, kw_only=True)
class TestServices:
    """What the tests need of the running servers; `stop` ends them and removes their data."""

    __test__ = False  # not a test, whatever its name begins with

    cluster: PrivateCluster
    redis_port: int
    redis_password: str
    _servers: tuple[Started, Started]
    _children: tuple[subprocess.Popen[bytes], ...]
    _real_folder: Path
    _guard: subprocess.Popen[bytes]

    def admin_url(self, dbname: str = "postgres") -> str:
        """Address of `dbname` for the superuser, without a driver suffix."""
        return self.cluster.admin_url(dbname)

    @property
    def redis_url(self) -> str:
        return valkey_url(self.redis_port, self.redis_password)

    @property
    def started(self) -> dict[str, Started]:
        """The servers by name, for tests that break those of their own."""
        return {server.name: server for server in self._servers}

    @property
    def postgres_log(self) -> Path:
        return self.cluster.log

    def stop(self) -> None:
        postgres, valkey = self._servers
        processes.stop(valkey)
        stop_server(postgres)
        for child in self._children:
            child.wait(30)
        shutil.rmtree(self._real_folder, ignore_errors=True)
        self._guard.kill()  # last: this too may be broken off
        self._guard.wait()


def start_test_services(
    root: Path, settings: Mapping[str, str] = MappingProxyType({})
) -> TestServices:
    """Start both servers with their logs in `root` (for example a session's temporary folder).
    `settings`: more of PostgreSQL's.

    The data lies in memory where there is plenty: a database for every test is a thousand files,
    made and removed. Else in `root`, or in the system's temporary folder when `root` is closed to
    the user that runs the database (pytest closes its folders).
    """
    installation = find_installation()
    if installation is None:
        raise ConfigurationError("no PostgreSQL with PostGIS found: `make test` installs it")
    owner = service_user()
    wanted = (
        Path(tempfile.mkdtemp(prefix="asm-test-", dir=MEMORY)) if _plenty() else root / "postgres"
    )
    folder = provide_data_folder(wanted, owner, fallback_parent=Path(tempfile.gettempdir()))
    cluster = PrivateCluster(
        installation=installation,
        folder=folder,
        port=any_free_port(),
        password=secrets.token_urlsafe(24),
        log=root / "postgres.log",
        owner=owner,
        overrides=TEST_SETTINGS | settings,
    )
    cluster.create(sync=False)
    postgres = cluster.launch()
    redis_port, redis_password = any_free_port(), secrets.token_urlsafe(24)
    valkey_log = root / "valkey.log"
    valkey = launch_valkey(redis_port, redis_password, log=valkey_log)
    cluster.wait_until_ready(postgres)
    wait_for_valkey(valkey, redis_port, redis_password, log=valkey_log)
    return TestServices(
        cluster=cluster,
        redis_port=redis_port,
        redis_password=redis_password,
        _servers=(postgres, valkey),
        # Tests of the installation stop every child of this process: these two are not theirs.
        _children=tuple(
            child for child in map(processes.release, (postgres, valkey)) if child is not None
        ),
        _real_folder=folder,
        _guard=_stand_guard(postgres, valkey, folder),
    )


def _plenty() -> bool:
    """Whether every process of this test run finds room for its databases in memory."""
    needed = ROOM * int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return MEMORY.is_mount() and shutil.disk_usage(MEMORY).free >= needed


#: Of a test run that was killed nothing stays behind: waits for its end, then stops and removes.
_GUARD = """
while kill -0 "$1" 2>/dev/null; do sleep 1; done
kill -INT "$2" 2>/dev/null; kill "$3" 2>/dev/null
while kill -0 "$2" 2>/dev/null; do sleep 1; done
rm -rf "$4"
"""


def _stand_guard(postgres: Started, valkey: Started, folder: Path) -> subprocess.Popen[bytes]:
    arguments = [str(os.getpid()), str(postgres.pid), str(valkey.pid), str(folder)]
    return subprocess.Popen(
        ["sh", "-c", _GUARD, "guard", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # what kills the run by its group leaves the guard
    )
