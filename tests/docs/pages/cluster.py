"""A PostgreSQL as Debian's package leaves it: a superuser who comes in through the socket, by being
who runs the server, and nobody else.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from local.machine.os_user import OsUser
from local.postgres.installation import PostgresInstallation

#: Quick to start, for few; what is written down survives all the same.
SETTINGS = """
listen_addresses = '127.0.0.1'
max_connections = 60
shared_buffers = 64MB
max_wal_size = 256MB
logging_collector = off
"""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """`data` belongs to `owner` (None: to ourselves). `sockets` is where its socket lies."""

    installation: PostgresInstallation
    data: Path
    sockets: Path
    port: int
    owner: OsUser | None

    @property
    def superuser(self) -> str:
        return self.owner.name if self.owner else pwd.getpwuid(os.geteuid()).pw_name

    @property
    def variables(self) -> dict[str, str]:
        """For programs that come in through the socket."""
        return {"PGHOST": str(self.sockets), "PGPORT": str(self.port)}

    def create(self, stored: Path) -> None:
        """Make it anew; `stored` is a copy of a cluster of before, or becomes one."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self._own(self.data.parent)
        if not stored.exists():
            stored.mkdir()
            self._own(stored)
            self._run(
                "initdb", f"--pgdata={stored}", "--auth-local=peer", "--auth-host=scram-sha-256",
                "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions",
            )  # fmt: skip
        self.data.mkdir()
        self._own(self.data)
        subprocess.run(["cp", "-a", f"{stored}/.", str(self.data)], check=True)
        own = f"port = {self.port}\nunix_socket_directories = '{self.sockets}'\n"
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS + own)

    def start(self) -> None:
        self.sockets.mkdir(parents=True, exist_ok=True)
        self._own(self.sockets)
        self.sockets.chmod(0o755)
        log = self.data.parent / "postgresql.log"
        log.touch()
        self._own(log)
        self._run("pg_ctl", "start", "--wait", f"--pgdata={self.data}", f"--log={log}")

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "--wait", "--mode=fast", f"--pgdata={self.data}")

    def query(self, statement: str, database: str = "postgres") -> str:
        """As the superuser, through the socket."""
        return self._run(
            "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, given=statement
        ).strip()

    def _own(self, path: Path) -> None:
        if self.owner:
            shutil.chown(path, self.owner.uid, self.owner.gid)

    def _run(self, program: str, *arguments: str, given: str = "") -> str:
        done = subprocess.run(
            [self.installation.program(program), *arguments],
            input=given,
            capture_output=program == "psql",
            text=True,
            check=False,
            cwd="/",
            env={**os.environ, **self.variables, "LC_ALL": "C.UTF-8"},
            user=self.owner.uid if self.owner else None,
            group=self.owner.gid if self.owner else None,
            extra_groups=[] if self.owner else None,
        )
        assert done.returncode == 0, (program, done.stderr)
        return done.stdout or ""
