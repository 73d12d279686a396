"""Speaking to an installation over HTTP, and saying what came instead of what was expected."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from asm.headers import Header

WAIT_S = 60.0
POLL_S = 0.1


class SmokeFailure(Exception):  # noqa: N818 -- an outcome of the walk, not a fault of ours
    """What was expected and what came instead."""


@contextmanager
def signed_in(address: str, passwords: Mapping[str, str], login: str) -> Iterator[httpx.Client]:
    """A client with a bearer token that is revoked at the end."""
    with httpx.Client(base_url=f"{address}/api/v1", timeout=30.0) as client:
        body = {"login": login, "password": passwords.get(login, ""), "label": "asm smoke"}
        token = expect_body(client.post("/tokens", json=body), 201)["token"]
        client.headers[Header.AUTHORIZATION] = f"Bearer {token}"
        try:
            yield client
        finally:
            client.delete("/tokens/current")


def expect_body(answer: httpx.Response, status: int) -> Any:
    """The body of an answer that must have `status`."""
    request_line = f"{answer.request.method} {answer.request.url.path}"
    expect(
        answer.status_code == status,
        f"{request_line} answered {answer.status_code}, not {status}: {answer.text[:500]}",
    )
    return answer.json()


def expect(condition: bool, otherwise: str) -> None:  # noqa: FBT001 -- reads like an assertion
    """Raise SmokeFailure unless the condition holds."""
    if not condition:
        raise SmokeFailure(otherwise)


def fresh_key() -> dict[str, str]:
    """The header that makes a resend harmless."""
    return {Header.IDEMPOTENCY_KEY: str(uuid.uuid4())}


def is_whole(address: str) -> bool:
    """Whether declarations can be taken and the worker lives."""
    try:
        answer = httpx.get(f"{address}/health/ready", timeout=10.0)
    except httpx.TransportError:
        return False
    return answer.status_code == 200 and answer.json()["status"] == "ok"


def outbox_rows(address: str, state: str) -> float:
    """How many outbox rows are in `state`, as the metrics tell."""
    text = httpx.get(f"{address}/metrics", timeout=10.0).raise_for_status().text
    start = f'asm_outbox_rows{{state="{state}"}} '
    figures = [line for line in text.splitlines() if line.startswith(start)]
    expect(len(figures) == 1, "the metrics do not tell the outbox's depth")
    return float(figures[0].removeprefix(start))


def is_drained(address: str, put_off: float) -> bool:
    """Whether nothing is due, and nothing waits beyond the `put_off` rows that waited before."""
    return outbox_rows(address, "due") == 0 and outbox_rows(address, "waiting") <= put_off


def wait_until(ready: Callable[[], bool], what: str) -> None:
    """Ask again and again; SmokeFailure after a minute."""
    deadline = time.monotonic() + WAIT_S
    while not ready():
        if time.monotonic() > deadline:
            raise SmokeFailure(f"waited {WAIT_S:.0f} s for {what}")
        time.sleep(POLL_S)
