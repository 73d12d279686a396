"""Text messages through the provider that the operator has a contract with."""

from asm.notify.channels.channel import Outcome, OutgoingDelivery
from asm.notify.channels.provider import Provider


class SmsChannel:
    """To a phone number in international form."""

    name = "sms"

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def send(self, outgoing: OutgoingDelivery) -> Outcome:
        return await self._provider.send(outgoing, outgoing.address["phone"])

    async def close(self) -> None:
        await self._provider.close()
