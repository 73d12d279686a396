"""Choosing TCP ports on the loopback address."""

import os
import socket
from collections.abc import Mapping

from asm.errors import ConfigurationError

LOOPBACK = "127.0.0.1"


def parse_port(text: str, variable: str) -> int:
    """Read the port that `variable` holds; ConfigurationError unless it is 1 to 65535."""
    try:
        port = int(text)
    except ValueError as error:
        raise ConfigurationError(f"{variable} must be a port number, not {text!r}") from error
    if not 1 <= port <= 65535:
        raise ConfigurationError(f"{variable} must be between 1 and 65535, not {port}")
    return port


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on `port` now (a port in TIME_WAIT counts as free)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def any_free_port(host: str = LOOPBACK) -> int:
    """A port that nobody listens on; the kernel picks it."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
    return port


def choose_port(
    variable: str,
    *,
    preferred: int | None = None,
    host: str = LOOPBACK,
    environ: Mapping[str, str] | None = None,
) -> int:
    """The port that `variable` asks for, else `preferred` when free, else any free one.

    A port that was asked for and is taken raises ConfigurationError: moving quietly would leave
    the operator's bookmarks and firewall rules pointing at somebody else's server.
    """
    requested = (os.environ if environ is None else environ).get(variable, "")
    if requested:
        port = parse_port(requested, variable)
        if not is_free(port, host):
            raise ConfigurationError(
                f"port {port} ({variable}) is in use by another program; free it or choose another"
            )
        return port
    if preferred is not None and is_free(preferred, host):
        return preferred
    return any_free_port(host)
