"""The wheel, made once, and a machine that has nothing but it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import litestar
import pytest
from dotenv import dotenv_values

from local.machine.ports import any_free_port
from tests.serve import running
from tests.services import TestServices, start_test_services

PROJECT = Path(__file__).parents[3]
PASSWORD = "cau dau tien cua nguoi ay"
CONFINED = PROJECT / "tests/install/files/confined.py"


def pack(folder: Path) -> Path:
    """`make package` without its preparations; the wheel."""
    subprocess.run(
        [PROJECT / "scripts/package", folder], check=True, capture_output=True, timeout=300
    )
    (wheel,) = folder.glob("asm-*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack(tmp_path_factory.mktemp("dist") / "dist")


@dataclass(frozen=True)
class Installed:
    """`opt` is the program, `root` what `asm install` fills, `home` an empty folder."""

    opt: Path
    root: Path
    home: Path
    services: TestServices
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """Of somebody who signed in on that machine: no settings and no other programs."""
        return {"HOME": str(self.home), "PATH": str(self.opt / "bin"), "LC_ALL": "C.UTF-8"}

    def run(
        self, program: str, *arguments: str, typed: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.opt / "bin" / program, *arguments],
            env=self.environment(),
            cwd=self.home,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    def answers(self) -> str:
        return f"""
            public_url = "{self.address}"
            [web]
            port = {self.port}
            [database]
            port = {self.services.cluster.port}
            owner = "nha_van_hanh"
            superuser = "nobody_here"
            [redis]
            port = {any_free_port()}
            [administrator]
            login = "goc"
            name = "Trần Thị Gốc"
            password_file = "{self.home}/administrator"
            """

    def install(self) -> None:
        """By the page: what a superuser of PostgreSQL runs, then everything else."""
        (self.home / "administrator").write_text(PASSWORD + "\n", "utf-8")
        where = ("--root", str(self.root), "--answers", "-")
        sql = self.run("asm", "install", "sql", *where, typed=self.answers())
        assert sql.returncode == 0, sql.stderr
        cluster = self.services.cluster
        subprocess.run(
            [cluster.installation.program("psql"), "-X", "-d", cluster.admin_url("postgres")],
            input=sql.stdout,
            capture_output=True,
            text=True,
            check=True,
        )
        done = self.run("asm", "install", *where, typed=self.answers())
        assert done.returncode == 0, done.stderr

    @contextmanager
    def services_run(self) -> Iterator[dict[str, "subprocess.Popen[bytes]"]]:
        """What systemd would keep running, each with its own settings and under what its unit
        forbids; their words go to `root`.
        """
        redis = (self.root / "etc/systemd/system/asm-redis.service").read_text("utf-8")
        (start,) = [line for line in redis.splitlines() if line.startswith("ExecStart=")]
        with ExitStack() as stack:
            stack.enter_context(self._keep("redis", start.partition("=")[2].split(), {}))
            yield {
                name: stack.enter_context(
                    self._keep(name, self._confined(name), self._settings(name))
                )
                for name in ("worker", "web")
            }

    def said(self, name: str) -> str:
        return (self.root / f"{name}.log").read_text("utf-8")

    def _confined(self, name: str) -> list[str]:
        unit = self.root / f"etc/systemd/system/asm-{name}.service"
        return [sys.executable, "-I", str(CONFINED), str(unit), str(self.opt / "bin/asm"), name]

    def _settings(self, name: str) -> dict[str, str]:
        read = dotenv_values(self.root / f"etc/asm/{name}.env", interpolate=False)
        return {key: value or "" for key, value in read.items()}

    @contextmanager
    def _keep(
        self, name: str, command: list[str], settings: Mapping[str, str]
    ) -> Iterator["subprocess.Popen[bytes]"]:
        # systemd-analyze tells which system calls a group holds: for that the system's programs.
        env = self.environment() | {"PATH": os.defpath} | dict(settings)
        log = self.root / f"{name}.log"
        with log.open("wb") as output, running(command, env, output) as process:
            yield process


@pytest.fixture
def machine(wheel: Path, tmp_path: Path) -> Iterator[Installed]:
    """PostgreSQL runs, with nothing in it; the wheel was installed by pip into a folder of its own.
    What it needs is not fetched again: it is where it was installed for the tests.
    """
    services = start_test_services(tmp_path)
    opt, home = tmp_path / "opt", tmp_path / "home"
    home.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", opt], check=True)
    python = opt / "bin/python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check",
         "install", "--quiet", "--no-deps", "--no-index", wheel],
        check=True,
    )  # fmt: skip
    (packages,) = (opt / "lib").glob("python3*/site-packages")
    needs = Path(litestar.__file__).parents[1]
    (packages / "needs.pth").write_text(f"{needs}\n", "utf-8")
    yield Installed(
        opt=opt, root=tmp_path / "root", home=home, services=services, port=any_free_port()
    )
    services.stop()
