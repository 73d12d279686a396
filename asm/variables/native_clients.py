"""Apps that may sign phones in beside the built-in one: `ID=NAME=URI URI; ID=NAME=URI`.

Where a code is sent is fixed here, whole: an app is known by nothing else. An address is https, a
scheme of the app's own in reverse order of a domain (`vn.example.app:/signed-in`), or the phone's
own machine by its number, whose port is the app's choice of the moment (RFC 8252, section 7).
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
_OWN_SCHEME: Final = re.compile(r"[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+")
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class NativeClient:
    """An app by the id that it calls itself, and its name for people."""

    client_id: str
    name: str
    redirect_uris: tuple[str, ...]


def read_native_clients(text: str) -> tuple[NativeClient, ...]:
    """The apps that `text` names. Raises ValueError for what is none."""
    clients = tuple(_client(item) for item in text.split(";") if item.strip())
    if len({each.client_id for each in clients}) != len(clients):
        raise ValueError("twice")
    return clients


def is_loopback(uri: str) -> bool:
    """Whether an address is on the phone itself, where the port does not count."""
    parts = urlsplit(uri)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


def _client(item: str) -> NativeClient:
    client_id, _, rest = item.strip().partition("=")
    name, _, uris = rest.partition("=")
    client = NativeClient(client_id.strip(), name.strip(), tuple(uris.split()))
    if (
        not _ID.fullmatch(client.client_id)
        or not 0 < len(client.name) <= _LONGEST_NAME
        or not client.redirect_uris
        or not all(_may_be_sent_to(uri) for uri in client.redirect_uris)
    ):
        raise ValueError(client.client_id)
    return client


def _may_be_sent_to(uri: str) -> bool:
    parts = urlsplit(uri)
    if not uri.isascii() or "#" in uri or parts.username is not None or "*" in uri:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    if parts.scheme == "http":
        return is_loopback(uri)
    return bool(_OWN_SCHEME.fullmatch(parts.scheme)) and bool(parts.path)
