"""Sockets that systemd holds for the service (sd_listen_fds(3)): they stay open while the process
is exchanged, so that whoever comes meanwhile waits instead of being refused.
"""

import os
import socket
from typing import Final

from asm.errors import ConfigurationError

#: The first descriptor that is passed, by systemd's convention.
_FIRST: Final = 3
_VARIABLES: Final = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")


def take_passed_sockets() -> list[socket.socket]:
    """The listening sockets that were passed to this process, which owns them from now on; none
    where it was started without. Raises ConfigurationError for what does not listen.
    """
    meant_for, number, _ = (os.environ.pop(name, "") for name in _VARIABLES)
    if meant_for != str(os.getpid()) or not number.isdecimal():
        return []
    return [_listening(descriptor) for descriptor in range(_FIRST, _FIRST + int(number))]


def _listening(descriptor: int) -> socket.socket:
    try:
        passed = socket.socket(fileno=descriptor)
        listens = passed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise ConfigurationError(
            f"LISTEN_FDS names descriptor {descriptor}, and that is no socket"
        ) from error
    if not listens or passed.type != socket.SOCK_STREAM:
        raise ConfigurationError(
            f"LISTEN_FDS names descriptor {descriptor}, a socket that does not listen: "
            "asm-web.socket must say ListenStream= and Accept=no"
        )
    passed.set_inheritable(False)
    return passed
