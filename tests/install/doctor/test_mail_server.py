"""`asm doctor` at a real mail server, in a thread of its own: the command has its own loop."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from asm.settings import Settings
from local.machine.ports import any_free_port
from tests.install.doctor.patient import findings_of

PASSWORD = "mat-khau-cua-may-chu-thu"


@dataclass
class Box:
    """What was taken, and what is said to RCPT."""

    rcpt: str = "250 OK"
    mails: list[bytes] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 -- the name that aiosmtpd calls
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(envelope.content)
        return "250 OK"


def _lets_in(
    _server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any
) -> AuthResult:
    assert isinstance(login, LoginPassword)
    return AuthResult(success=login.password == PASSWORD.encode(), handled=False)


@contextmanager
def serving(box: Box) -> Iterator[int]:
    controller = Controller(
        box, hostname="127.0.0.1", port=any_free_port(), authenticator=_lets_in,
        auth_require_tls=False,
    )  # fmt: skip
    # In this process the server's log would stand in the command's answer.
    log = logging.getLogger("mail.log")
    log.disabled = True
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
        log.disabled = False


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "smtp-password"
    file.write_text(PASSWORD)
    file.chmod(0o600)
    return file


def variables(url: str, file: Path) -> dict[str, Any]:
    return {
        "ASM_SMTP_URL": url,
        "ASM_MAIL_FROM": "luutru@example.vn",
        "ASM_SMTP_PASSWORD_FILE": str(file),
    }


def test_a_mail_server_that_lets_us_in(settings: Settings, password_file: Path) -> None:
    box = Box()
    with serving(box) as port:
        said = variables(f"smtp://luutru@127.0.0.1:{port}", password_file)
        assert findings_of(settings, "mail.server", well=True, **said) == {}
        assert box.mails == []  # nothing is sent unasked
        to = ("--send-mail-to", "goc@example.vn")
        assert findings_of(settings, "mail.server", *to, well=True, **said) == {}
        assert len(box.mails) == 1
        assert b"To: goc@example.vn" in box.mails[0]
        box.rcpt = "550 unknown"
        assert set(findings_of(settings, "mail.server", *to, **said)) == {"recipient"}


def test_a_mail_server_that_does_not(settings: Settings, password_file: Path) -> None:
    with serving(Box()) as port:
        not_tls = variables(f"smtps://luutru@127.0.0.1:{port}", password_file)
        assert set(findings_of(settings, "mail.server", **not_tls)) == {"no_tls"}
        password_file.write_text("another")
        refused = variables(f"smtp://luutru@127.0.0.1:{port}", password_file)
        assert set(findings_of(settings, "mail.server", **refused)) == {"refused"}
    assert set(findings_of(settings, "mail.server", **refused)) == {"away"}
