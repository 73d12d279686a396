"""For which hosts passkeys are made and taken (WebAuthn's relying party). Pure.

A passkey belongs for ever to the host that it was made for. When the pages move to another host,
the former one stays in the list: browsers that know related origins still offer what was made for
it, as long as the former host leads here and serves `/.well-known/webauthn`.
"""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec


class RelyingParty(msgspec.Struct, frozen=True, kw_only=True):
    """`ids`: the first is what new passkeys are made for, the others are of former hosts; none
    where browsers allow no passkeys. `origin`: where the pages are, which answers must name.
    """

    ids: tuple[str, ...]
    origin: str


def relying_party(chosen: Sequence[str], public_url: str) -> RelyingParty:
    """Of the pages at `public_url`; `chosen`: what the deployment says, else the pages' host."""
    parts = urlsplit(public_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    host = parts.hostname or ""
    # Browsers know passkeys in secure contexts alone, and for names only.
    if _is_address(host) or (parts.scheme != "https" and host != "localhost"):
        return RelyingParty(ids=(), origin=origin)
    return RelyingParty(ids=tuple(chosen) or (host,), origin=origin)


def belongs_to(rp_id: str, host: str) -> bool:
    """Whether pages at `host` may make passkeys for `rp_id` by themselves."""
    return host == rp_id or host.endswith(f".{rp_id}")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
