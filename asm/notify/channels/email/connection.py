"""One connection to the mail server for many mails: signing in costs more than a mail does."""

import asyncio
from email.message import EmailMessage
from typing import Final

import aiosmtplib

from asm.notify.channels.email.server import MailServer, client_of

#: For each answer of the server; the delivery as a whole has its own limit.
STEP_S: Final = 12.0
#: Who would wait longer for the connection, because the server is slow, opens one of its own.
IN_LINE_S: Final = 6.0
#: A connection that nobody needs is closed after this.
KEPT_S: Final = 10.0


class MailConnection:
    """Kept open between mails. After a refusal it goes on, after anything else it is given up."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._turn = asyncio.Lock()
        self._kept: aiosmtplib.SMTP | None = None
        self._closing: asyncio.TimerHandle | None = None

    async def send(self, mail: EmailMessage) -> str:
        """The server's answer. Raises as aiosmtplib does."""
        try:
            async with asyncio.timeout(IN_LINE_S):
                await self._turn.acquire()
        except TimeoutError:
            return await self._alone(mail)
        try:
            return await self._in_turn(mail)
        finally:
            self._turn.release()

    def close(self) -> None:
        """Let go of it."""
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    async def _in_turn(self, mail: EmailMessage) -> str:
        smtp = await self._connected()
        settled = False
        try:
            _, answer = await smtp.send_message(mail)
            settled = True
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPResponseException):
            settled = smtp.is_connected
            raise
        finally:
            if settled:
                self._closing = asyncio.get_running_loop().call_later(KEPT_S, self.close)
            else:
                self.close()
        return answer

    async def _connected(self) -> aiosmtplib.SMTP:
        """The one that is kept, if the server has not closed it meanwhile, or a new one."""
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        if self._kept is not None and await _answers(self._kept):
            return self._kept
        self.close()
        smtp = client_of(self._server, step_s=STEP_S)
        await smtp.connect()
        self._kept = smtp
        return smtp

    async def _alone(self, mail: EmailMessage) -> str:
        async with client_of(self._server, step_s=STEP_S) as smtp:
            _, answer = await smtp.send_message(mail)
        return answer


async def _answers(smtp: aiosmtplib.SMTP) -> bool:
    """A look before a mail is entrusted to it: a server closes what was idle for long."""
    if not smtp.is_connected:
        return False
    try:
        await smtp.noop()
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        return False
    return True
