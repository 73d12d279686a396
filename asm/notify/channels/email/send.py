"""E-mail by SMTP. The Message-ID is made of the delivery, so that a double can be dropped."""

from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib
import msgspec

from asm.errors import ConfigurationError
from asm.notify.channel import Failed, Outcome, Parcel, Sent
from asm.notify.secret_file import read_secret
from asm.settings import NotifySettings

_HERE: Final = frozenset({"127.0.0.1", "localhost", "::1"})
#: For each answer of the server; the delivery as a whole has its own limit.
_STEP_S: Final = 12.0
_PERMANENT: Final = 500
#: The server does not let us in or is set up otherwise: ours to mend, so not the message's fault.
_OURS: Final = frozenset({530, 534, 535, 538})
_FOOT: Final = {
    "vi": "Thôi nhận thư ở địa chỉ này: {leave}\nHộp thư trong ASM vẫn giữ mọi thông báo.",
    "en": "Stop these mails to this address: {leave}\nThe inbox in ASM keeps every message.",
}


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
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ConfigurationError("ASM_SMTP_URL must look like smtp://user@host:587")
    if "@" not in parseaddr(settings.mail_from)[1]:
        raise ConfigurationError("ASM_MAIL_FROM must be the address that mails come from")
    tls = parts.scheme == "smtps"
    user = unquote(parts.username) if parts.username else None
    return MailServer(
        host=parts.hostname,
        port=parts.port or (465 if tls else 587),
        tls=tls,
        upgrade=None if tls or parts.hostname in _HERE else True,
        user=user,
        password=read_secret(settings.smtp_password_file) if user else None,
        sender=settings.mail_from,
    )


class EmailChannel:
    """One SMTP conversation for each mail."""

    name = "email"

    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def send(self, parcel: Parcel) -> Outcome:
        """A 5xx answer is permanent, all else may pass; an unknown mailbox is gone."""
        server = self._server
        try:
            _, answer = await aiosmtplib.send(
                _mail(parcel, server.sender),
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                use_tls=server.tls,
                start_tls=False if server.tls else server.upgrade,
                timeout=_STEP_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _refused(max(one.code for one in error.recipients), recipient=True)
        except aiosmtplib.SMTPResponseException as error:
            return _refused(error.code, recipient=False)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return Failed(why=type(error).__name__, permanent=False)
        return Sent(reference=answer[:200])

    async def close(self) -> None:
        """Nothing is kept open."""


def _refused(code: int, *, recipient: bool) -> Failed:
    permanent = code >= _PERMANENT and code not in _OURS
    return Failed(why=f"smtp_{code}", permanent=permanent, gone=recipient and code == 550)


def _mail(parcel: Parcel, sender: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = parcel.address["email"]
    mail["Subject"] = parcel.words.title
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<{parcel.id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    lines = [parcel.words.text, "", parcel.link]
    if parcel.leave_url is not None:
        mail["List-Unsubscribe"] = f"<{parcel.leave_url}/one-click>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        foot = _FOOT.get(parcel.language, _FOOT["vi"])
        lines += ["", "--", foot.format(leave=parcel.leave_url)]
    mail.set_content("\n".join(lines))
    return mail
