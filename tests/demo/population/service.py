"""The simulator as a process of its own, to be told to misbehave and to be killed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from asm.identity.population import PopulationClient, read_token
from local.machine.ports import any_free_port
from tests.serve import NO_CERTIFICATES

COMMAND = [sys.executable, "-m", "asm", "simulator"]
READY_WITHIN_S = 60.0
#: An answer that is to come, on a machine that others use.
PATIENCE_S = 60.0


@dataclass
class Service:
    folder: Path
    port: int = field(default_factory=any_free_port)
    process: subprocess.Popen[bytes] | None = None
    http: httpx.Client = field(
        default_factory=lambda: httpx.Client(verify=NO_CERTIFICATES, timeout=PATIENCE_S)
    )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def token_file(self) -> Path:
        return self.folder / "population-token"

    @property
    def log(self) -> Path:
        return self.folder / "simulator.log"

    @property
    def token(self) -> str:
        return read_token(self.token_file)

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def start(self) -> None:
        arguments = ["--port", str(self.port), "--token-file", str(self.token_file)]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*COMMAND, *arguments], stdout=output, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + READY_WITHIN_S
        while not self._answers():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        self.control(latency_ms=0, jitter_ms=0)

    def _answers(self) -> bool:
        try:
            return self.http.get(f"{self.url}/health").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def control(self, **changes: Any) -> dict[str, Any]:
        answer = self.http.post(f"{self.url}/control", json=changes, headers=self.authorization)
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()
        return state

    def seen(self, what: str) -> int:
        answer = self.http.get(f"{self.url}/control", headers=self.authorization)
        return int(answer.json()["seen"][what])

    def client(self, **changes: Any) -> PopulationClient:
        return PopulationClient(self.url, self.token, **changes)


@contextmanager
def service_in(folder: Path) -> Iterator[Service]:
    service = Service(folder)
    try:
        service.start()
        yield service
    finally:
        service.kill()
        service.http.close()
