"""The channels to people, and the mail server itself: it lets us in, and that by TLS."""

import ssl
from email.message import EmailMessage
from email.utils import parseaddr

import aiosmtplib

from asm.errors import ConfigurationError
from asm.install.doctor.context import CONNECT_S, DoctorContext, NotReachedError
from asm.install.doctor.finding import Finding, fine, warning, wrong
from asm.locales.texts import both
from asm.notify.channels.email.server import MailServer, client_of, mail_server
from asm.notify.installed_channels import open_channels


async def look_at_channels(context: DoctorContext) -> list[Finding]:
    """No channel is set up by half."""
    check = "mail.channels"
    try:
        for channel in open_channels(context.settings):
            await channel.close()
    except ConfigurationError as error:
        return [wrong(check, "half", reason=str(error))]
    return [fine(check)]


async def look_at_mail_server(context: DoctorContext) -> list[Finding]:
    """It can be reached, speaks TLS and takes the login. A mail is sent only when asked for."""
    check = "mail.server"
    notify = context.settings.notify
    if not notify.smtp_url:
        return [warning(check, "none")]
    try:
        server = mail_server(notify)
    except ConfigurationError as error:
        raise NotReachedError("half") from error
    what, facts = await _try(server, context.send_mail_to)
    return [wrong(check, what, **facts)] if what else [fine(check)]


async def _try(server: MailServer, to: str | None) -> tuple[str, dict[str, int]]:
    """What went wrong, or nothing."""
    try:
        async with client_of(server, step_s=CONNECT_S) as smtp:
            if to:
                await smtp.send_message(_letter(server, to))
    except aiosmtplib.SMTPAuthenticationError:
        return "refused", {}
    except aiosmtplib.SMTPRecipientsRefused:
        return "recipient", {}
    except aiosmtplib.SMTPResponseException as error:
        return "said_no", {"code": error.code}
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        return ("no_tls" if _is_of_tls(error) else "away"), {}
    return "", {}


def _is_of_tls(error: BaseException) -> bool:
    """Also where the library has wrapped it."""
    said = f"{error} {error.__cause__} {error.__context__}".upper()
    return isinstance(error, ssl.SSLError) or "TLS" in said or "SSL" in said


def _letter(server: MailServer, to: str) -> EmailMessage:
    letter = EmailMessage()
    letter["From"] = server.sender
    letter["To"] = parseaddr(to)[1]
    letter["Subject"] = " · ".join(both("doctor", "letter:subject"))
    letter.set_content("\n".join(both("doctor", "letter:body")))
    return letter
