"""A private PostgreSQL cluster: its own folder, user, port and passwords, never the system's."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from asm.errors import ConfigurationError
from local.machine import processes
from local.machine.os_user import OsUser
from local.machine.ports import LOOPBACK
from local.machine.processes import Started
from local.postgres.installation import PostgresInstallation, data_major

ADMIN = "asm_admin"
START_TIMEOUT_S = 60.0  # recovery after a crash replays the log first

# Durability is what the receipts promise, so it is written down although it is the default.
# The logging part keeps personal values out of the server's log: parameters are never logged, the
# text of a failing statement neither (panic = only when the server itself dies), and `terse` drops
# the DETAIL line, which quotes the row ("Key (personal_number)=(0123…) already exists").
SETTINGS: Mapping[str, str] = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    # Of each web process 10 for requests, 3 for keys and look-ups, 6 for writing; the worker has 5.
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    # After each checkpoint every page is written to the log whole: on a busy evening that is most
    # of it. So they are rarer, bounded by what a start after a crash has to read again.
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    # Compressed while the one who writes waits: by pglz, the usual way, that took three quarters
    # of the time of filling ten million stays.
    "wal_compression": "lz4",
    "wal_buffers": "16MB",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling a query costs more than our short queries take
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateCluster:
    """One cluster. `folder` holds `data/` and belongs to `owner` (None: to ourselves)."""

    installation: PostgresInstallation
    folder: Path
    port: int
    password: str
    log: Path
    owner: OsUser | None
    overrides: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, user: str, password: str, dbname: str) -> str:
        return f"postgresql://{user}:{password}@{LOOPBACK}:{self.port}/{dbname}"

    def admin_url(self, dbname: str = "asm") -> str:
        return self.url(ADMIN, self.password, dbname)

    def create(self, *, sync: bool = True) -> bool:
        """Make the cluster unless it is there; False when it was. `sync=False` is for tests.

        It is made beside its place and then moved: a start that was killed half-way leaves no
        cluster that looks whole.
        """
        if data_major(self.data) is not None:
            return False
        half_made = self.folder / "data.new"
        shutil.rmtree(half_made, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        self._initdb(half_made, sync=sync)
        with (half_made / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("\n# Written anew at every start; ALTER SYSTEM still overrides it.\n")
            conf.write("include 'asm.conf'\n")
        half_made.rename(self.data)
        return True

    def launch(self) -> Started:
        """Start the server without waiting; what is left of an earlier one is ended first."""
        self._refuse_other_major()
        self._clear_stale_lock()
        self._write_settings()
        return processes.spawn(
            "postgres",
            [self.installation.program("postgres"), "-D", str(self.data)],
            log=self.log,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
            user=self.owner,
        )

    def wait_until_ready(self, server: Started) -> None:
        """Wait until the server takes connections; ConfigurationError when it does not."""
        processes.wait_until(
            lambda: self._is_ready(server.pid),
            server,
            timeout_s=START_TIMEOUT_S,
            log=self.log,
            what="PostgreSQL",
        )

    def query(self, sql: str, *, dbname: str = "postgres", **values: str) -> str:
        """Run one statement as the owner and return psql's bare output. It takes `values` as psql
        does: `:'name'` as a text, `:"name"` as the name of something.

        All goes in through standard input: arguments are readable to every user of the machine.
        """
        given = "".join(f"\\set {name} {_quoted(value)}\n" for name, value in values.items())
        answer = subprocess.run(
            [self.installation.program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1",
             "-h", LOOPBACK, "-p", str(self.port), "-U", ADMIN, "-d", dbname],
            input=given + sql, capture_output=True, text=True, check=False, cwd="/",
            env={**os.environ, "PGPASSWORD": self.password, "PGCONNECT_TIMEOUT": "10"},
        )  # fmt: skip
        if answer.returncode != 0:
            raise ConfigurationError(f"PostgreSQL refused: {answer.stderr.strip()}")
        return answer.stdout.strip()

    def create_database(self, dbname: str) -> None:
        """Make the database `dbname` unless it is there."""
        if not self.query("SELECT 1 FROM pg_database WHERE datname = :'name'", name=dbname):
            self.query('CREATE DATABASE :"name"', name=dbname)

    def _initdb(self, folder: Path, *, sync: bool) -> None:
        with tempfile.NamedTemporaryFile("w", dir=self.folder, prefix="pw-") as password_file:
            password_file.write(self.password)
            password_file.flush()
            if self.owner:
                os.chown(password_file.name, self.owner.uid, self.owner.gid)
            answer = subprocess.run(
                # C.UTF-8 sorts by code point everywhere alike and still knows Vietnamese letters.
                [self.installation.program("initdb"), "-D", str(folder), "-U", ADMIN,
                 "--auth=scram-sha-256", f"--pwfile={password_file.name}", "--encoding=UTF8",
                 "--locale=C.UTF-8", "--data-checksums", "--no-instructions",
                 *([] if sync else ["--no-sync"])],
                user=self.owner.uid if self.owner else None,
                group=self.owner.gid if self.owner else None,
                extra_groups=[] if self.owner else None,
                cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            )  # fmt: skip
        if answer.returncode != 0:
            raise ConfigurationError(
                f"initdb failed: {answer.stderr.strip() or answer.stdout.strip()}"
            )

    def _refuse_other_major(self) -> None:
        major = data_major(self.data)
        if major != self.installation.major:
            raise ConfigurationError(
                f"the data in {self.data} was made by PostgreSQL {major}, but "
                f"{self.installation.version} is installed: install PostgreSQL {major}, or dump "
                f"and restore, or move the folder away to start empty"
            )

    def _clear_stale_lock(self) -> None:
        """Stop what is left of an earlier server of this cluster and remove its lock file.

        PostgreSQL takes a lock whose process id now belongs to any other process of the same
        user for a running server. A server stands in its data folder, so we can tell better.
        """
        lock = self.data / "postmaster.pid"
        named = lock.read_text(encoding="ascii").split("\n")[0].strip() if lock.exists() else ""
        for process in processes.processes_inside(self.data):
            if str(process.pid) == named:
                stop_server(processes.identify("postgres", process.pid))
        deadline = time.monotonic() + START_TIMEOUT_S
        # The sessions of a killed server notice by themselves and end within moments.
        while processes.processes_inside(self.data):
            if time.monotonic() > deadline:
                raise ConfigurationError(f"an earlier PostgreSQL is still using {self.data}")
            time.sleep(processes.POLL_INTERVAL_S)
        lock.unlink(missing_ok=True)

    def _write_settings(self) -> None:
        wanted = {**SETTINGS, **self.overrides, "port": str(self.port)}
        if not self.installation.takes("wal_compression", wanted["wal_compression"]):
            wanted["wal_compression"] = "on"  # built without lz4
        conf = self.data / "asm.conf"
        conf.write_text(
            "".join(f"{name} = '{value}'\n" for name, value in wanted.items()), encoding="utf-8"
        )
        if self.owner:
            os.chown(conf, self.owner.uid, self.owner.gid)

    def _is_ready(self, pid: int) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="ascii").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def stop_server(server: Started) -> bool:
    """Stop a server in order: sessions are ended, a checkpoint is written."""
    return processes.stop(server, first=signal.SIGINT, last=signal.SIGQUIT, grace_s=30.0)


def _quoted(value: str) -> str:
    """A value as psql's command that sets a variable reads it."""
    escaped = value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")
    return f"'{escaped}'"
