"""Webhooks for hotel systems: JSON, signed with the contact's own secret, to allowed hosts."""

import time

import msgspec

from asm.notify.channels.channel import Failed, Outcome, Parcel, Sent
from asm.notify.channels.guarded_http import Outside, sign


class WebhookChannel:
    """`ASM-Delivery` stays the same however often an event is sent: it tells doubles."""

    name = "webhook"

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def send(self, parcel: Parcel) -> Outcome:
        """Any 2xx answer means that the receiver has it."""
        body = msgspec.json.encode(
            {
                "id": parcel.id,
                "topic": parcel.topic,
                "link": parcel.link,
                "facts": parcel.facts,
            }
        )
        headers = {
            "Content-Type": "application/json",
            "ASM-Delivery": str(parcel.id),
            "ASM-Signature": sign(parcel.address["secret"], int(time.time()), body),
        }
        answer = await self._outside.post(parcel.address["url"], body, headers)
        return answer if isinstance(answer, Failed) else Sent(delivered=True)

    async def close(self) -> None:
        await self._outside.close()
