"""A population service that answers by a script, and a clock to wait by."""

from collections.abc import Callable
from typing import Any

import httpx

from asm.identity.circuit_breaker import CircuitBreaker
from asm.identity.population import (
    Identity,
    PopulationClient,
)

NAME, NUMBER = "Nguyễn Văn Mẫu", "001090000001"
Handler = Callable[[httpx.Request], Any]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def identity(number: str = NUMBER, name: str = NAME) -> Identity:
    return Identity(number=number, name=name, birth_date="1990-08-15")


class Scripted:
    """A service that answers by a script; notes what was asked and how long was waited."""

    def __init__(self, *replies: Any, breaker: CircuitBreaker | None = None) -> None:
        self.replies = list(replies)
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []
        self.client = PopulationClient(
            "https://population.example",
            "secret-token",
            breaker=breaker,
            transport=httpx.MockTransport(self._answer),
            sleep=self._sleep,
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        assert isinstance(reply, httpx.Response)
        # Unread, as it comes from a network, and as often as the script says.
        stream = httpx.ByteStream(reply.content) if reply.is_closed else reply.stream
        return httpx.Response(reply.status_code, headers=reply.headers, stream=stream)

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


def said(*answers: Any, status: int = 200) -> httpx.Response:
    items = [{"ref": str(index), "answer": word} for index, word in enumerate(answers)]
    return httpx.Response(status, json={"items": items})
