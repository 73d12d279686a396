"""Webhooks for hotel systems: JSON, signed with the contact's own secret, to allowed hosts."""

import time

import msgspec

from asm.headers import Header
from asm.notify.channels.channel import AcceptedDelivery, Failed, Outcome, OutgoingDelivery
from asm.notify.channels.guarded_http import GuardedHttp, sign


class WebhookChannel:
    """`ASM-Delivery` stays the same however often an event is sent: it tells doubles."""

    name = "webhook"

    def __init__(self, outside: GuardedHttp) -> None:
        self._outside = outside

    async def send(self, outgoing: OutgoingDelivery) -> Outcome:
        """Any 2xx answer means that the receiver has it."""
        body = msgspec.json.encode(
            {
                "id": outgoing.id,
                "topic": outgoing.topic,
                "link": outgoing.link,
                "facts": outgoing.facts,
            }
        )
        headers = {
            Header.CONTENT_TYPE: "application/json",
            Header.ASM_DELIVERY: str(outgoing.id),
            Header.ASM_SIGNATURE: sign(outgoing.address["secret"], int(time.time()), body),
        }
        answer = await self._outside.post(outgoing.address["url"], body, headers)
        return answer if isinstance(answer, Failed) else AcceptedDelivery(delivered=True)

    async def close(self) -> None:
        await self._outside.close()
