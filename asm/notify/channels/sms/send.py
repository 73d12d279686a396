"""Text messages through the provider that the operator has a contract with."""

from asm.notify.call_provider import Provider
from asm.notify.channel import Outcome, Parcel


class SmsChannel:
    """To a phone number in international form."""

    name = "sms"

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def send(self, parcel: Parcel) -> Outcome:
        return await self._provider.hand_over(parcel, parcel.address["phone"])

    async def close(self) -> None:
        await self._provider.close()
