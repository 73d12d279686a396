"""People who send slowly."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx

from asm.db.connections import REQUESTS

#: As many as there are connections for all.
CROWD = REQUESTS
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Slow:
    """Bodies of which `first` comes, and the rest when `go` is set."""

    def __init__(self, first: bytes = b"", rest: bytes = b"display_name=Lan&language=vi") -> None:
        self.go = asyncio.Event()
        self.first, self.rest = first, rest
        self.begun = asyncio.Semaphore(0)

    async def body(self) -> AsyncIterator[bytes]:
        if self.first:
            yield self.first
        self.begun.release()
        await self.go.wait()
        yield self.rest

    def send(
        self, client: httpx.AsyncClient, url: str, headers: Mapping[str, str]
    ) -> "asyncio.Task[httpx.Response]":
        return asyncio.create_task(client.post(url, content=self.body(), headers=dict(headers)))

    async def all_wait(self, number: int) -> None:
        for _ in range(number):
            await self.begun.acquire()


async def answers(tasks: list["asyncio.Task[Any]"]) -> list[int]:
    return [answer.status_code for answer in await asyncio.gather(*tasks)]
