"""Run a command of the product as an operator would: in a process of its own that is told what the
operator's settings file says, as the program's user where there is one.
"""

import os
import pwd
import subprocess
import sys
from typing import Any

import msgspec

from asm.errors import Conflict
from asm.install.steps.env_files import read_env
from asm.install.steps.folders import OPERATOR, SYSTEM_USER, Folders


def run_asm(where: Folders, *arguments: str, typed: str = "") -> dict[str, Any]:
    """Its one JSON document. `typed` goes in through standard input, as passwords do. Raises
    Conflict with the command's own words when it says no.
    """
    user = pwd.getpwnam(SYSTEM_USER) if where.system else None
    try:
        done = subprocess.run(  # noqa: S603 -- ourselves
            [sys.executable, "-P", "-m", "asm", *arguments],
            input=typed,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            # Neither from here nor from its home does it take a module: the services, which know
            # less than the operator, may write there.
            cwd="/",
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "LANG": "C.UTF-8",
                "HOME": str(where.data),
                "PYTHONNOUSERSITE": "1",
                **read_env(where.env_file(OPERATOR)),
            },
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )
    except PermissionError as error:
        raise Conflict("install_program_closed", program=sys.prefix, user=SYSTEM_USER) from error
    document = done.stdout if done.returncode in {0, 1} else done.stderr
    said = _last_object(document)
    if done.returncode == 0 and said is not None:
        return said
    command = " ".join(arguments[:2])
    if said is None or not {"code", "message", "message_en"} <= said.keys():
        last = " ".join(done.stderr.split())[-400:]
        raise Conflict("install_command_failed", command=command, reason=last)
    raise Conflict(
        said.get("code", "install_command_failed"), said=(said["message"], said["message_en"])
    )


def _last_object(document: str) -> dict[str, Any] | None:
    """What ends the document; what was done before may be told above it."""
    start = document.rfind("\n{")
    try:
        said = msgspec.json.decode(document[start + 1 :])
    except msgspec.DecodeError:
        return None
    return said if isinstance(said, dict) else None
