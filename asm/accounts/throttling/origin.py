"""Where a request comes from: its network, and the device that a browser says it is.

Of IPv6 the first 64 bits count: a subscriber has all the rest to choose from. What a proxy says of
whom it speaks for is believed of the proxies that the settings name, and of nobody else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

import structlog

from asm.headers import Header, raw

Network = IPv4Network | IPv6Network
#: The least that one subscriber is given.
_IPV6_BITS: Final = 64
#: A request without an address of its own came over a Unix socket: from this machine.
_THIS_MACHINE: Final = "this machine"
_FORWARDED_FOR: Final = raw(Header.X_FORWARDED_FOR)
#: Longer chains are nobody's; the nearest proxies stand last.
_MOST_HOPS: Final = 20
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOrigin:
    """`network`: an IPv4 address, or the /64 of an IPv6 address. `device`: the secret of the
    browser's device cookie, if it sent one. Neither shows in a log.
    """

    network: str = field(repr=False)
    device: str | None = field(default=None, repr=False)


def network_of(scope: Mapping[str, Any], proxies: Sequence[Network]) -> str:
    """The network of an ASGI request. `proxies`: whose `X-Forwarded-For` is believed."""
    client = scope.get("client")
    peer = None if client is None else _address(str(client[0]))
    if client is not None and not _among(peer, proxies):
        if any(name == _FORWARDED_FOR for name, _ in scope["headers"]):
            _warn_once(str(client[0]))
        return _shown(peer, str(client[0]))
    # Each proxy adds whom it saw at the end: the last that is none of ours is who asks.
    seen = peer
    for hop in reversed(_hops(scope["headers"])):
        address = _address(hop)
        if address is None:
            break
        seen = address
        if not _among(address, proxies):
            break
    return _shown(seen, _THIS_MACHINE)


def _hops(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    lines = [value.decode("latin-1") for name, value in headers if name == _FORWARDED_FOR]
    return ",".join(lines).split(",")[-_MOST_HOPS:] if lines else []


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address with or without brackets and port."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _among(address: IPv4Address | IPv6Address | None, networks: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in networks)


def _shown(address: IPv4Address | IPv6Address | None, otherwise: str) -> str:
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _IPV6_BITS), strict=False))
    return otherwise if address is None else str(address)


_warned: set[str] = set()


def _warn_once(peer: str) -> None:
    """A proxy that nobody named makes everybody behind it one network: its operator should know.
    (Or somebody made the header up: then it says nothing, once for each of a few.)
    """
    if peer not in _warned and len(_warned) < _MOST_HOPS:
        _warned.add(peer)
        log.warning("forwarded_by_unnamed_proxy", setting="ASM_TRUSTED_PROXIES")
