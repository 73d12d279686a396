"""`asm web` as systemd runs it: a socket that outlives the process, a word when it is ready, an end
that tears nothing off.
"""

import asyncio
import http.client
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from asm.settings import Settings
from local.machine.ports import any_free_port
from tests.cli.test_commands import asm
from tests.faults.worker_process import until
from tests.serve import environment
from tests.server.held_socket import PASS, PATIENCE_S, HeldSocket, Visitors

#: A form's page, the answer to a form without its token, and to an address that takes none.
FAIR = {200, 403, 405}


@pytest.fixture
def held(settings: Settings, tmp_path: Path) -> Iterator[HeldSocket]:
    with closing(HeldSocket(settings, tmp_path)) as socket_held:
        yield socket_held


def test_nobody_is_refused_while_the_process_is_exchanged(held: HeldSocket) -> None:
    with Visitors(held.address) as visitors:
        with held.web(WEB_CONCURRENCY="2") as several:
            visitors.come_again()
            several.terminate()
            assert several.wait(PATIENCE_S) in {0, -signal.SIGTERM}
        with held.web() as single:
            visitors.come_again()
            single.terminate()
            assert single.wait(PATIENCE_S) in {0, -signal.SIGTERM}
        with held.web():
            visitors.come_again()
            visitors.go()
    assert visitors.errors == []
    assert set(visitors.answers) <= FAIR
    assert 200 in visitors.answers


async def test_who_has_only_just_come_is_answered_at_the_end(held: HeldSocket) -> None:
    async def shuts_down() -> bool:
        return "Shutting down" in held.said()

    with held.web() as process:
        newcomer = http.client.HTTPConnection("127.0.0.1", held.port, timeout=PATIENCE_S)
        newcomer.connect()
        # Connections are taken in their order: once this is answered, that one was taken.
        answered = await asyncio.to_thread(httpx.get, f"{held.address}/health/live")
        assert answered.status_code == 200
        process.terminate()
        await until(shuts_down, "the end to begin")
        newcomer.request("GET", "/health/live")
        answer = newcomer.getresponse()
        assert (answer.status, answer.getheader("connection")) == (200, "close")
        assert process.wait(PATIENCE_S) in {0, -signal.SIGTERM}


def test_who_asks_is_known_by_address_on_a_passed_socket(held: HeldSocket) -> None:
    """Of a proxy that nobody named it is said so; a request without an address is believed."""
    forged = {"X-Forwarded-For": "203.0.113.9"}
    with held.web(ASM_TRUSTED_PROXIES="192.0.2.7"):
        form = {"login": "ai.do", "password": "sai mat khau roi", "label": "x"}
        refused = httpx.post(f"{held.address}/api/v1/tokens", json=form, headers=forged)
    assert refused.status_code == 401
    assert "forwarded_by_unnamed_proxy" in held.said()


def test_a_descriptor_that_does_not_listen_is_named(settings: Settings) -> None:
    left, right = socket.socketpair()
    with left, right:
        done = subprocess.run(
            [sys.executable, "-c", PASS, str(left.fileno()), sys.executable, "-m", "asm.server"],
            env=environment(settings, any_free_port()),
            pass_fds=[left.fileno()],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
    assert done.returncode == 1
    assert "descriptor 3" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_not_set_up_is_said_before_anything_starts(settings: Settings) -> None:
    done = asm(replace(settings, redis_url=""), "web")
    assert done.returncode == 2
    assert "ASM_REDIS_URL" in done.stderr
