"""Zalo messages through the provider of the operator's official account."""

from asm.notify.channels.channel import Outcome, OutgoingDelivery
from asm.notify.channels.provider import Provider


class ZaloChannel:
    """To the phone number that the Zalo account belongs to."""

    name = "zalo"

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def send(self, outgoing: OutgoingDelivery) -> Outcome:
        return await self._provider.send(outgoing, outgoing.address["phone"])

    async def close(self) -> None:
        await self._provider.close()
