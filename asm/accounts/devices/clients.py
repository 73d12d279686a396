"""Which app asks to sign a phone in, and where it may be answered. Pure.

An app is public: it keeps no secret. It is known by where it is answered, so the address must be
one of its own, letter by letter; only a port of the phone's own machine is free (RFC 8252, 7.3).
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from asm.variables.native_clients import NativeClient, is_loopback

#: The app that this installation serves itself.
BUILT_IN: Final = "asm-app"
BUILT_IN_PATH: Final = "/app/signed-in"


def find_client(
    client_id: str, public_url: str, native: Sequence[NativeClient]
) -> NativeClient | None:
    """The app that calls itself so. Nobody else is called as the built-in one."""
    if client_id == BUILT_IN:
        return NativeClient(BUILT_IN, "ASM", (public_url + BUILT_IN_PATH,))
    return next((each for each in native if each.client_id == client_id), None)


def may_answer_at(client: NativeClient, redirect_uri: str) -> bool:
    """Whether a code for the app may be sent there."""
    return any(_is_same(redirect_uri, known) for known in client.redirect_uris)


def _is_same(redirect_uri: str, known: str) -> bool:
    if redirect_uri == known:
        return True
    try:
        if not is_loopback(known) or not is_loopback(redirect_uri):
            return False
        return _without_port(redirect_uri) == _without_port(known)
    except ValueError:
        return False


def _without_port(uri: str) -> str:
    """An address of the phone's own machine with its port cut out, and nothing else about it
    changed: what is left is compared letter by letter.
    """
    parts = urlsplit(uri)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    if parts.netloc not in {host, f"{host}:{parts.port}"}:
        raise ValueError(uri)
    return uri.replace(f"//{parts.netloc}", f"//{host}", 1)
