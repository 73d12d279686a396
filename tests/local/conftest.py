import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.machine.os_user import service_user
from local.machine.ports import any_free_port
from local.machine.processes import Started
from local.postgres.cluster import PrivateCluster, stop_server
from local.postgres.data_folder import provide_data_folder
from local.postgres.installation import find_installation


class ClusterMaker:
    """Makes clusters below a folder and stops the servers it started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[Started] = []

    def make(self, name: str = "postgres", **overrides: str) -> PrivateCluster:
        installation = find_installation()
        assert installation is not None, "`make test` installs PostgreSQL with PostGIS"
        owner = service_user()
        return PrivateCluster(
            installation=installation,
            folder=provide_data_folder(self.folder / name, owner),
            port=any_free_port(),
            password=secrets.token_urlsafe(12),
            log=self.folder / f"{name}.log",
            owner=owner,
            overrides={"shared_buffers": "32MB", **overrides},
        )

    def start(self, cluster: PrivateCluster) -> Started:
        cluster.create(sync=False)
        server = cluster.launch()
        self.running.append(server)
        cluster.wait_until_ready(server)
        return server


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A temporary folder that every user may enter; pytest's own are closed."""
    folder = Path(tempfile.mkdtemp(prefix="asm-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def clusters(open_folder: Path) -> Iterator[ClusterMaker]:
    maker = ClusterMaker(open_folder)
    yield maker
    for server in maker.running:
        stop_server(server)


@pytest.fixture
def fake_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Put a shell script of that name first on PATH; it can log its calls to `$CALLS`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    calls = tmp_path / "calls"
    calls.touch()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("CALLS", str(calls))

    def make(name: str, body: str) -> Path:
        script = folder / name
        script.write_text(f'#!/bin/sh\necho "{name} $*" >> "$CALLS"\n{body}\n')
        script.chmod(0o755)
        return calls

    return make
