"""`asm` in a process of its own, forked from one that has loaded it already: to load it takes
longer than most commands do.
"""

import atexit
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing.util import get_temp_dir
from pathlib import Path

from asm.__main__ import main
from tests.prepared_servers import LOADED, stand_guard

WITHIN_S = 120


def run_asm(
    arguments: list[str], env: Mapping[str, str], stdin: str | bytes = ""
) -> subprocess.CompletedProcess[str]:
    """As subprocess.run answers for `python -m asm` with these arguments. Raises TimeoutExpired
    when it does not end.
    """
    stand_guard()
    with tempfile.TemporaryDirectory(dir=get_temp_dir()) as folder:  # which the guard removes
        given, out, err = (Path(folder) / name for name in ("stdin", "stdout", "stderr"))
        given.write_bytes(stdin.encode() if isinstance(stdin, str) else stdin)
        child = LOADED.Process(
            target=_run, args=(arguments, dict(env), str(Path.cwd()), (given, out, err))
        )
        child.start()
        child.join(WITHIN_S)
        if child.is_alive():
            child.kill()
            child.join()
            raise subprocess.TimeoutExpired(["asm", *arguments], WITHIN_S)
        code = child.exitcode
        child.close()
        assert code is not None
        return subprocess.CompletedProcess(
            ["asm", *arguments], code, out.read_text("utf-8"), err.read_text("utf-8")
        )


def _run(
    arguments: list[str], env: dict[str, str], folder: str, streams: tuple[Path, Path, Path]
) -> None:
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    for number, (stream, mode) in enumerate(zip(streams, ("r", "w", "w"), strict=True)):
        with stream.open(mode) as opened:
            os.dup2(opened.fileno(), number)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 -- open till the end
        for number, mode in enumerate(("r", "w", "w"))
    )
    sys.argv = ["asm", *arguments]
    try:
        main()
    finally:
        atexit._run_exitfuncs()  # which a forked process does not do by itself
