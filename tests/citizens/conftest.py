"""The real provider of the tests, and a citizen with a browser."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar

from asm.settings import CitizenSettings, Settings

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


@pytest.fixture
def with_provider(app: Litestar, settings: Settings, tmp_path: Path) -> Any:
    """Points the application at an issuer."""
    secret = tmp_path / "oidc-secret"
    secret.write_text(SECRET + "\n")

    def use(issuer: str, **changes: Any) -> None:
        citizens = CitizenSettings(
            issuer=issuer, client_id="asm-test", secret_file=secret, scope="openid identity",
            number_claim="personal_number",
        )  # fmt: skip
        app.state.settings = replace(settings, citizens=replace(citizens, **changes))

    yield use
    app.state.settings = settings
