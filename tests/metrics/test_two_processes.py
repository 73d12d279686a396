"""Two web processes that share a port, started as in production: their figures add up, also when
one of them dies.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.metrics.shared_folder import _IN_MEMORY
from asm.settings import Settings
from local.machine.ports import any_free_port
from tests.outbox.rows import put
from tests.serve import NO_CERTIFICATES, environment, running

PATIENCE_S = 120.0
COUNTED = ("asm_requests_total", (("method", "GET"), ("route", "/health/live"), ("status", "200")))
Figures = dict[tuple[str, tuple[tuple[str, str], ...]], float]


class Installation:
    """Two processes behind one port, and their figures on another."""

    def __init__(self, parent: subprocess.Popen[bytes], port: int, metrics_port: int) -> None:
        self.parent = psutil.Process(parent.pid)
        self.pages = f"http://127.0.0.1:{port}"
        self.port = f"http://127.0.0.1:{metrics_port}/metrics"
        self.client = httpx.Client(verify=NO_CERTIFICATES, timeout=20)

    def figures(self, address: str = "") -> Figures:
        try:
            answer = self.client.get(address or self.port)
        except httpx.TransportError:
            return {}
        assert answer.status_code == 200
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    def request(self) -> None:
        """On a connection of its own, so that either process may be the one that answers."""
        with httpx.Client(verify=NO_CERTIFICATES, timeout=20) as stranger:
            assert stranger.get(f"{self.pages}/health/live").status_code == 200

    def files(self) -> list[Path]:
        parents = (_IN_MEMORY, Path(tempfile.gettempdir()))
        name = f"asm-figures-*-{self.parent.pid}-*"
        (folder,) = (path for parent in parents for path in parent.glob(name))
        return sorted(folder.glob("histogram_*.db"))

    def serving(self) -> list[int]:
        """Who has counted a request, by the files, and lives."""
        living = {child.pid for child in self.parent.children()}
        return [pid for file in self.files() if (pid := int(file.stem.split("_")[1])) in living]

    def holder(self, port: int) -> int:
        """Who answers on this port."""
        (holder,) = (
            child.pid
            for child in self.parent.children()
            for each in child.net_connections("tcp")
            if each.status == psutil.CONN_LISTEN and each.laddr.port == port
        )
        return holder


def until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"still waiting: {what}"
        time.sleep(0.05)


async def test_they_add_up_and_survive_a_death(
    settings: Settings, admin_engine: AsyncEngine
) -> None:
    await put(admin_engine, "a", "b", "c")
    port, metrics_port = any_free_port(), any_free_port()
    env = environment(settings, port) | {
        "WEB_CONCURRENCY": "2", "ASM_METRICS_PORT": str(metrics_port),
    }  # fmt: skip
    command = [
        sys.executable, "-m", "uvicorn", "asm.app:create_app", "--factory",
        "--host", "127.0.0.1", "--port", str(port), "--no-access-log", "--no-proxy-headers",
    ]  # fmt: skip
    with running(command, env) as parent:
        both = Installation(parent, port, metrics_port)
        until(lambda: both.figures().get(("asm_web_processes", ())) == 2, "both to have started")
        number = 0
        while len(both.serving()) < 2 or number < 20:
            both.request()
            number += 1
        figures = both.figures()
        assert figures[COUNTED] == number
        assert figures["asm_outbox_rows", (("state", "due"),)] == 3, "read, not added up"
        assert figures["asm_build_info", (("version", "0.1.0"),)] == 1
        assert not [labels for _, labels in figures if "pid" in dict(labels)]
        assert both.figures(f"{both.pages}/metrics")[COUNTED] == number, (
            "the pages' port says the same"
        )

        before = both.serving()
        for pid in before:  # one of them has the port of the figures
            os.kill(pid, signal.SIGKILL)
        until(lambda: both.figures().get(("asm_web_processes", ())) == 2, "both to be replaced")
        both.request()
        assert both.figures()[COUNTED] == number + 1, "what the dead have counted stays"
        assert not set(before) & {child.pid for child in both.parent.children()}
