"""The mail server of this installation, as its settings say."""

from email.utils import parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib
import msgspec

from asm.errors import ConfigurationError
from asm.notify.channels.secret_file import read_secret
from asm.settings import NotifySettings
from asm.variables.host_name import is_host

_HERE: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """`smtps://` speaks TLS from the start; `smtp://` must upgrade, except on this machine."""

    host: str
    port: int
    tls: bool
    upgrade: bool | None
    user: str | None
    password: str | None
    sender: str

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port})"


def mail_server(settings: NotifySettings) -> MailServer:
    """Raises ConfigurationError when the address, the sender or the password cannot be used."""
    parts = urlsplit(settings.smtp_url)
    host = parts.hostname or ""
    if parts.scheme not in {"smtp", "smtps"} or not is_host(host, inner=True):
        raise ConfigurationError("ASM_SMTP_URL must look like smtp://user@host:587")
    if "@" not in parseaddr(settings.mail_from)[1]:
        raise ConfigurationError("ASM_MAIL_FROM must be the address that mails come from")
    tls = parts.scheme == "smtps"
    user = unquote(parts.username) if parts.username else None
    return MailServer(
        host=host,
        port=parts.port or (465 if tls else 587),
        tls=tls,
        upgrade=None if tls or host in _HERE else True,
        user=user,
        password=read_secret(settings.smtp_password_file) if user else None,
        sender=settings.mail_from,
    )


def client_of(server: MailServer, *, step_s: float) -> aiosmtplib.SMTP:
    """Not connected yet. `step_s` is the limit for each answer of the server."""
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.tls,
        start_tls=False if server.tls else server.upgrade,
        timeout=step_s,
    )
