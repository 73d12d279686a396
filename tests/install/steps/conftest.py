"""A PostgreSQL cluster of its own, in which nothing was ever made, and an empty folder."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from asm.__main__ import app
from local.machine.ports import any_free_port
from tests.services import TestServices, start_test_services

Asm = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Machine:
    """An empty machine: `root` stands for its disk, `cluster` for its PostgreSQL."""

    root: Path
    services: TestServices
    database: str
    http_port: int
    redis_port: int

    @property
    def settings(self) -> Path:
        return self.root / "etc/asm"

    @property
    def secrets(self) -> Path:
        return self.root / "var/lib/asm/secrets"

    @property
    def password_file(self) -> Path:
        return self.root / "administrator-password"

    def answers(self, more: str = "") -> str:
        """A file of answers that are all good."""
        return f"""
            public_url = "http://127.0.0.1:{self.http_port}"
            {more}
            [web]
            port = {self.http_port}
            nginx = false
            [database]
            port = {self.services.cluster.port}
            name = "{self.database}"
            owner = "nha_van_hanh"
            superuser = "nobody_here"
            [redis]
            port = {self.redis_port}
            [administrator]
            login = "goc"
            name = "Trần Thị Gốc"
            password_file = "{self.password_file}"
            """

    def asm(self, *arguments: str, typed: str = "", **env: str) -> Asm:
        """`asm` as it is given on that machine, by somebody who has no settings of ASM. In this
        process: to load it takes longer than what it does.
        """
        without = {name: None for name in os.environ if name.startswith("ASM_")}
        done = CliRunner().invoke(app, list(arguments), input=typed, env=without | env)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)

    def install(self, answers: str, *more: str) -> Asm:
        return self.asm("install", "--root", str(self.root), "--answers", "-", *more, typed=answers)

    def run_as_superuser(self, script: str) -> None:
        """As `asm install sql | psql` does, on the superuser's own machine."""
        cluster = self.services.cluster
        done = subprocess.run(
            [cluster.installation.program("psql"), "-X", "-d", cluster.admin_url("postgres")],
            input=script,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def bare_environment() -> dict[str, str]:
    """Ours without any settings of ASM."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ASM_")}


@pytest.fixture(scope="session")
def sockets() -> Iterator[Path]:
    """A folder for the cluster's local socket, which anybody may enter."""
    folder = Path(tempfile.mkdtemp(prefix="asm-"))  # short: so must a socket's path be
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def own_services(tmp_path_factory: pytest.TempPathFactory, sockets: Path) -> Iterator[TestServices]:
    """Roles are the whole cluster's: this folder's tests have one of their own."""
    started = start_test_services(
        tmp_path_factory.mktemp("own"), {"unix_socket_directories": str(sockets)}
    )
    yield started
    started.stop()


@pytest.fixture
def machine(own_services: TestServices, tmp_path: Path) -> Machine:
    return Machine(
        root=tmp_path / "machine",
        services=own_services,
        database="asm",
        http_port=any_free_port(),
        redis_port=any_free_port(),
    )


@pytest.fixture
def forget(own_services: TestServices) -> Iterator[Callable[[], None]]:
    """Take everything out of the cluster that an installation made in it."""

    def drop() -> None:
        own_services.cluster.query("DROP DATABASE IF EXISTS asm WITH (FORCE)")
        for role in ("nha_van_hanh", "asm_owner", "asm_keeper", "asm_api", "asm_worker"):
            own_services.cluster.query(f"DROP ROLE IF EXISTS {role}")

    drop()
    yield drop
    drop()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that nobody answers at: it is taken, and nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
