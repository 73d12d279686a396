"""The real provider of the tests, and a citizen with a browser."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SECRET = "invented-secret-of-the-tests"
SCOPES = ["openid", "profile", "identity", "offline_access"]
Start = Callable[..., str]


@pytest.fixture
def provider() -> Iterator[Start]:
    """Starts oidc-provider for this test; returns its issuer."""
    node = shutil.which("node")
    assert node is not None, "Node.js is needed: make prepare"
    started: list[subprocess.Popen[str]] = []

    def start(redirect: str, people: dict[str, Any], dropped: str = "") -> str:
        given = {
            "client": {"id": "asm-test", "secret": SECRET},
            "redirect": redirect,
            "people": people,
            "scopes": SCOPES,
            "dropped": dropped,
        }
        script = Path(__file__).with_name("provider.mjs")
        process = subprocess.Popen(
            [node, str(script), json.dumps(given)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("http://"):
                return line.strip()
        raise AssertionError("the provider did not start: npm ci")

    yield start
    for process in started:
        process.terminate()
        process.communicate(timeout=20)
