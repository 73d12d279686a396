"""Telling systemd (Type=notify, sd_notify(3)) that requests are answered from now on."""

import os
import socket


async def notify_ready() -> None:
    """Say READY=1 where somebody asks for it; each time, which changes nothing after the first."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # in the abstract namespace
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.settimeout(0)
        sender.connect(address)
        sender.send(b"READY=1")
