"""A machine for a page, and what it has from elsewhere."""

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from asm.errors import ConfigurationError
from local.machine import processes
from local.machine.os_user import service_user
from local.machine.ports import any_free_port
from local.postgres.installation import find_installation
from local.valkey import launch_valkey, valkey_url, wait_for_valkey
from tests.docs.pages.cluster import Cluster
from tests.docs.pages.machine import Machine


@pytest.fixture
def machine() -> Iterator[Machine]:
    installation = find_installation()
    if installation is None:
        raise ConfigurationError("no PostgreSQL with PostGIS found: `make test` installs it")
    # Below no folder that is closed to who runs the database, and short: a socket's path is.
    above = Path(tempfile.mkdtemp(prefix="asm-page-"))
    above.chmod(0o755)
    for name in ("machine", "mnt"):
        (above / name).mkdir()
    root = above / "machine"
    machine = Machine(
        root=root,
        shared=above / "mnt",
        port=any_free_port(),
        cluster=Cluster(
            installation=installation,
            data=root / f"var/lib/postgresql/{installation.major}/main",
            sockets=root / "run/postgresql",
            port=any_free_port(),
            owner=service_user(),
        ),
    )
    yield machine
    machine.remove()


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    port, password, log = any_free_port(), secrets.token_urlsafe(24), tmp_path / "valkey.log"
    server = launch_valkey(port, password, log=log)
    wait_for_valkey(server, port, password, log=log)
    yield valkey_url(port, password)
    processes.stop(server)
