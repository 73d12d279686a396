"""The worker's round, for tests of what mails say; the channel has tests with a real server."""

import dataclasses

from sqlalchemy.ext.asyncio import AsyncEngine

from asm.notify.channels.channel import AcceptedDelivery, Outcome, OutgoingDelivery
from asm.notify.deliver import deliver
from asm.notify.installed_channels import open_sender
from asm.outbox.drain import drain
from asm.settings import NotifySettings, Settings
from asm.worker.subscribers import HANDLERS


def that_sends_mails(settings: Settings) -> Settings:
    """An installation with a mail server."""
    notify = NotifySettings(smtp_url="smtp://127.0.0.1", mail_from="asm@asm.test")
    return dataclasses.replace(settings, notify=notify)


class Post:
    """The worker, and all mails that it carried."""

    name = "email"

    def __init__(self, engine: AsyncEngine, settings: Settings) -> None:
        self.engine = engine
        self.settings = settings
        self.mails: list[OutgoingDelivery] = []

    async def carry(self) -> list[OutgoingDelivery]:
        """Follow what waits and send what is due: the mails of this round."""
        before = len(self.mails)
        while (await drain(self.engine, HANDLERS)).remaining:
            pass
        await deliver(self.engine, open_sender(self.settings), self)
        return self.mails[before:]

    async def send(self, outgoing: OutgoingDelivery) -> Outcome:
        self.mails.append(outgoing)
        return AcceptedDelivery()

    async def close(self) -> None:
        """Nothing is open."""
