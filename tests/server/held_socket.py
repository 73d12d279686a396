"""A listening socket that is held while web processes come and go, as systemd holds it."""

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from asm.settings import Settings
from tests.serve import NO_CERTIFICATES, environment, running

#: What systemd does between fork and exec: the variable names the process that 3 is meant for.
PASS = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
os.execv(sys.argv[2], sys.argv[2:])
"""
PATIENCE_S = 90


class HeldSocket:
    """Passed to every process that `web` starts; `folder` takes what they say."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self.listening.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = environment(settings, self.port)
        self.log = folder / "web.log"
        self._notified = folder / "notify"

    @contextmanager
    def web(self, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
        """`asm web`, from when it says that it is ready."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            self._notified.unlink(missing_ok=True)
            ready.bind(str(self._notified))
            ready.settimeout(PATIENCE_S)
            env = self.environment | {"NOTIFY_SOCKET": str(self._notified)} | variables
            with self.start(env, sys.executable, "-m", "asm", "web") as process:
                assert ready.recv(64) == b"READY=1"
                yield process

    @contextmanager
    def start(self, env: Mapping[str, str], *command: str) -> Iterator[subprocess.Popen[bytes]]:
        """A process that is given the socket."""
        given = self.listening.fileno()
        passing = [sys.executable, "-c", PASS, str(given), *command]
        with self.log.open("ab") as output, running(passing, env, output, (given,)) as process:
            yield process

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def close(self) -> None:
        self.listening.close()


class Visitors:
    """People who come one after the other, each by a connection of their own, until told to stop;
    `answers` are the statuses they got, `errors` what kept them from one.
    """

    def __init__(self, address: str, trust: ssl.SSLContext = NO_CERTIFICATES) -> None:
        self.answers: list[int] = []
        self.errors: list[str] = []
        self._url = address + "/health/live"
        self._trust = trust
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._come) for _ in range(4)]

    def __enter__(self) -> "Visitors":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.go()

    def go(self) -> None:
        """Let nobody else come, and wait for the answers of those who did."""
        self._enough.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def come_again(self, number: int = 20) -> None:
        """Wait until so many more were answered."""
        wanted, tick = len(self.answers) + number, threading.Event()
        while len(self.answers) < wanted and not self.errors:
            tick.wait(0.02)

    def _come(self) -> None:
        while not self._enough.is_set():
            try:
                with httpx.Client(verify=self._trust, timeout=PATIENCE_S) as client:
                    answer = (
                        client.post(self._url) if len(self.answers) % 2 else client.get(self._url)
                    )
                self.answers.append(answer.status_code)
            except httpx.TransportError as error:
                self.errors.append(repr(error))
                return
