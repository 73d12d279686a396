"""POST to servers of others: only to hosts that are allowed and addresses that are public.

An address that somebody typed must not lead into our own network. The name is resolved, every
address it has is checked, and the connection goes to a checked address itself: a name that answers
otherwise a moment later changes nothing. TLS still asks for the certificate of the name.
"""

import asyncio
import fnmatch
import hashlib
import hmac
import ipaddress
import logging
import socket
import ssl
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec

from asm.headers import Header
from asm.notify.channels.channel import Failed

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MAX_REPLY_BYTES: Final = 64 * 1024
#: A signature is of no use for longer.
SIGNED_FOR_S: Final = 300
_CONNECT_S: Final = 5.0
_READ_S: Final = 12.0
#: Statuses that may pass: timeout, too early, too many, and everything on the server's side.
_PASSING: Final = frozenset({408, 425, 429})
_GONE, _SERVER_ERROR, _REDIRECT, _REFUSAL = 410, 500, 300, 400


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A 2xx answer."""

    status: int
    body: bytes


class Reach(msgspec.Struct, frozen=True):
    """Whom we call. `hosts` None: whatever host an operator has configured. `private`: networks
    that are allowed though they are not public, also without TLS.
    """

    hosts: tuple[str, ...] | None
    private: tuple[str, ...] = ()

    def refuses(self, url: str) -> str | None:
        """Why this address is never called, as a code, or None. Looks at its text alone."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            return "address_unreadable"
        if not host or parts.username or parts.password or port == 0:
            return "address_unreadable"
        if self.hosts is not None and not _matches(host, self.hosts):
            return "host_not_allowed"
        if parts.scheme != "https" and not (parts.scheme == "http" and self.private):
            return "address_not_https"
        return None


class GuardedHttp:
    """One client for one purpose."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._private: list[Network] = [ipaddress.ip_network(network) for network in reach.private]
        # Both write addresses at lower levels, and an address may hold a secret.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(_READ_S, connect=_CONNECT_S),
            verify=ssl.create_default_context(),
            follow_redirects=False,
            trust_env=False,
            headers={Header.ACCEPT_ENCODING: "identity", Header.USER_AGENT: "ASM"},
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Reply | Failed:
        """The answer, or why there is none that counts. Raises nothing expected."""
        why = self._reach.refuses(url)
        if why is not None:
            return Failed(why=why, permanent=True)
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = await self._resolve(host, port)
        if isinstance(address, Failed):
            return address
        try:
            return await self._send(httpx.URL(url).copy_with(host=address), host, body, headers)
        except (httpx.HTTPError, OSError) as error:
            return Failed(why=type(error).__name__, permanent=False)

    async def _send(
        self, url: httpx.URL, host: str, body: bytes, headers: dict[str, str]
    ) -> Reply | Failed:
        named = f"[{host}]" if ":" in host else host
        sent_headers = {
            **headers,
            Header.HOST: named if url.port is None else f"{named}:{url.port}",
        }
        extensions = {"sni_hostname": host} if url.scheme == "https" else {}
        async with self._http.stream(
            "POST", url, content=body, headers=sent_headers, extensions=extensions
        ) as answer:
            if answer.status_code >= _REDIRECT:
                return _failure(answer)
            read = bytearray()
            async for chunk in answer.aiter_raw():
                read += chunk
                if len(read) > MAX_REPLY_BYTES:
                    return Failed(why="reply_too_long", permanent=False)
            return Reply(status=answer.status_code, body=bytes(read))

    async def _resolve(self, host: str, port: int) -> str | Failed:
        try:
            resolved = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
        except OSError:
            return Failed(why="host_not_found", permanent=False)
        addresses = [str(answer[4][0]) for answer in resolved]
        # All of them: a name with one public and one private address is a trick.
        if not addresses or not all(self._may_call(address) for address in addresses):
            return Failed(why="address_not_public", permanent=True)
        return addresses[0]

    def _may_call(self, address: str) -> bool:
        number = ipaddress.ip_address(address.partition("%")[0])
        number = getattr(number, "ipv4_mapped", None) or number
        if any(number in network for network in self._private):
            return True
        return number.is_global and not number.is_multicast


def sign(secret: str, at: int, body: bytes) -> str:
    """`t=…,v1=…`: HMAC-SHA-256 over the time, a dot and the body, in hexadecimal. The receiver
    computes it anew and refuses what is older than a few minutes.
    """
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


def is_signed(secret: str, signature: str, now: int, body: bytes) -> bool:
    """Whether `signature` is what `sign` makes of this body, at most five minutes from `now`."""
    at, _, _ = signature.removeprefix("t=").partition(",")
    if not (at.isascii() and at.isdigit()) or abs(now - int(at[:12])) > SIGNED_FOR_S:
        return False
    return hmac.compare_digest(signature.encode(), sign(secret, int(at[:12]), body).encode())


def _matches(host: str, allowed: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(host.lower(), pattern.lower()) for pattern in allowed)


def _failure(answer: httpx.Response) -> Failed:
    status = answer.status_code
    if status < _REFUSAL:
        return Failed(why="redirected", permanent=True)
    passing = status in _PASSING or status >= _SERVER_ERROR
    return Failed(
        why=f"http_{status}",
        permanent=not passing,
        after_s=_retry_after(answer) if passing else None,
        gone=status == _GONE,
    )


def _retry_after(answer: httpx.Response) -> float | None:
    header = answer.headers.get(Header.RETRY_AFTER, "")
    if header.isascii() and header.isdigit():
        return float(header[:9])
    try:
        until = parsedate_to_datetime(header)
        since = parsedate_to_datetime(answer.headers.get(Header.DATE, ""))
        return max(0.0, (until - since).total_seconds())
    except (TypeError, ValueError):
        return None
