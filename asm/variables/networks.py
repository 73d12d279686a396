"""Networks that an operator names."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

#: More addresses than any operator's own network has, by IP version: the length of the prefix.
_WIDEST: Final = {4: 8, 6: 32}


def is_too_wide(network: IPv4Network | IPv6Network) -> bool:
    """Whether strangers are in it, so that who is in it cannot be believed for that."""
    return network.prefixlen < _WIDEST[network.version]


def own_network(text: str) -> IPv4Network | IPv6Network:
    """An address or a network of one's own. Raises ValueError for what is neither."""
    network = ip_network(text)
    if is_too_wide(network):
        raise ValueError(text)
    return network
