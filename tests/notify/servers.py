"""Real servers of others, on this machine: they answer as a test wants, or not at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP

HANG = "hang"


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpServer:
    """Gives `answers` in turn, and the last one for ever: raw bytes, or HANG."""

    answers: list[bytes | str]
    requests: list[Request] = field(default_factory=list)
    port: int = 0
    requested: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.requests.append(await _read(reader))
            self.requested.set()
            answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
            if isinstance(answer, str):
                await reader.read()  # until the other side gives up
            else:
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


def answer(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@asynccontextmanager
async def http_server(*answers: bytes | str) -> AsyncIterator[HttpServer]:
    server = HttpServer(list(answers))
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield server


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(head[0].split(" ")[1], headers, body)


@dataclass
class Mailbox:
    """What a mail server was given, and what it answers to RCPT and DATA."""

    rcpt: str = "250 OK"
    data: str = "250 OK queued as 42"
    mails: list[EmailMessage] = field(default_factory=list)
    #: The same, as they came: what a parser would mend is seen here alone.
    raw: list[bytes] = field(default_factory=list)
    port: int = 0
    sessions: list[SMTP] = field(default_factory=list)

    def hang_up(self) -> None:
        """End every connection, as a server does that restarts or has waited for long."""
        for session in self.sessions:
            if session.transport is not None:
                session.transport.close()

    async def handle_RCPT(  # noqa: N802 -- the name that aiosmtpd calls
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data == HANG:
            await asyncio.Event().wait()
        if self.data.startswith("250"):
            parsed = BytesParser(policy=default).parsebytes(envelope.content)
            assert isinstance(parsed, EmailMessage)
            self.mails.append(parsed)
            self.raw.append(bytes(envelope.content))
        return self.data


@asynccontextmanager
async def mail_server(mailbox: Mailbox) -> AsyncIterator[Mailbox]:
    sessions = mailbox.sessions

    def session() -> SMTP:
        sessions.append(SMTP(mailbox, hostname="mail.test"))
        return sessions[-1]

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        server.close()
        for opened in sessions:
            if opened.transport is not None:
                opened.transport.abort()
        tasks = [
            opened._handler_coroutine
            for opened in sessions
            if opened._handler_coroutine is not None
        ]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
