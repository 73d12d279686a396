"""What systemd does to a service's process before it starts it, for a machine whose process 1 is
another: `python confined.py UNIT PROGRAM …` becomes the program under the unit's filter of system
calls, address families, refusal of memory that is written and run, and no new privileges.
"""

import ctypes
import os
import socket
import subprocess
import sys
from pathlib import Path

ALLOW, REFUSE_EPERM, EQUAL = 0x7FFF0000, 0x00050001, 4
NO_NEW_PRIVILEGES, MEMORY_DENY_WRITE_EXECUTE = 38, 65


class Comparison(ctypes.Structure):
    """libseccomp's `scmp_arg_cmp`."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    )


def groups() -> dict[str, list[str]]:
    """What systemd's groups of system calls hold: calls, and groups again."""
    listed = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager"],
        capture_output=True,
        text=True,
        check=True,
    )
    held: dict[str, list[str]] = {}
    current: list[str] = []
    for line in listed.stdout.splitlines():
        if line.startswith("@"):
            current = held.setdefault(line.strip(), [])
        elif line.startswith(" ") and not line.lstrip().startswith("#"):
            current.append(line.strip())
    return held


def calls_in(names: list[str], held: dict[str, list[str]]) -> set[str]:
    """Every call that the names stand for."""
    calls = {name for name in names if not name.startswith("@")}
    return calls.union(*(calls_in(held[name], held) for name in names if name.startswith("@")))


def confine(unit: Path) -> None:
    """Give up what the unit says."""
    lines = [line.partition("=") for line in unit.read_text("utf-8").splitlines()]
    filters = [value.split() for key, _, value in lines if key == "SystemCallFilter"]
    held, allowed = groups(), set[str]()
    for names in filters:
        if names[0].startswith("~"):
            allowed -= calls_in([names[0][1:], *names[1:]], held)
        else:
            allowed |= calls_in(names, held)
    (families,) = [value.split() for key, _, value in lines if key == "RestrictAddressFamilies"]
    kernel, seccomp = ctypes.CDLL(None, use_errno=True), ctypes.CDLL("libseccomp.so.2")
    assert kernel.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
    if ("MemoryDenyWriteExecute", "=", "yes") in lines:
        # Linux 6.3 and newer know it; systemd has a filter for older ones.
        kernel.prctl(MEMORY_DENY_WRITE_EXECUTE, 1, 0, 0, 0)
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(REFUSE_EPERM))
    for name in allowed - {"socket"}:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            assert seccomp.seccomp_rule_add(context, ALLOW, number, 0) == 0, name
    number = seccomp.seccomp_syscall_resolve_name(b"socket")
    for family in families:
        only = Comparison(0, EQUAL, getattr(socket, family), 0)
        assert seccomp.seccomp_rule_add_array(context, ALLOW, number, 1, ctypes.byref(only)) == 0
    assert seccomp.seccomp_load(context) == 0


if __name__ == "__main__":
    confine(Path(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 -- no shell wanted
