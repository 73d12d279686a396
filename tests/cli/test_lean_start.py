"""What a process holds from its start: memory that each of many web workers pays for, and the time
that every command waits.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

#: Libraries of things done seldom, in a process of their own, or by commands.
NOT_YET = {
    "alembic", "locust", "playwright", "pyogrio", "pytest", "rapidocr", "typst", "xlsxwriter"
}  # fmt: skip
LOADED = "import sys, asm.app; print(*{name.partition('.')[0] for name in sys.modules})"

#: What commands without a database have no use for.
HEAVY = {
    "alembic", "arq", "asyncpg", "cv2", "litestar", "numpy", "onnxruntime", "psycopg", "rapidocr",
    "redis", "sqlalchemy", "structlog", "uvicorn",
}  # fmt: skip
AT_THE_END = """
import atexit, pathlib, sys
file, *sys.argv[1:] = sys.argv[1:]
atexit.register(lambda: pathlib.Path(file).write_text("\\n".join(sys.modules)))
from asm.__main__ import main
main()
"""
DUE = ("due", "--arrived", "2026-11-22T23:00+07:00", "--kind", "hotel")


def test_a_web_process_starts_without_what_it_seldom_needs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert {"litestar", "asyncpg"} <= loaded, "the list is of what is loaded"
    assert loaded & NOT_YET == set()


def modules_of(tmp_path: Path, *arguments: str) -> tuple[int, set[str]]:
    """The status of a command, and all that it had imported at its end."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASM_")}
    file = tmp_path / "modules"
    done = subprocess.run(
        [sys.executable, "-c", AT_THE_END, str(file), *arguments],
        env=kept,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return done.returncode, set(file.read_text("utf-8").split())


@pytest.mark.parametrize(
    ("arguments", "own"),
    [
        (("--help",), set()),
        (("code", "decode", "VNMXSWX9XP01G"), {"codes"}),
        (("code", "encode", "21.0287", "105.8524"), {"codes"}),
        (DUE, {"read"}),
        (("read", "qr", "001190000017|x"), {"read"}),
    ],
    ids=lambda case: " ".join(case[:2]) if isinstance(case, tuple) else "",
)
def test_a_command_loads_its_own_file_and_nothing_heavy(
    arguments: tuple[str, ...], own: set[str], tmp_path: Path
) -> None:
    status, loaded = modules_of(tmp_path, *arguments)
    assert status in {0, 1}
    assert {name.partition(".")[0] for name in loaded} & HEAVY == set()
    mine = {name.removeprefix("asm.cli.") for name in loaded if name.startswith("asm.cli.")}
    assert mine == {"console", "installation", "installation.env_file", *own}


def test_a_heavy_command_would_be_noticed(tmp_path: Path) -> None:
    status, loaded = modules_of(tmp_path, "outbox", "status")
    assert status == 2
    assert {"sqlalchemy", "asm.cli.connect"} <= loaded


#: What others wrote is loaded once, and each command of ours in a fork of its own.
EACH_ALONE = """
import os, sys, traceback
import alembic.command, asyncpg, msgspec, sqlalchemy.ext.asyncio, structlog, typer
from asm.__main__ import COMMANDS, load
for name in COMMANDS:
    child = os.fork()
    if child:
        if os.waitpid(child, 0)[1]:
            print(name)
        continue
    try:
        load(name)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
"""


def test_each_command_loads_by_itself() -> None:
    """Tests run commands in a process that has loaded ASM already (`tests.cli.run_asm`): what a
    command imports too late, or in a circle, would not be seen there.
    """
    done = subprocess.run(
        [sys.executable, "-c", EACH_ALONE], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == [], done.stderr
