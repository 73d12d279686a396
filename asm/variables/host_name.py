"""Names and addresses of machines, as browsers, certificates and nginx take them alike."""

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

_LONGEST: Final = 253
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
#: Machines of a network of one's own have such names, too.
_INNER_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
#: Browsers read a name that ends so as an IPv4 address.
_NUMERIC: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")


def is_host(text: str, *, inner: bool = False) -> bool:
    """A DNS name in ASCII (another alphabet as `xn--…`), or an IP address without brackets.
    `inner`: one that only this machine connects to, which may have underscores.
    """
    if _is_address(text):
        return "%" not in text
    labels = text.lower().split(".")
    label = _INNER_LABEL if inner else _LABEL
    return (
        len(text) <= _LONGEST
        and all(label.fullmatch(each) for each in labels)
        and not _NUMERIC.fullmatch(labels[-1])
    )


def split_origin(url: str) -> SplitResult | None:
    """The parts of `scheme://host` or `scheme://host:port` with nothing else; None for another."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    shown = f"[{host}]" if ":" in host else host
    whole = f"{parts.scheme}://{shown}" + ("" if port is None else f":{port}")
    return parts if is_host(host) and port != 0 and url.lower() == whole else None


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
