"""A machine for the commands of a page: folders of its own in the place of the system's, a
PostgreSQL of its own, and programs in front of `sudo`, `systemctl` and `install`.

Where a page says /etc/asm, /var/lib/asm or 127.0.0.1:8000, the machine's own folder and port are
meant; nothing else in a command is changed.
"""

import os
import re
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.docs.pages.blocks import Block
from tests.docs.pages.cluster import Cluster

PROJECT: Final = Path(__file__).resolve().parents[3]
PROGRAMS: Final = Path(__file__).parent / "programs"
#: The system's folders that a page may speak of; /mnt is a disk that is carried from one machine to
#: the next.
_FOLDERS: Final = re.compile(r"(?<![\w./-])/(etc|var|opt|srv|root|home|mnt)/")
_MAJOR: Final = re.compile(r"(?<=postgresql/)\d+(?=/)")
_PROGRAMS: Final = re.compile(r"/usr/lib/postgresql/\d+/bin/")
_PORT: Final = re.compile(r"\b127\.0\.0\.1:8000\b")
_ASM: Final = """#!/bin/sh
exec "$PAGE_PYTHON" -m tests.docs.pages.quick "$@"
"""
_REMEMBERED: Final = 'test ! -f "$PAGE_SHELL" || . "$PAGE_SHELL"\n'
_REMEMBER: Final = 'export -p > "$PAGE_SHELL"\n'
LIMIT_S: Final = 120


@dataclass(kw_only=True)
class Machine:
    """The machine that is on. Another one takes its place, with the same addresses: `put_away`."""

    root: Path
    shared: Path
    port: int
    cluster: Cluster
    passwords: dict[str, str] = field(
        default_factory=lambda: {
            name: secrets.token_urlsafe(18) for name in ("asm_admin", "asm_api", "asm_worker")
        }
    )

    def begin(self) -> None:
        """A Debian with the program and PostgreSQL, as the page of the installation leaves it
        before anything of ASM was set up.
        """
        for folder in ("etc/asm", "etc/systemd/system", "opt", "run", "root", "var/lib", "mnt"):
            (self.root / folder).mkdir(parents=True)
        self.root.chmod(0o755)
        self.program("asm-0.1.0")
        (self.root / "opt/asm").symlink_to("asm-0.1.0")
        self.cluster.create(self.shared.parent / "stored-cluster")
        self.cluster.start()

    def program(self, name: str) -> None:
        """The program, installed in /opt/NAME."""
        folder = self.root / "opt" / name / "bin"
        folder.mkdir(parents=True)
        (folder / "asm").write_text(_ASM)
        (folder / "asm").chmod(0o755)

    def own(self, text: str) -> str:
        """What a page says, in the words of this machine."""
        placed = _MAJOR.sub(str(self.cluster.installation.major), text)

        def below_root(match: re.Match[str]) -> str:
            if match[1] == "mnt":
                return f"{self.shared}/"
            return f"{self.root}/{match[1]}/"

        placed = _PROGRAMS.sub(f"{self.cluster.installation.bindir}/", placed)
        return _PORT.sub(f"127.0.0.1:{self.port}", _FOLDERS.sub(below_root, placed))

    def environment(self) -> dict[str, str]:
        """Of whoever types commands there."""
        installation = self.cluster.installation
        path = [str(PROGRAMS), str(installation.bindir), os.environ.get("PATH", os.defpath)]
        owner = self.cluster.owner
        return {
            **self.cluster.variables,
            "PATH": ":".join(path),
            "HOME": str(self.root / "root"),
            "LANG": "C.UTF-8",
            "NO_PROXY": "127.0.0.1",
            "PYTHONPATH": str(PROJECT),
            "PAGE_MACHINE": str(self.root),
            "PAGE_SHELL": str(self.root / "run/exported"),
            "PAGE_PYTHON": sys.executable,
            "PAGE_SUPERUSER": self.cluster.superuser,
            "PAGE_DATABASE": str(self.cluster.data),
            "PAGE_DATABASE_LOG": str(self.cluster.data.parent / "postgresql.log"),
            "PAGE_DATABASE_PROGRAMS": str(installation.bindir),
            "PAGE_DATABASE_USER": str(owner.uid if owner else os.geteuid()),
            "PAGE_DATABASE_GROUP": str(owner.gid if owner else os.getegid()),
        }

    def run(self, commands: str) -> subprocess.CompletedProcess[str]:
        """Commands as they stand in a page, one after the other until one fails."""
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-s"],
            # One person types all of them, at one terminal.
            input=f"{_REMEMBERED}{self.own(commands)}\n{_REMEMBER}",
            env=self.environment(),
            cwd=self.root / "root",
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT_S,
        )

    def logs(self) -> str:
        """The end of what each service said."""
        logs = sorted((self.root / "run").glob("*.log"))
        return "\n".join(f"{log.name}: {log.read_text()[-1500:]}" for log in logs)

    def run_block(self, block: Block) -> str:
        """What it printed. Fails with what the commands said."""
        done = self.run(block.commands)
        said = f"{block.where} ended with {done.returncode}\n{done.stdout}{done.stderr}"
        assert done.returncode == 0, f"{said}\n{self.logs()}"
        return done.stdout

    def url(self, login: str) -> str:
        """The address of the database for one of the three logins."""
        return f"postgresql://{login}:{self.passwords[login]}@127.0.0.1:{self.cluster.port}/asm"

    def stop(self) -> None:
        """Everything that was started on it."""
        for listening in (self.root / "run").glob("*.listening"):
            self.run(f"systemctl stop {listening.name.removesuffix('.listening')}")
        for pid in (self.root / "run").glob("*.service.pid"):
            self.run(f"systemctl stop {pid.name.removesuffix('.pid')}")
        self.cluster.stop()

    def put_away(self, name: str) -> None:
        """Switch it off and carry it out; what is begun next is another machine."""
        self.stop()
        self.root.rename(self.root.with_name(name))
        self.root.mkdir()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.root.parent, ignore_errors=True)
