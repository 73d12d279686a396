"""Starting the product and its peers, each as its own guide says a server is run."""

import contextlib
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from asm.db.migrate import downgrade
from asm.errors import ConfigurationError
from benchmarks.rig import DATABASE, Rig
from local.layout import read_layout
from local.machine import processes
from local.machine.ports import any_free_port

PEERS = Path(__file__).with_name("peers")
PEER_DATABASE = "peer"
EARLIER_DATABASE = "earlier"
READY_WITHIN_S = 60.0


@dataclass(frozen=True)
class Server:
    """One contender at work. `started_in_s`: from its start to its first answer."""

    address: str
    pid: int
    started_in_s: float

    def workers(self) -> list[psutil.Process]:
        """The processes that answer: the children that are Python with our code, or itself."""
        me = psutil.Process(self.pid)
        busy = [child for child in me.children() if child.memory_info().rss > 50_000_000]
        return busy or [me]


def unpack_earlier(commit: str, folder: Path) -> Path:
    """The product as it was at `commit`, with today's built pages: declaring needs none of them,
    but a web process wants them there.
    """
    archive = subprocess.run(["git", "archive", commit, "asm"], check=True, capture_output=True)
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as packed:
        packed.extractall(folder, filter="data")
    shutil.copytree("asm/web/static", folder / "asm/web/static", dirs_exist_ok=True)
    return folder


def make_earlier_database(rig: Rig, tree: Path) -> None:
    """A copy of the filled database, taken back to the newest revision that `tree` knows."""
    rig.cluster.query(
        'CREATE DATABASE :"name" TEMPLATE :"source"', name=EARLIER_DATABASE, source=DATABASE
    )
    versions = (tree / "asm/db/migrations/versions").glob("[0-9]*.py")
    newest = max(path.name.partition("_")[0] for path in versions)
    downgrade(rig.cluster.admin_url(EARLIER_DATABASE), newest)


@contextlib.contextmanager
def product(
    rig: Rig, workers: int, tree: Path = Path(), database: str = DATABASE
) -> Iterator[Server]:
    """The web process as `make demo` starts it, with so many workers, from the code in `tree`."""
    port = any_free_port()
    argv = [
        sys.executable, "-m", "uvicorn", "asm.app:create_app", "--factory",
        "--app-dir", str(tree.resolve()),
        "--host", "127.0.0.1", "--port", str(port), "--loop", "uvloop", "--http", "httptools",
        "--no-access-log", "--no-server-header", "--timeout-keep-alive", "75",
        "--timeout-graceful-shutdown", "10",
    ]  # fmt: skip
    env = {**rig.environment(port, database), "WEB_CONCURRENCY": str(workers)}
    with _serving("product", argv, env, rig, port) as server:
        yield server


@contextlib.contextmanager
def fastapi_orm(rig: Rig, workers: int) -> Iterator[Server]:
    port = any_free_port()
    url = rig.cluster.admin_url(PEER_DATABASE).replace("postgresql://", "postgresql+asyncpg://", 1)
    argv = [
        *_peer_python("fastapi_orm"), "-m", "uvicorn", "app:app", "--app-dir",
        str(PEERS / "fastapi_orm"), "--host", "127.0.0.1", "--port", str(port),
        "--workers", str(workers), "--loop", "uvloop", "--http", "httptools", "--no-access-log",
    ]  # fmt: skip
    with _serving("fastapi", argv, {**os.environ, "PEER_DATABASE_URL": url}, rig, port) as server:
        yield server


@contextlib.contextmanager
def django_drf(rig: Rig, workers: int) -> Iterator[Server]:
    port = any_free_port()
    argv = [
        *_peer_python("django_drf"), "-m", "gunicorn", "app:application", "--chdir",
        str(PEERS / "django_drf"), "--bind", f"127.0.0.1:{port}", "--workers", str(workers),
        "--worker-class", "gthread", "--threads", "16", "--log-level", "warning",
        "--no-control-socket",
    ]  # fmt: skip
    environment = {
        "PEER_PORT": str(rig.cluster.port),
        "PEER_DATABASE": PEER_DATABASE,
        "PEER_USER": "asm_admin",
        "PEER_PASSWORD": rig.cluster.password,
    }
    with _serving("django", argv, {**os.environ, **environment}, rig, port) as server:
        yield server


def make_peer_database(rig: Rig) -> None:
    """The peers' own tables, in a database of their own on the same server."""
    rig.cluster.create_database(PEER_DATABASE)
    with psycopg.connect(rig.cluster.admin_url(PEER_DATABASE)) as connection:
        connection.execute((PEERS / "plain.sql").read_bytes())


def provide_peers() -> None:
    """Install what the peers need, each into a folder of its own."""
    for name in ("fastapi_orm", "django_drf"):
        _peer_python(name)


def _peer_python(name: str) -> list[str]:
    """The interpreter of a peer; made when its requirements have changed."""
    wanted = PEERS / name / "requirements.txt"
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()
    folder = read_layout().home / "peers" / name
    program, mark = folder / "bin" / "python", folder / ".installed"
    if not mark.exists() or mark.read_text("ascii") != digest:
        print(f"Installing the peer {name} into {folder} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(program), "-m", "pip", "install", "--quiet", "--no-input"]
        subprocess.run([*pip, "--require-hashes", "-r", str(wanted)], check=True)
        mark.write_text(digest, "ascii")
    return [str(program)]


@contextlib.contextmanager
def _serving(
    name: str, argv: Sequence[str], env: Mapping[str, str], rig: Rig, port: int
) -> Iterator[Server]:
    log = rig.folder / f"{name}.log"
    start = time.monotonic()
    started = processes.spawn(name, argv, log=log, env=env)
    address = f"http://127.0.0.1:{port}"
    try:
        while not _answers(address):
            if time.monotonic() - start > READY_WITHIN_S or not processes.is_running(started):
                tail = log.read_text("utf-8", "replace")[-2000:]
                raise ConfigurationError(f"{name} did not start:\n{tail}")
            time.sleep(0.01)
        yield Server(address, started.pid, time.monotonic() - start)
    finally:
        processes.stop(started, grace_s=20)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health/live", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
