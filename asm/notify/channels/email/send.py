"""E-mail by SMTP. The Message-ID is made of the delivery, so that a double can be dropped."""

from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import Final

import aiosmtplib

from asm.locales.texts import text_in
from asm.notify.channels.channel import AcceptedDelivery, Failed, Outcome, OutgoingDelivery
from asm.notify.channels.email.connection import MailConnection
from asm.notify.channels.email.headers import MAIL
from asm.notify.channels.email.server import MailServer

_PERMANENT: Final = 500
#: The server does not let us in or is set up otherwise: ours to mend, so not the message's fault.
_OURS: Final = frozenset({530, 534, 535, 538})


class EmailChannel:
    """One SMTP connection for a batch of mails."""

    name = "email"

    def __init__(self, server: MailServer) -> None:
        self._sender = server.sender
        self._connection = MailConnection(server)

    async def send(self, outgoing: OutgoingDelivery) -> Outcome:
        """A 5xx answer is permanent, all else may pass; an unknown mailbox is gone."""
        try:
            answer = await self._connection.send(_mail(outgoing, self._sender))
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _refused(max(refusal.code for refusal in error.recipients), recipient=True)
        except aiosmtplib.SMTPResponseException as error:
            return _refused(error.code, recipient=False)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return Failed(why=type(error).__name__, permanent=False)
        return AcceptedDelivery(reference=answer[:200])

    async def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _refused(code: int, *, recipient: bool) -> Failed:
    permanent = code >= _PERMANENT and code not in _OURS
    return Failed(why=f"smtp_{code}", permanent=permanent, gone=recipient and code == 550)


def _mail(outgoing: OutgoingDelivery, sender: str) -> EmailMessage:
    mail = EmailMessage(policy=MAIL)
    mail["From"] = sender
    mail["To"] = outgoing.address["email"]
    mail["Subject"] = outgoing.message.title
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<{outgoing.id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    lines = [outgoing.message.text, "", outgoing.link]
    if outgoing.leave_url is not None:
        mail["List-Unsubscribe"] = f"<{outgoing.leave_url}/one-click>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        foot = text_in("messages", "email.foot", outgoing.language, {"leave": outgoing.leave_url})
        lines += ["", "--", foot]
    mail.set_content("\n".join(lines))
    return mail
