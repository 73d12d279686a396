"""`systemctl` of a machine of a page: it starts what the unit files say, and PostgreSQL.

It knows as much as the pages ask of it, and refuses the rest.
"""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from dotenv import dotenv_values

SERVICE_FILES = Path("etc/systemd/system")
ENDS_WITHIN_S = 30.0


class Service:
    """One unit file below the root of the machine."""

    def __init__(self, root: Path, name: str) -> None:
        self.name = name
        self._root = root
        self._pid = root / "run" / f"{name}.pid"
        self._log = root / "run" / f"{name}.log"
        self._listening = root / "run" / f"{name}.listening"
        self._lines: dict[str, list[str]] = {}
        file = root / SERVICE_FILES / name
        if not file.exists():
            raise SystemExit(f"Unit {name} not found.")
        for line in file.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition("=")
            self._lines.setdefault(key.strip(), []).append(value.strip())

    def start(self) -> int:
        """As `Type` says: to its end, or on in the background."""
        if "ExecStart" not in self._lines:  # a timer or a socket
            self._listening.touch()
            return 0
        if self._lines.get("Type") == ["oneshot"]:
            return self._to_its_end()
        if self.is_active():
            return 0
        with self._log.open("ab") as log:
            child = subprocess.Popen(
                _arguments(self._lines["ExecStart"][0]),
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._pid.write_text(str(child.pid))
        return 0

    def _to_its_end(self) -> int:
        for line in self._lines["ExecStart"] + self._lines.get("ExecStartPost", []):
            with self._log.open("ab") as log:
                done = subprocess.run(
                    _arguments(line), env=self._environment(), stdout=log, stderr=log, check=False
                )
            if done.returncode != 0:
                for name in self._lines.get("OnFailure", []):
                    Service(self._root, name).start()
                return done.returncode
        return 0

    def stop(self) -> int:
        self._listening.unlink(missing_ok=True)
        if not self.is_active():
            return 0
        pid = int(self._pid.read_text())
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + ENDS_WITHIN_S
        while _lives(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        self._pid.unlink()
        return 0

    def restart(self) -> int:
        return self.stop() or self.start()

    def is_active(self) -> bool:
        return self._pid.exists() and _lives(int(self._pid.read_text()))

    def _environment(self) -> dict[str, str]:
        """What the unit says, and what stands in for the machine."""
        env = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        env |= {name: value for name, value in os.environ.items() if name.startswith("PAGE_")}
        env["PYTHONPATH"] = os.environ["PYTHONPATH"]
        env |= {name: os.environ[name] for name in ("PGHOST", "PGPORT") if name in os.environ}
        for line in self._lines.get("Environment", []):
            env |= dict(part.split("=", 1) for part in shlex.split(line))
        for file in self._lines.get("EnvironmentFile", []):
            lines = dotenv_values(file.removeprefix("-"), interpolate=False)
            env |= {name: value or "" for name, value in lines.items()}
        return env


class Postgres:
    """The server of the machine, by its own program."""

    name = "postgresql"

    def __init__(self, root: Path) -> None:
        self._root = root

    def start(self) -> int:
        return self._ctl("start", "--log", os.environ["PAGE_DATABASE_LOG"])

    def stop(self) -> int:
        return self._ctl("stop", "--mode=fast")

    def restart(self) -> int:
        return self._ctl("restart", "--mode=fast", "--log", os.environ["PAGE_DATABASE_LOG"])

    def is_active(self) -> bool:
        return (Path(os.environ["PAGE_DATABASE"]) / "postmaster.pid").exists()

    def _ctl(self, *arguments: str) -> int:
        program = str(Path(os.environ["PAGE_DATABASE_PROGRAMS"]) / "pg_ctl")
        line = [program, *arguments, "--wait", "--silent", "--pgdata", os.environ["PAGE_DATABASE"]]
        return subprocess.run(["sudo", "-u", "postgres", *line], check=False).returncode


def _arguments(line: str) -> list[str]:
    return shlex.split(line.lstrip("-+!@").replace("%%", "%").replace("$$", "$"))


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _require_sockets(root: Path, names: list[str]) -> None:
    """systemd only warns: the next visitor starts the service again. Here it is an error."""
    stopped = {name.removesuffix(".service") for name in names}
    for listening in (root / "run").glob("*.socket.listening"):
        socket = listening.name.removesuffix(".listening")
        service = socket.removesuffix(".socket")
        if service in stopped and socket not in stopped:
            raise SystemExit(f"Stopping {service}, but it can still be activated by: {socket}")


def main(arguments: list[str]) -> int:
    """One verb, and units."""
    root = Path(os.environ["PAGE_MACHINE"])
    now = "--now" in arguments
    verb, *names = (part for part in arguments if not part.startswith("-"))
    if verb == "daemon-reload":
        return 0
    done = {"start": "start", "stop": "stop", "restart": "restart", "is-active": "is_active"}
    if verb in {"enable", "disable"}:
        if not now:
            return 0
        verb = "start" if verb == "enable" else "stop"
    if verb == "stop":
        _require_sockets(root, names)
    for name in names:
        full = name if "." in name else f"{name}.service"
        unit = Postgres(root) if full == "postgresql.service" else Service(root, full)
        act: Callable[[], int | bool] = getattr(unit, done[verb])
        outcome = act()
        if verb == "is-active":
            sys.stdout.write("active\n" if outcome else "inactive\n")
            outcome = 0 if outcome else 3
        if outcome:
            return int(outcome)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
