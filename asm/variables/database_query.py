"""What may stand behind the `?` of a database's address: what both drivers of PostgreSQL here and
its own programs read alike. Each of them knows others beside, and ways of its own to write these.
"""

import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

from asm.locales.texts import both
from asm.variables.host_name import is_host
from asm.variables.whole_number import HIGHEST_PORT, whole_number

_KNOWN: Final = ("host", "port", "sslmode", "target_session_attrs")
_TLS_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
#: Of libpq since PostgreSQL 14, and of asyncpg.
_SERVERS: Final = ("any", "read-write", "read-only", "primary", "standby", "prefer-standby")
#: The folder of a socket.
_FOLDER: Final = re.compile(r"/[^\s%:]*")


def wrong_query(address: str) -> tuple[str, str] | None:
    """What is wrong with it, in Vietnamese and English; None where all is well."""
    parts = urlsplit(address)
    try:
        query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=True)
    except ValueError:  # nothing at all is no query either
        query = {"": [""]} if parts.query else {}
    said = {name: values[0] for name, values in query.items()}
    if (
        not said.keys() <= set(_KNOWN)
        or any(len(values) > 1 for values in query.values())
        or said.get("sslmode", "require") not in _TLS_MODES
        or said.get("target_session_attrs", "any") not in _SERVERS
    ):
        facts = {
            "known": ", ".join(_KNOWN),
            "modes": ", ".join(_TLS_MODES),
            "servers": ", ".join(_SERVERS),
        }
        return both("settings", "wrong.database_query", facts)
    if "," in parts.netloc.rpartition("@")[2] or not _fits(said.get("host"), said.get("port")):
        return both("settings", "wrong.database_hosts", {"most": HIGHEST_PORT})
    return None


def _fits(host: str | None, port: str | None) -> bool:
    """Whether each of several servers has its port, and one that is not named here one at most."""
    hosts = [] if host is None else host.split(",")
    ports = [] if port is None else port.split(",")
    return (
        all(_FOLDER.fullmatch(each) or is_host(each, inner=True) for each in hosts)
        and all(whole_number(each, HIGHEST_PORT) for each in ports)
        and len(ports) in ({len(hosts)} if len(hosts) > 1 else {0, 1})
    )
