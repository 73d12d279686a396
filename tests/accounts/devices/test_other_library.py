"""The whole way with proofs of a library that others wrote (dpop, from npm)."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.accounts.devices.phone import ORIGIN, Browser, Phone
from tests.people import fresh_key, party

SCRIPT = Path(__file__).with_name("proofs.mjs")


class LibraryPhone(Phone):
    """Its key is the library's."""

    def __init__(self, http: httpx.AsyncClient, library: "subprocess.Popen[str]") -> None:
        super().__init__(http)
        self._library = library
        self._thumbprint = self._read()

    def request(self, **changes: str | None) -> dict[str, str]:
        return super().request(dpop_jkt=self._thumbprint, **changes)

    def proof(self, method: str, url: str, *, token: str | None = None, **_: Any) -> str:
        wanted = {"htm": method, "htu": ORIGIN + url, "nonce": self.nonce, "token": token}
        assert self._library.stdin is not None
        self._library.stdin.write(json.dumps(wanted) + "\n")
        self._library.stdin.flush()
        return self._read()

    def _read(self) -> str:
        assert self._library.stdout is not None
        return self._library.stdout.readline().strip()


@pytest.fixture
def library() -> Iterator["subprocess.Popen[str]"]:
    node = shutil.which("node")
    assert node is not None
    with subprocess.Popen(
        [node, SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        yield running
        assert running.stdin is not None
        running.stdin.close()


async def test_its_proofs_sign_a_phone_in_and_declare(
    library: "subprocess.Popen[str]", client: httpx.AsyncClient, browser: Browser
) -> None:
    phone = LibraryPhone(client, library)
    await phone.sign_in(browser)
    (facility,) = (await phone.call("GET", "/api/v1/me")).json()["facility_ids"]
    url = f"/api/v1/facilities/{facility}/stays"
    sent = await phone.call("POST", url, headers=fresh_key(), json=party())
    assert sent.status_code == 201, sent.text
    assert (await phone.renew()).status_code == 200
    assert (await phone.call("GET", "/api/v1/me")).status_code == 200
    assert (await Phone(client).call("GET", "/api/v1/me")).status_code == 401
