"""`asm` on a machine of a test: the same command, but a rotation waits for less.

It waits 18 seconds, so that a statement that was begun with the old key has ended by then; here no
statement takes two.
"""

import os
import sys
from pathlib import Path

from asm.__main__ import main

GRACE_S = 2.5


def _wait_less() -> None:
    from asm.identity.vault.rotate import Rotation  # noqa: PLC0415 -- no other command needs it

    defaults = Rotation.__init__.__kwdefaults__ or {}
    if "grace_s" not in defaults:
        raise RuntimeError("a rotation waits in another way now")
    defaults["grace_s"] = GRACE_S


def _look_here() -> None:
    """The usual place of the settings is the page's machine's, and never the one of this machine,
    whoever runs the test.
    """
    machine = os.environ["PAGE_MACHINE"]
    usual = Path(machine) / "etc/asm/operator.env"
    os.environ["ASM_ENV_FILE"] = str(usual if usual.exists() else os.devnull)
    if sys.argv[1:2] == ["install"]:
        sys.argv += ["--root", machine]


if __name__ == "__main__":
    if not {"web", "worker"} & set(sys.argv[1:2]):  # systemd gives them theirs
        _look_here()
    if "rotate" in sys.argv:
        _wait_less()
    main()
